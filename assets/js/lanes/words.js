/* Denoising words: masked diffusion, and the filling of cut pieces. Both show every step. */
import { h, later } from '../core/dom.js';
import { latest } from '../core/server.js';
import { chance, number, percent, t } from '../core/text.js';
import { drawBars, entropyNote, shown } from '../parts/bars.js';
import { button, more, seedField, select, slider } from '../parts/controls.js';
import { player } from '../parts/player.js';
import { drawStrip, turnOf, turned } from '../parts/strip.js';
import { drawn } from './frame.js';
import { companion, underneath } from './second.js';
import { REST, shadeFor, sizeControls, toggled } from './shared.js';

const MOST_SHOWN = 8;

export function wordsMode(ctx, lane, objective) {
  const { store, call } = ctx;
  const state = () => store.state.denoise;
  const diffusion = objective === 'diffusion';
  let shownStep = null;
  let sees = null;
  let pointed = -1;
  let turn = 0;

  const strip = h('div', { class: 'strip', role: 'group', 'aria-label': t('lane.denoise.strip') });
  const line = h('p', { class: 'hint', role: 'status' });
  const set = (changes) => { store.set('denoise', changes); read(performance.now()); };
  const size = sizeControls(ctx, 'denoise', () => objective, () => read(performance.now()));
  const ask = () => lane.ask(prompt(), state().seed);
  const film = player({ call, pace: () => (diffusion ? 420 : 220), fail: lane.fail, begin: () => { other.begin(); return call.start(ask()); }, show: draw });
  const askOther = () => lane.ask(prompt(), state().seed, lane.second.id());
  const other = companion(lane, { call, about: () => turn, first: () => call.first(askOther()), begin: askOther, draw: () => { if (film.steps.length) draw(film.steps, film.at); } });
  const beneath = underneath(lane);
  const anew = button('at_random', () => set({ hidden: [] }), 'quiet');
  const knobs = h('div', { class: 'controls' }, (diffusion ? diffusionKnobs : spanKnobs)(state, set), anew);
  const element = h('div', {}, strip, line, beneath.element, film.element, knobs, size.element);

  function prompt() {
    const s = state();
    const shared = { text: store.state.text, hidden: s.hidden, top: 8 };
    return diffusion
      ? { ...shared, ratio: s.ratio, steps: s.steps, order: s.order, remask: s.remask, temperature: s.temperature }
      : { ...shared, ratio: s.spanRatio, mean_span: s.meanSpan };
  }

  const about = () => turn;
  const first = latest(() => call.first(ask()), (step, since) => {
    lane.tell(step.notices);
    film.preview(step);
    other.reset();
    drawn('denoise', since);
  }, lane.fail, { slow: lane.wait, about });
  const look = latest(() => call.sees(ask()), (value) => {
    sees = value;
    lane.panel.draw(value, [t('lane.denoise.level', { p: percent(value.level) })], diffusion ? 'denoise' : 'span');
  }, () => lane.panel.clear(), { about });
  const calmly = later(look, REST);

  function read(since) {
    turn += 1;
    sees = null;
    anew.hidden = !state().hidden.length;
    film.reset();
    size.draw();
    lane.choice.set();
    first(since);
    calmly();
  }

  function draw(steps, at) {
    const step = shownStep = steps[at];
    const { text } = store.state;
    const fixedNow = fixedAt(step);
    const theirs = other.at(at);
    // Both said the same word there: which of them was surer?
    const same = (x, i) => { const y = theirs?.tokens[i]; return x.state === 'predicted' && y?.state === 'predicted' && y.text === x.text ? y : null; };
    // Denoised words stand where the hidden ones stood; written pieces have a place of their own.
    const spot = (i) => (diffusion ? steps[0].tokens[i] : step.tokens[i]);
    drawStrip(strip, step.tokens, {
      point: (i) => {
        pointed = i ?? -1;
        const x = i === null ? null : spot(i);
        ctx.point(x && x.start >= 0 ? [x.start, x.end] : null);
        side(step);
      },
      act: (i) => { const x = spot(i); if (x.start >= 0) set({ hidden: toggled(state().hidden, x, text, store.state.text) }); },
      ...said(step, diffusion),
      turn: (x, i) => (same(x, i) ? turnOf(x, same(x, i)) : null),
      title: (x, i) => (same(x, i) ? turned(x, same(x, i)) : fixing(x)),
    });
    beneath.set(theirs && (theirs.index > 0 || steps.length > 1));
    if (!beneath.element.hidden) drawStrip(beneath.strip, theirs.tokens, { ...said(theirs, diffusion), title: fixing, point: (i) => { if (i !== null) side(theirs, i, { by: lane.second.title(), look: 'second' }); } });
    const count = (is) => step.tokens.filter(is).length;
    line.textContent = steps.length > 1 ? t('lane.denoise.now', { hidden: count((x) => x.state === 'masked'), fixed: count(fixedNow) }) : t(`lane.denoise.hint_${objective}`);
    side(step);
  }

  function side(step, place = pointed, whose = {}) {
    const told = step.tokens[place];
    if (told?.top?.length) return drawBars(lane.side, [{ ...whose, title: t('lane.denoise.candidates', { step: told.step }), note: entropyNote(told.entropy), pairs: told.top, truth: told.text }]);
    const fixed = step.tokens.filter((x) => x.state === 'predicted' && x.step === step.index && x.step > 0);
    return drawBars(lane.side, [
      { title: t('lane.denoise.noise'), pairs: [[t('lane.denoise.left'), step.level]] },
      ...(fixed.length ? [{ title: t('lane.denoise.fixed'), pairs: fixed.slice(0, MOST_SHOWN).map((x) => [shown(x.text), x.p]) }] : [])]);
  }

  return {
    element, read,
    changed: () => read(performance.now()),
    leave() { turn += 1; calmly.cancel(); film.reset(); other.leave(); },
    playing: () => film.name,
    data: () => ({ steps: film.steps, sees }),
    point: (range) => shadeFor(strip, shownStep?.tokens || [], sees, range),
  };
}

const fixedAt = (step) => (x) => x.step === step.index && x.step > 0;
const fixing = (x) => (x.state === 'predicted' ? t('strip.fixed', { step: x.step, p: chance(x.p) }) : null);

/** How the words of a step are drawn, whichever model said them. */
function said(step, diffusion) {
  const fixedNow = fixedAt(step);
  return {
    text: (x, i) => (x.state === 'masked' ? ' ?' : x.text).replace(i ? '' : /^ (?=.)/, ''),
    look: (x) => [x.state !== 'given' && x.state, fixedNow(x) && 'fresh'].filter(Boolean).join(' '),
    pressed: (x) => x.state === 'masked',
    note: (x) => (x.state === 'predicted' && x.step > 0 && diffusion ? String(x.step) : null),
    label: (x) => (x.state === 'masked' ? t('strip.hidden') : [x.text, fixing(x)].filter(Boolean).join(', ')),
  };
}

function diffusionKnobs(state, set) {
  const s = state();
  return [
    slider({ key: 'ratio', min: 0.15, max: 1, step: 0.05, value: s.ratio, show: percent, change: (ratio) => set({ ratio }) }).element,
    slider({ key: 'diffusion_steps', min: 1, max: 64, value: s.steps, change: (steps) => set({ steps }) }).element,
    more(
      select({ key: 'order', options: ['confidence', 'random'].map((o) => [o, t('order.' + o)]), value: s.order, change: (order) => set({ order }) }),
      slider({ key: 'remask', min: 0, max: 0.5, step: 0.05, value: s.remask, show: percent, change: (remask) => set({ remask }) }).element,
      slider({ key: 'temperature', min: 0, max: 2, step: 0.05, value: s.temperature, show: (v) => number(v, 2), change: (temperature) => set({ temperature }) }).element,
      seedField({ value: s.seed, change: (seed) => set({ seed }) })),
  ];
}

function spanKnobs(state, set) {
  const s = state();
  return [
    slider({ key: 'span_ratio', min: 0.1, max: 0.8, step: 0.05, value: s.spanRatio, show: percent, change: (spanRatio) => set({ spanRatio }) }).element,
    slider({ key: 'mean_span', min: 1, max: 8, value: s.meanSpan, change: (meanSpan) => set({ meanSpan }) }).element,
    seedField({ value: s.seed, change: (seed) => set({ seed }) }),
  ];
}
