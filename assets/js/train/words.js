/* Times and counts as the page says them. */
import { number, t } from '../core/text.js';

/** Seconds, as roughly as they are known. */
export function duration(seconds) {
  if (seconds < 1.5) return t('train.second');
  if (seconds < 90) return t('train.seconds', { n: number(seconds, 0) });
  if (seconds < 5400) return t('train.minutes', { n: number(seconds / 60, 0) });
  if (seconds < 36 * 3600) return t('train.hours', { n: number(seconds / 3600, 1) });
  return t('train.days', { n: number(seconds / 86_400, 1) });
}

/** A count, with its thousands. */
export const count = (n) => number(n, 0);

/** A large count: 1.1 M, 21 k. */
export const large = (n) => (n >= 1e6 ? number(n / 1e6, n < 1e7 ? 1 : 0) + '\u202fM' : n >= 1e4 ? number(n / 1e3, 0) + '\u202fk' : count(n));

/** A small number that spans powers of ten, such as a rate. */
export const fine = (v) => (v === 0 ? '0' : v >= 0.01 ? number(v, v < 0.1 ? 3 : 2) : power(...v.toExponential(1).split('e-')));
const power = (mantissa, ten) => `${number(+mantissa, 1)} · 10⁻${[...ten].map((c) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[c]).join('')}`;

/** When a run was made, in the reader's way. */
export const when = (seconds) => new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(1000 * seconds));

export const ACTIVE = new Set(['queued', 'starting', 'waiting', 'running']);
export const ALIVE = new Set(['starting', 'waiting', 'running']);
/** Whether a run's recipe can be used: of one that is broken there is nothing to draw. */
export const readable = (run) => run.state !== 'broken';
