/* What a learner believed and how it fared, kept in this browser alone. */

const KEY = 'pretext.learn';
const MOST = 2000;
const sound = (v) => v && typeof v === 'object' && !Array.isArray(v);
const numbers = (v) => Array.isArray(v) && v.length <= 8 && v.every((x) => typeof x === 'number' && x >= 0);

/** Notes by "lesson/part": {beliefs, bits, uniform} of a question answered, or {skipped}. */
export function notebook() {
  let pages = {};
  try { const kept = JSON.parse(localStorage.getItem(KEY)); if (sound(kept)) pages = kept; } catch { /* begins afresh */ }
  const keep = () => { try { localStorage.setItem(KEY, JSON.stringify(Object.fromEntries(Object.entries(pages).slice(-MOST)))); } catch { /* it lasts for this page */ } };
  const name = (lesson, part) => `${lesson}/${part}`;
  return {
    of(lesson, part) {
      const note = pages[name(lesson, part)];
      return sound(note) && (note.skipped || numbers(note.beliefs)) ? note : null;
    },
    write(lesson, part, note) { pages[name(lesson, part)] = note; keep(); },
    forget(lesson) { for (const key of Object.keys(pages)) if (key.startsWith(lesson + '/')) delete pages[key]; keep(); },
    /** {answered, bits, uniform} over the questions given by their places. */
    sum(lesson, parts) {
      const notes = parts.map((part) => this.of(lesson, part)).filter((note) => note?.beliefs && Number.isFinite(note.bits));
      return { answered: notes.length, bits: notes.reduce((all, n) => all + n.bits, 0), uniform: notes.reduce((all, n) => all + n.uniform, 0) };
    },
  };
}
