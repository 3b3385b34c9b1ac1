/* Documents of one's own: read here, sent in pieces, kept by the lab under the hash of what they hold. */
import { Refusal } from '../core/server.js';

const PIECE = 600_000;

/** The end of a file's name, in small letters with its dot; '' where it has none. */
export const suffixOf = (name) => (name.match(/.(\.[^.]+)$/)?.[1] ?? '').toLowerCase();

/**
 * Send files one after the other. `refuse(file)` gives a Refusal for one that is not wanted;
 * `told(share, file)` from 0 to 1. Gives {given: what the lab calls them, refused: [Refusal]}.
 */
export async function send(call, files, { refuse, told }) {
  const refused = [];
  const wanted = [...files].filter((file) => { const why = refuse(file); if (why) refused.push(why); return !why; });
  const total = wanted.reduce((sum, file) => sum + file.size, 0) || 1;
  const given = [];
  let sent = 0;
  for (const file of wanted) {
    try {
      given.push(await one(call, file, (at) => told((sent + at) / total, file)));
    } catch (error) {
      if (!error.key || error.key === 'unreachable') throw error;
      refused.push(error);
    }
    sent += file.size;
  }
  return { given, refused };
}

async function one(call, file, told) {
  const ticket = await call.document();
  for (let at = 0; at < file.size; at += PIECE) {
    await call.piece({ ticket, piece: await base64(file.slice(at, at + PIECE)) });
    told(Math.min(file.size, at + PIECE));
  }
  return call.whole({ ticket, title: file.name.slice(-200) });
}

/** Whatever the encoding: bytes travel as they are, and the lab finds out what they mean. */
function base64(blob) {
  return new Promise((done, failed) => {
    const reader = new FileReader();
    reader.onload = () => done(String(reader.result).replace(/^[^,]*,?/, ''));
    reader.onerror = () => failed(new Refusal('document_gone'));
    reader.readAsDataURL(blob);
  });
}

/** Why a file is too large, or nothing. */
export const tooLarge = (file, most) => (file.size > most ? new Refusal('document_too_large', { most: most / 1e6 }) : null);
