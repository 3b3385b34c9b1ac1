/* Writing on: one stream at a time. A start that is overtaken is ended as soon as it has a name. */
import { follow } from '../core/server.js';

/**
 * ask(steps) gives the question; take(steps) gets what was written; changed() is told when writing
 * begins or ends, ended() when it came to its own end, failed(error) when it could not.
 */
export function writing({ call, ask, take, changed, ended, failed }) {
  let mine = null;

  function pause() {
    if (!mine) return;
    mine.stream?.stop();
    mine = null;
    changed();
  }

  async function write(steps) {
    pause();
    const turn = { stream: null };
    mine = turn;
    changed();
    try {
      const name = await call.start(ask(steps));
      if (mine !== turn) { call.stop(name).catch(() => {}); return; }
      turn.stream = follow(call, name, (items) => { if (mine === turn) take(items); });
      await turn.stream.done;
      if (mine === turn) { mine = null; changed(); ended(); }
    } catch (error) {
      if (mine === turn) { mine = null; changed(); failed(error); }
    }
  }
  return { write, pause, get on() { return mine !== null; } };
}
