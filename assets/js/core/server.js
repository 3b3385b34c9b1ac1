/* Ask the server: every answer is {value} or {error}; an error is thrown with its key and facts. */

const SLOW = 600;
const KEY = 'pretext.key';

/** So many bytes drawn by lot, as hexadecimal digits. */
export const lot = (bytes) => [...crypto.getRandomValues(new Uint8Array(bytes))].map((byte) => byte.toString(16).padStart(2, '0')).join('');

/** What this browser is known by where several share a lab: drawn once and kept, so that its runs stay its own. */
function ownKey() {
  try {
    const kept = localStorage.getItem(KEY);
    if (/^[0-9a-f]{32}$/.test(kept)) return kept;
  } catch { /* it lasts for this page */ }
  const drawn = lot(16);
  try { localStorage.setItem(KEY, drawn); } catch { /* it lasts for this page */ }
  return drawn;
}

let key = '';

export class Refusal extends Error {
  constructor(key, facts = {}) { super(key); this.key = key; this.facts = facts; }
}

export function door(server) {
  return new Proxy({}, {
    get: (_, name) => async (data) => {
      let answer;
      try { answer = await server[name]({ key: key ||= ownKey(), data: data ?? null }); }
      catch { answer = null; }
      // Of a call that never arrived, Gradio says nothing at all.
      if (!answer) throw new Refusal('unreachable');
      if (answer.error) throw new Refusal(answer.error.key, answer.error.facts);
      return answer.value;
    },
  });
}

/**
 * Follow the typing: one call under way at a time, and after it only the latest wish.
 * `ask(...)` gives a promise, `done(value, ...)` draws, `failed(error)` tells. `slow()` is called
 * when an answer takes so long that a person would wonder (a model being loaded, mostly). When
 * `about()` has changed since the question, its answer is about something else and goes unsaid.
 */
export function latest(ask, done, failed, { slow = null, about = () => 0 } = {}) {
  let busy = false;
  let wish = null;
  async function run() {
    busy = true;
    try {
      while (wish) {
        const mine = wish;
        wish = null;
        await once(mine);
      }
    } finally { busy = false; }
  }
  async function once(mine) {
    const asked = about();
    const wanted = () => !wish && about() === asked;
    const timer = slow && setTimeout(() => { if (wanted()) slow(); }, SLOW);
    try {
      const value = await ask(...mine);
      if (wanted()) done(value, ...mine);
    } catch (error) {
      if (wanted()) failed(error, ...mine);
    } finally { clearTimeout(timer); }
  }
  return (...wanted) => { wish = wanted; if (!busy) run(); };
}

/**
 * Follow a prediction that takes steps. `show(items)` gets what is new; returns {stop, done}.
 * The server keeps what it said, so that nothing is lost when an answer is late.
 */
export function follow(call, name, show) {
  let running = true;
  const done = (async () => {
    let since = 0;
    while (running) {
      const { items, ended } = await call.follow({ name, since });
      since += items.length;
      if (items.length && running) show(items);
      if (ended && !items.length) return true;
    }
    return false;
  })();
  return { done, stop() { running = false; call.stop(name).catch(() => {}); } };
}
