/* Play a prediction that takes steps: live as it comes, then again, forwards, backwards, step by step. */
import { h, calm } from '../core/dom.js';
import { follow } from '../core/server.js';
import { t } from '../core/text.js';
import { button, fill } from './controls.js';

/**
 * begin() gives the server's name for a new prediction; show(steps, at) draws step number `at`;
 * pace: milliseconds a step when it plays.
 */
export function player({ call, begin, show, fail, pace }) {
  let steps = [];
  let at = 0;
  let stream = null;
  let name = null;
  let timer = 0;
  let whole = false;
  let begun = false;
  let turn = 0;
  let wanted = Infinity;

  const scrub = h('input', { type: 'range', min: 0, max: 0, value: '0', 'aria-label': t('control.scrub'), oninput: () => { halt(); move(+scrub.value); } });
  const count = h('output', {});
  const play = button('denoise', () => (timer ? halt() : run()), 'go');
  const element = h('div', { class: 'controls' }, h('span', { class: 'buttons' }, play, button('step_one', one)),
    h('label', { class: 'control', 'data-help': t('help.scrub') }, h('span', {}, t('control.scrub')), scrub, count));

  function move(to) {
    at = Math.max(0, Math.min(steps.length - 1, to));
    scrub.value = String(at);
    word();
    if (steps.length) show(steps, at);
  }

  function word() {
    count.textContent = steps.length > 1 ? t('control.layer_of', { n: at, of: steps.length - 1 }) : '';
    scrub.setAttribute('aria-valuetext', count.textContent);
    fill(scrub);
  }

  function label() { play.textContent = t(timer ? 'control.pause' : whole && at === steps.length - 1 ? 'control.again' : 'control.denoise'); }

  /** Ask for the prediction, once; a prompt that changes meanwhile makes this one void. */
  async function fetchAll() {
    if (begun) return;
    begun = true;
    const mine = ++turn;
    try {
      const found = await begin();
      if (mine !== turn) { call.stop(found).catch(() => {}); return; }
      [name, steps] = [found, []];
      stream = follow(call, name, (items) => { if (mine === turn) take(items); });
      const finished = await stream.done;
      if (mine === turn) { whole = finished; stream = null; label(); }
    } catch (error) { if (mine === turn) { [stream, begun] = [null, false]; halt(); fail(error); } }
  }

  function take(items) {
    steps.push(...items);
    scrub.max = String(steps.length - 1);
    if (wanted < steps.length) { move(wanted); wanted = Infinity; } else word();
  }

  function run() {
    if (!begun) { wanted = 0; fetchAll(); }
    if (whole && at >= steps.length - 1) move(0);
    timer = setInterval(() => {
      if (at < steps.length - 1) move(at + 1);
      else if (whole) halt();
    }, calm() ? Math.max(600, pace()) : pace());
    label();
  }

  function halt() { clearInterval(timer); timer = 0; label(); }

  function one() {
    halt();
    if (at + 1 < steps.length) { move(at + 1); return; }
    wanted = whole ? Infinity : at + 1;
    fetchAll();
  }

  return {
    element,
    get name() { return name; },
    get steps() { return steps; },
    get at() { return at; },
    /** Show what a prediction will start from, unless it has been started already. */
    preview(first) { if (!begun) this.reset(first); },
    /** Forget the prediction: the prompt has changed. `first` is drawn meanwhile. */
    reset(first = null) {
      halt();
      stream?.stop();
      turn += 1;
      [stream, whole, begun, name, steps, at] = [null, false, false, null, first ? [first] : [], 0];
      scrub.max = '0';
      move(0);
      label();
    },
    move: (to) => { halt(); move(to); },
  };
}
