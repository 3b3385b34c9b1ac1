/* Documents of one's own: read here, sent in pieces, kept by the lab under the hash of what they hold. */
import { lot, Refusal } from '../core/server.js';
import { sentence, t } from '../core/text.js';
import { placeOf } from './drop.js';
import { MOST_GIVEN } from './memory.js';

const PIECE = 600_000;
const MOST_SAID = 6;

/** The end of a file's name, in small letters with its dot; '' where it has none. */
export const suffixOf = (name) => (name.match(/.(\.[^.]+)$/)?.[1] ?? '').toLowerCase();

/**
 * Send files one after the other. `refuse(file)` gives a Refusal for one that is not wanted; `left` so many were not
 * even looked at; `told(share, file)` from 0 to 1. Gives {given: what the lab calls them, refused: [Refusal]}.
 */
export async function send(call, files, { refuse, told, left = 0 }) {
  const refused = [];
  const accepted = [...files].filter((file) => { const why = refuse(file); if (why) refused.push(why); return !why; });
  const wanted = accepted.slice(0, MOST_GIVEN);
  const total = wanted.reduce((sum, file) => sum + file.size, 0) || 1;
  const given = [];
  const drop = lot(8);
  let sent = 0;
  for (const [i, file] of wanted.entries()) {
    try {
      given.push(await one(call, file, drop, (at) => told((sent + at) / total, file)));
    } catch (error) {
      if (!error.key || error.key === 'unreachable') throw error;
      refused.push(error);
      if (error.key.startsWith('shelf_full')) { refused.push(new Refusal('files_left', { left: wanted.length - i })); break; }
    }
    sent += file.size;
  }
  return { given, refused: [...tooMany(left + accepted.length - wanted.length), ...refused] };
}

const tooMany = (left) => (left > 0 ? [new Refusal('too_many_given', { left, most: MOST_GIVEN })] : []);

/** A list with what came: {list, refused: for what has no room in it}. */
export function joined(list, came) {
  const fresh = new Set(came.map((d) => d.path));
  const all = [...list.filter((d) => !fresh.has(d.path)), ...came];
  return { list: all.slice(0, MOST_GIVEN), refused: tooMany(all.length - MOST_GIVEN) };
}

/** What went wrong, a sentence each; of many, the first few and how many more. */
export function sentencesOf(errors) {
  const said = errors.slice(0, MOST_SAID).map((error) => (error.key ? sentence(error) : t('error.unexpected', { why: error.message })));
  return errors.length > MOST_SAID ? [...said, t('train.more_refused', { n: errors.length - MOST_SAID })] : said;
}

async function one(call, file, drop, told) {
  const ticket = await call.document();
  for (let at = 0; at < file.size; at += PIECE) {
    await call.piece({ ticket, piece: await base64(file.slice(at, at + PIECE)) });
    told(Math.min(file.size, at + PIECE));
  }
  return call.whole({ ticket, title: placeOf(file).slice(-300), drop });
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
