/* Denoising words: masked diffusion, and the filling of cut pieces. Both show every step. */
import { h, later } from '../core/dom.js';
import { latest } from '../core/server.js';
import { chance, number, t } from '../core/text.js';
import { drawBars, entropyNote, shown } from '../parts/bars.js';
import { button, more, numberField, select, slider } from '../parts/controls.js';
import { player } from '../parts/player.js';
import { drawStrip } from '../parts/strip.js';
import { drawn } from './frame.js';
import { shadeFor, sizeControls, toggled } from './shared.js';

export function wordsMode(ctx, lane, objective) {
  const { store, call } = ctx;
  const state = () => store.state.denoise;
  const diffusion = objective === 'diffusion';
  let shownStep = null;
  let sees = null;
  let pointed = -1;

  const strip = h('div', { class: 'strip', role: 'group', 'aria-label': t('lane.denoise.strip') });
  const line = h('p', { class: 'hint', role: 'status' });
  const set = (key) => (value) => { store.set('denoise', { [key]: value }); read(performance.now()); };
  const size = sizeControls(ctx, 'denoise', () => objective, () => read(performance.now()));
  const film = player({
    call, pace: () => (diffusion ? 420 : 220), fail: lane.fail,
    begin: () => call.start(lane.ask(prompt(), state().seed)),
    show: (steps, at) => { shownStep = steps[at]; draw(steps, at); },
  });
  const seed = () => numberField({ key: 'seed', min: 0, max: 2 ** 31 - 1, value: state().seed, change: set('seed') });
  const knobs = h('div', { class: 'controls' }, diffusion ? [
    slider({ key: 'ratio', min: 0.15, max: 1, step: 0.05, value: state().ratio, show: percent, change: set('ratio') }).element,
    slider({ key: 'diffusion_steps', min: 1, max: 64, value: state().steps, change: set('steps') }).element,
    more(select({ key: 'order', options: ['confidence', 'random'].map((o) => [o, t('order.' + o)]), value: state().order, change: set('order') }),
    slider({ key: 'remask', min: 0, max: 0.5, step: 0.05, value: state().remask, show: percent, change: set('remask') }).element,
    slider({ key: 'temperature', min: 0, max: 2, step: 0.05, value: state().temperature, show: (v) => number(v, 2), change: set('temperature') }).element, seed()),
  ] : [
    slider({ key: 'span_ratio', min: 0.1, max: 0.8, step: 0.05, value: state().spanRatio, show: percent, change: set('spanRatio') }).element,
    slider({ key: 'mean_span', min: 1, max: 8, value: state().meanSpan, change: set('meanSpan') }).element,
    seed(),
  ], button('show_all', () => set('hidden')([]), 'quiet'));
  const element = h('div', {}, strip, line, film.element, knobs, size.element);

  function prompt() {
    const s = state();
    const shared = { text: store.state.text, hidden: s.hidden, top: 8 };
    return diffusion
      ? { ...shared, ratio: s.ratio, steps: s.steps, order: s.order, remask: s.remask, temperature: s.temperature }
      : { ...shared, ratio: s.spanRatio, mean_span: s.meanSpan };
  }

  const first = latest(() => call.first(lane.ask(prompt(), state().seed)), (step, since) => {
    lane.tell();
    shownStep = step;
    film.preview(step);
    drawn('denoise', since);
  }, lane.fail, lane.wait);
  const look = latest(() => call.sees(lane.ask(prompt(), state().seed)), (value) => { sees = value; lane.panel.draw(value, [t('lane.denoise.level', { p: percent(value.level) })], diffusion ? 'denoise' : 'span'); }, () => lane.panel.clear());
  const calmly = later(look, 180);

  function read(since) {
    film.reset();
    size.draw();
    lane.choice.set();
    first(since);
    calmly();
  }

  function draw(steps, at) {
    const step = steps[at];
    // Denoised words stand where the hidden ones stood; written pieces have a place of their own.
    const spot = (i) => (diffusion ? steps[0].tokens[i] : step.tokens[i]);
    drawStrip(strip, step.tokens, {
      point: (i) => { pointed = i ?? -1; const x = i === null ? null : spot(i); ctx.point(x && x.start >= 0 ? [x.start, x.end] : null); side(steps, at); },
      act: (i) => { const x = spot(i); if (x.start >= 0) set('hidden')(toggled(state().hidden, x)); },
      text: (x) => (x.state === 'masked' ? ' ?' : x.text),
      look: (x) => [x.state === 'masked' ? 'masked' : x.state === 'predicted' ? 'predicted' : '', x.step === step.index && x.step > 0 ? 'fresh' : ''].join(' '),
      pressed: (x) => x.state === 'masked',
      note: (x) => (x.state === 'predicted' && x.step > 0 && diffusion ? String(x.step) : null),
      title: (x) => (x.state === 'predicted' ? t('strip.fixed', { step: x.step, p: chance(x.p) }) : null),
      label: (x) => (x.state === 'masked' ? t('strip.hidden') : x.text),
    });
    line.textContent = steps.length > 1 ? t('lane.denoise.now', { hidden: step.tokens.filter((x) => x.state === 'masked').length, fixed: step.tokens.filter((x) => x.step === step.index && x.step > 0).length }) : t(`lane.denoise.hint_${objective}`);
    side(steps, at);
  }

  function side(steps, at) {
    const step = steps[at];
    const x = step.tokens[pointed];
    const told = x?.top?.length ? x : null;
    const progress = { title: t('lane.denoise.noise'), pairs: [[t('lane.denoise.left'), step.level]] };
    if (told) return drawBars(lane.side, [{ title: t('lane.denoise.candidates', { step: told.step }), note: entropyNote(told.entropy), pairs: told.top, truth: told.text }]);
    const fixed = step.tokens.filter((y) => y.state === 'predicted' && y.step === step.index && y.step > 0);
    return drawBars(lane.side, [progress, ...(fixed.length ? [{ title: t('lane.denoise.fixed'), pairs: fixed.slice(0, 8).map((y) => [shown(y.text), y.p]) }] : [])]);
  }

  return {
    element, read,
    leave: () => film.reset(),
    playing: () => film.name,
    data: () => ({ steps: film.steps, sees }),
    point: (range) => shadeFor(strip, shownStep?.tokens || [], sees, range),
  };
}

const percent = (v) => number(100 * v, 0) + '\u202f%';
