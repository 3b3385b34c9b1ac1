/* Ask the server: every answer is {value} or {error}; an error is thrown with its key and facts. */

const SLOW = 600;

export class Refusal extends Error {
  constructor(error) { super(error.key); this.key = error.key; this.facts = error.facts; }
}

export function door(server) {
  return new Proxy({}, {
    get: (_, name) => async (data) => {
      let answer;
      try { answer = await server[name](data ?? null); }
      catch { throw new Refusal({ key: 'unreachable', facts: {} }); }
      if (answer.error) throw new Refusal(answer.error);
      return answer.value;
    },
  });
}

/**
 * Follow the typing: one call under way at a time, and after it only the latest wish.
 * `ask(...)` gives a promise, `done(value, ...)` draws, `failed(error)` tells, and `slow()` is called
 * when an answer takes so long that a person would wonder (a model being loaded, mostly).
 */
export function latest(ask, done, failed, slow = null) {
  let busy = false;
  let wish = null;
  async function run() {
    busy = true;
    while (wish) {
      const mine = wish;
      wish = null;
      const timer = slow && setTimeout(slow, SLOW);
      try {
        const value = await ask(...mine);
        if (!wish) done(value, ...mine);
      } catch (error) {
        if (!wish) failed(error, ...mine);
      } finally { clearTimeout(timer); }
    }
    busy = false;
  }
  return (...wanted) => { wish = wanted; if (!busy) run(); };
}

/**
 * Follow a prediction that takes steps. `show(items)` gets what is new; returns {stop, done}.
 * The server keeps what it said, so that nothing is lost when an answer is late.
 */
export function follow(call, name, show, since = 0) {
  let running = true;
  const done = (async () => {
    let at = since;
    while (running) {
      const { items, ended } = await call.follow({ name, since: at });
      at += items.length;
      if (items.length && running) await show(items, at);
      if (ended && !items.length) return true;
    }
    return false;
  })();
  return { name, done, stop() { running = false; call.stop(name).catch(() => {}); } };
}
