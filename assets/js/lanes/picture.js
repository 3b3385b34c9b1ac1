/* Denoising a picture: the noisy sample and, beside it, what the model takes the clean one to be. */
import { h, redraw } from '../core/dom.js';
import { latest } from '../core/server.js';
import { number, percent, t } from '../core/text.js';
import { drawBars } from '../parts/bars.js';
import { seedField, select, slider } from '../parts/controls.js';
import { pad } from '../parts/pad.js';
import { player } from '../parts/player.js';
import { drawn } from './frame.js';
import { companion } from './second.js';
import { sizeControls } from './shared.js';

const LARGE = 224; // seven times the 32 pixels of the lab's own model
const MOST_STILLS = 10;
const OWN_START = 0.6;

/** A class in the reader's language; as its model calls it where the lab has no word. */
const className = (name) => { const said = t('class.' + name); return said.startsWith('class.') ? name : said; };

export function pictureMode(ctx, lane, objective) {
  const { store, call } = ctx;
  const state = () => store.state.denoise;
  const classes = () => ctx.models().find((m) => m.id === state().models.image)?.classes || [];
  const set = (changes) => { store.set('denoise', changes); read(performance.now()); };
  const size = sizeControls(ctx, 'denoise', () => objective, () => read(performance.now()));
  let turn = 0;
  let stills = [];

  const [noisy, guess, theirs] = [figure(), figure(), figure()];
  const strip = h('div', { class: 'film', role: 'group', 'aria-label': t('lane.picture.film') });
  const ask = () => lane.ask(prompt(), state().seed);
  const film = player({ call, pace: () => Math.max(40, 1600 / state().pictureSteps), fail: lane.fail, begin: () => { other.begin(); return call.start(ask()); }, show: draw });
  const askOther = () => lane.ask(prompt(), state().seed, lane.second.id());
  const other = companion(lane, { call, about: () => turn, first: () => call.first(askOther()), begin: askOther, draw: () => { if (film.steps.length) draw(film.steps, film.at); } });
  const own = pad({
    value: () => state().own, fail: lane.fail,
    change: (picture) => { store.set('denoise', { own: picture, start: picture && state().start === 1 ? OWN_START : state().start }); changed(); },
  });
  const knobs = h('div', { class: 'controls' });
  const element = h('div', {}, h('div', { class: 'stage' }, noisy.element, guess.element, theirs.element), strip, film.element, knobs, own, size.element);

  /** Another model knows other classes. */
  function changed() {
    redraw(knobs, controls(state(), classes(), set));
    read(performance.now());
  }

  function prompt() {
    const s = state();
    return { scheduler: s.scheduler, steps: s.pictureSteps, label: s.label < classes().length ? s.label : -1, guidance: s.guidance, start: s.start, picture: s.own.replace(/^data:[^,]*,/, '') };
  }

  const about = () => turn;
  const first = latest(() => call.first(ask()), (step, since) => { lane.tell(step.notices); film.preview(step); other.reset(); drawn('picture', since); }, lane.fail, { slow: lane.wait, about });
  const look = latest(() => call.sees(ask()), (value) => lane.panel.picture(value), () => lane.panel.clear(), { about });

  function read(since) {
    turn += 1;
    size.draw();
    lane.choice.set();
    film.reset();
    first(since);
    look();
  }

  function draw(steps, at) {
    const step = steps[at];
    noisy.set(step.sample, step.timestep < 0 ? t('lane.picture.done') : t('lane.picture.noisy', { t: step.timestep }));
    guess.set(step.estimate, t(step.estimate ? 'lane.picture.estimate' : 'lane.picture.not_yet'));
    const step2 = other.at(at);
    theirs.element.hidden = !step2;
    if (step2) theirs.set(step2.estimate ?? step2.sample, t('beside.picture', { model: lane.second.title() }));
    drawFilm(steps, at);
    drawBars(lane.side, [{ title: t('lane.denoise.noise'), pairs: [[t('lane.denoise.left_noise'), step.level]] }]);
  }

  /** Some of the steps in small; made anew only when there are others, so that nothing blinks. */
  function drawFilm(steps, at) {
    const every = Math.max(1, Math.ceil((steps.length - 1) / MOST_STILLS));
    const kept = steps.length < 2 ? [] : steps.map((_, i) => i).filter((i) => i % every === 0 || i === steps.length - 1);
    if (kept.length !== stills.length || kept.some((i, j) => steps[i] !== stills[j])) {
      stills = kept.map((i) => steps[i]);
      redraw(strip, kept.map((i) => h('button', { type: 'button', 'data-key': i, 'aria-label': t('lane.picture.step', { n: i }), onclick: () => film.move(i) },
        h('img', { class: 'pixels', alt: '', src: steps[i].sample }), steps[i].estimate && h('img', { class: 'pixels', alt: '', src: steps[i].estimate }), String(i))));
    }
    [...strip.children].forEach((still) => still.setAttribute('aria-current', String(+still.dataset.key === at)));
    const now = strip.querySelector('[aria-current=true]');
    if (now) strip.scrollLeft = now.offsetLeft - strip.clientWidth / 2;
  }

  return {
    element, changed,
    /** The sentence plays no part in a picture: only the first call reads. */
    read() { if (!knobs.childElementCount) changed(); },
    leave() { turn += 1; film.reset(); other.leave(); },
    playing: () => film.name,
    data: () => ({ steps: film.steps }),
  };
}

/** A picture with its caption, whose pixels change in place; an empty frame while there is none. */
function figure() {
  const image = h('img', { class: 'pixels', width: LARGE, height: LARGE });
  const empty = h('div', { class: 'pixels', style: { width: LARGE + 'px', height: LARGE + 'px' } });
  const caption = h('figcaption');
  const element = h('figure', {}, empty, caption);
  return {
    element,
    set(source, said) {
      if (source) { image.src = source; image.alt = said; }
      const wanted = source ? image : empty;
      if (element.firstChild !== wanted) element.firstChild.replaceWith(wanted);
      caption.textContent = said;
    },
  };
}

function controls(s, classes, set) {
  return [
    slider({ key: 'start', min: 0.05, max: 1, step: 0.05, value: s.start, show: percent, change: (start) => set({ start }) }).element,
    select({ key: 'scheduler', options: [['ddpm', 'DDPM'], ['ddim', 'DDIM'], ['dpm', 'DPM-Solver++']], value: s.scheduler, change: (scheduler) => set({ scheduler }) }),
    slider({ key: 'picture_steps', min: 1, max: 100, value: s.pictureSteps, change: (pictureSteps) => set({ pictureSteps }) }).element,
    seedField({ value: s.seed, change: (seed) => set({ seed }) }),
    classes.length ? select({ key: 'label', options: [[-1, t('control.any')], ...classes.map((c, i) => [i, className(c)])], value: s.label < classes.length ? s.label : -1, change: (v) => set({ label: +v }) }) : null,
    classes.length ? slider({ key: 'guidance', min: 0, max: 6, step: 0.5, value: s.guidance, show: (v) => number(v, 1), change: (guidance) => set({ guidance }) }).element : null,
  ];
}
