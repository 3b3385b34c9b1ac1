/* Texts of one's own: read here, sent in pieces, kept by the lab under the hash of what they hold. */
import { Refusal } from '../core/server.js';

const PIECE = 600_000;
const LARGEST = 32_000_000;
const SUFFIXES = /\.(txt|md|text)$/i;

/** Send files one after the other; `told(share)` from 0 to 1. Gives what the lab calls them. */
export async function send(call, files, told) {
  const wanted = [...files];
  for (const file of wanted) {
    if (!SUFFIXES.test(file.name)) throw new Refusal('document_kind', { title: file.name });
    if (file.size > LARGEST) throw new Refusal('document_too_large', { most: LARGEST / 1e6 });
  }
  const total = wanted.reduce((sum, file) => sum + file.size, 0) || 1;
  const given = [];
  let sent = 0;
  for (const file of wanted) {
    const ticket = await call.document();
    for (let at = 0; at < file.size; at += PIECE) {
      await call.piece({ ticket, piece: await base64(file.slice(at, at + PIECE)) });
      told((sent + Math.min(file.size, at + PIECE)) / total);
    }
    sent += file.size;
    given.push(await call.whole({ ticket, title: file.name.slice(0, 200) }));
  }
  return given;
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
