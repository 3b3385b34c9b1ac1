/* Denoising a picture: the noisy sample and, beside it, what the model takes the clean one to be. */
import { h, redraw } from '../core/dom.js';
import { latest } from '../core/server.js';
import { number, t } from '../core/text.js';
import { drawBars } from '../parts/bars.js';
import { button, numberField, select, slider } from '../parts/controls.js';
import { pad } from '../parts/pad.js';
import { player } from '../parts/player.js';
import { drawn } from './frame.js';
import { sizeControls } from './shared.js';

const LARGE = 168;

/** A class in the reader's language; as its model calls it where the lab has no word. */
const className = (name) => { const said = t('class.' + name); return said.startsWith('class.') ? name : said; };

export function pictureMode(ctx, lane, objective) {
  const { store, call } = ctx;
  const state = () => store.state.denoise;
  const model = () => ctx.models().find((m) => m.id === state().models.image);
  const set = (key) => (value) => { store.set('denoise', { [key]: value }); read(performance.now()); };
  const size = sizeControls(ctx, 'denoise', () => objective, () => read(performance.now()));

  const stage = h('div', { class: 'stage' });
  const strip = h('div', { class: 'film', role: 'group', 'aria-label': t('lane.picture.film') });
  const film = player({
    call, pace: () => Math.max(40, 1600 / state().pictureSteps), fail: lane.fail,
    begin: () => call.start(lane.ask(prompt(), state().seed)),
    show: draw,
  });
  const own = pad({ value: () => state().own, fail: lane.fail, change: (picture) => { store.set('denoise', { own: picture, start: picture && state().start === 1 ? 0.6 : state().start }); refresh(); } });
  const knobs = h('div', { class: 'controls' });
  const element = h('div', {}, stage, strip, film.element, knobs, own.element, size.element);

  function refresh() {
    const classes = model()?.classes || [];
    redraw(knobs,
      slider({ key: 'start', min: 0.05, max: 1, step: 0.05, value: state().start, show: (v) => number(100 * v, 0) + '\u202f%', change: set('start') }).element,
      select({ key: 'scheduler', options: [['ddpm', 'DDPM'], ['ddim', 'DDIM'], ['dpm', 'DPM-Solver++']], value: state().scheduler, change: set('scheduler') }),
      slider({ key: 'picture_steps', min: 1, max: 100, value: state().pictureSteps, change: set('pictureSteps') }).element,
      numberField({ key: 'seed', min: 0, max: 2 ** 31 - 1, value: state().seed, change: set('seed') }),
      classes.length ? select({ key: 'label', options: [[-1, t('control.any')], ...classes.map((c, i) => [i, className(c)])], value: state().label, change: (v) => set('label')(+v) }) : null,
      classes.length ? slider({ key: 'guidance', min: 0, max: 6, step: 0.5, value: state().guidance, show: (v) => number(v, 1), change: set('guidance') }).element : null);
    read(performance.now());
  }

  function prompt() {
    const s = state();
    const known = (model()?.classes || []).length;
    return { scheduler: s.scheduler, steps: s.pictureSteps, label: s.label < known ? s.label : -1, guidance: s.guidance, start: s.start, picture: s.own.replace(/^data:[^,]*,/, '') };
  }

  const first = latest(() => call.first(lane.ask(prompt(), state().seed)), (step, since) => { lane.tell([]); film.preview(step); drawn('picture', since); }, lane.fail, lane.wait);
  const look = latest(() => call.sees(lane.ask(prompt(), state().seed)), (value) => lane.panel.picture(value), () => lane.panel.clear());

  function read(since) {
    size.draw();
    lane.choice.set();
    film.reset();
    first(since);
    look();
  }

  function draw(steps, at) {
    const step = steps[at];
    redraw(stage, figure(step.sample, step.timestep < 0 ? t('lane.picture.done') : t('lane.picture.noisy', { t: step.timestep })), step.estimate ? figure(step.estimate, t('lane.picture.estimate')) : blank());
    const every = Math.max(1, Math.ceil((steps.length - 1) / 10));
    const keep = steps.map((_, i) => i).filter((i) => i % every === 0 || i === steps.length - 1);
    redraw(strip, steps.length < 2 ? [] : keep.map((i) => h('button', { type: 'button', 'data-key': i, 'aria-current': String(i === at), 'aria-label': t('lane.picture.step', { n: i }), onclick: () => film.move(i) },
      h('img', { class: 'pixels', alt: '', src: steps[i].sample }), steps[i].estimate && h('img', { class: 'pixels', alt: '', src: steps[i].estimate }), String(i))));
    const now = strip.querySelector('[aria-current=true]');
    if (now) strip.scrollLeft = now.offsetLeft - strip.clientWidth / 2;
    drawBars(lane.side, [{ title: t('lane.denoise.noise'), pairs: [[t('lane.denoise.left'), step.level]] }]);
  }

  const figure = (source, caption) => h('figure', {}, h('img', { class: 'pixels', width: LARGE, height: LARGE, src: source, alt: caption }), h('figcaption', {}, caption));
  const blank = () => h('figure', {}, h('div', { class: 'pixels', style: { width: LARGE + 'px', height: LARGE + 'px' } }), h('figcaption', {}, t('lane.picture.not_yet')));

  return {
    element,
    read: (since) => { if (knobs.childElementCount) { if (since === undefined) read(since); } else refresh(); },
    leave: () => film.reset(),
    playing: () => film.name,
    data: () => ({ steps: film.steps }),
  };
}
