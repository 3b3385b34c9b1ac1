/* What is set on a page, kept in this browser; of what a browser keeps nothing is believed. */
import { merge } from '../core/store.js';

/** {state, set(changes), take(changes)}. `fits[key](value)` says whether a value that is kept, or wished from elsewhere, may be taken. */
export function remembered(key, defaults, fits) {
  let kept = null;
  try { kept = JSON.parse(localStorage.getItem(key)); } catch { /* begins afresh */ }
  const state = merge(defaults, kept ?? {}, fits);
  function set(changes) {
    Object.assign(state, changes);
    try { localStorage.setItem(key, JSON.stringify(state)); } catch { /* it lasts for this page */ }
  }
  return { state, set, take(changes) { set(merge(state, changes, fits)); } };
}

/** Documents that one list holds: as many as a browser can keep the names of, and a page can show. */
export const MOST_GIVEN = 2000;

export const whole = (least, most) => (v) => Number.isInteger(v) && v >= least && v <= most;
export const within = (least, most) => (v) => typeof v === 'number' && v >= least && v <= most;
export const among = (...values) => (v) => values.includes(v);
export const words = (most, length) => (v) => Array.isArray(v) && v.length <= most && v.every((x) => typeof x === 'string' && x.length <= length);
export const line = (length) => (v) => typeof v === 'string' && v.length <= length;
export const documents = (v) => Array.isArray(v) && v.length <= MOST_GIVEN && v.every((d) => typeof d?.path === 'string' && typeof d.title === 'string' && typeof d.bytes === 'number');
