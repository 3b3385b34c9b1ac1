/* Both languages lie in the page; switching needs neither the network nor a reload. */

const listeners = new Set();

export const language = () => (document.documentElement.lang === 'fr' ? 'fr' : 'en');

/** The text of a key, its {slots} filled once with facts. */
export function t(key, facts = {}) {
  const text = window.PRETEXT_TEXTS[language()][key] ?? key;
  return text.replace(/\{(\w+)\}/g, (slot, name) => (name in facts ? String(facts[name]) : slot));
}

export function speak(lang) {
  document.documentElement.lang = lang;
  try { localStorage.setItem('pretext.lang', lang); } catch { /* private mode: it lasts for this page */ }
  listeners.forEach((listener) => listener());
}

export const onLanguage = (listener) => listeners.add(listener);

/** What went wrong, as a sentence. */
export const sentence = (error) => t('error.' + error.key, error.facts || {});

/** Numbers as the reader writes them. */
export function number(value, digits = 2) {
  if (value === null || value === undefined || Number.isNaN(value)) return '–';
  return format(language(), digits).format(value);
}

/** Making a format costs far more than using it, and a redrawn lane uses it for every word. */
const formats = new Map();
function format(lang, digits) {
  const name = lang + digits;
  if (!formats.has(name)) formats.set(name, new Intl.NumberFormat(lang, { minimumFractionDigits: digits, maximumFractionDigits: digits }));
  return formats.get(name);
}

/** A probability: two digits, and "<" rather than a zero it is not. */
export function chance(p) {
  if (p === null || p === undefined) return '–';
  if (p > 0 && p < 0.005) return '<' + number(0.01);
  return number(p, 2);
}

/** A share, as a percentage. */
export const percent = (share) => number(100 * share, 0) + '\u202f%';

export function bytes(n) {
  const units = language() === 'fr' ? ['o', 'ko', 'Mo', 'Go'] : ['B', 'kB', 'MB', 'GB'];
  const power = n > 0 ? Math.min(3, Math.floor(Math.log10(n) / 3)) : 0;
  return number(n / 1000 ** power, power > 2 ? 1 : 0) + '\u202f' + units[power];
}

/** How many others there are. */
export const more = (n) => t(n === 1 ? 'choose.one_more' : 'choose.more', { n });

/** The interval of a figure, if it has one; a reader of French parts its ends by a semicolon, since numbers have commas. */
export const between = (shown, { low, high }) => (low === null ? '' : t('figure.between', { low: shown(low), high: shown(high) }));

/** A figure, its interval behind it. */
export const within = (shown, figure) => [shown(figure.value), between(shown, figure)].filter(Boolean).join(' ');

/** The name of a language in the reader's own. */
export function languageName(code) {
  try { return new Intl.DisplayNames([language()], { type: 'language' }).of(code); } catch { return code; }
}
