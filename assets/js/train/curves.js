/* The chosen runs' curves. What cannot be compared has frames of its own: losses by objective, bits by what they are. */
import { h, redraw } from '../core/dom.js';
import { languageName, number, percent, t } from '../core/text.js';
import { segments } from '../parts/controls.js';
import { chart } from './chart.js';
import { ACCENT, nameOf } from './recipe.js';
import { count, fine, large } from './words.js';

const MEASURES = ['exact', 'bound', 'pseudo'];

/** ctx: {memory, views: names of the choices, story(name)}. Gives {element, draw(runs), translate()}. */
export function curves(ctx) {
  const { memory } = ctx;
  const root = h('section', { class: 'curves' });
  const frames = h('div', { class: 'frames' });
  const line = h('p', { class: 'hint' });
  let charts = new Map();
  let runs = [];
  let made = false;

  function head() {
    made = true;
    const views = segments({ key: 'curves', options: ctx.views.map((v) => [v, t('train.view.' + v)]), value: memory.state.chart, change: (view) => { memory.set({ chart: view }); charts = new Map(); draw(runs); } });
    const log = h('label', { class: 'control check' }, h('input', { type: 'checkbox', checked: memory.state.log10, 'data-key': 'log', onchange: (e) => { memory.set({ log10: e.target.checked }); draw(runs); } }), h('span', {}, t('train.log')));
    redraw(root, h('header', { class: 'over' }, h('div', {}, h('h2', {}, t('train.curves')), line), h('div', { class: 'time' }, views, log)), frames);
  }

  function draw(now) {
    runs = now;
    root.hidden = !runs.some((run) => ctx.story(run.name)?.begun);
    if (root.hidden) return;
    if (!made) head();
    const view = memory.state.chart;
    line.textContent = t('train.view_line.' + view);
    const wanted = { bits, loss, forgets, pace, tokens }[view]();
    if (!wanted.length) { charts = new Map(); redraw(frames, h('p', { class: 'hint' }, t('train.no_curve'))); return; }
    for (const { key, title, note } of wanted) if (!charts.has(key)) charts.set(key, chart(title, note));
    const keys = wanted.map((w) => w.key);
    for (const key of [...charts.keys()]) if (!keys.includes(key)) charts.delete(key);
    const elements = keys.map((key) => charts.get(key).element);
    if (elements.length !== frames.children.length || elements.some((e, i) => frames.children[i] !== e)) frames.replaceChildren(...elements);
    for (const { key, series, format, zero } of wanted) charts.get(key).draw(series, { format, zero, far: Math.max(...runs.map((run) => run.steps)), log: memory.state.log10, words: (facts) => t('train.summary', facts) });
  }

  const look = (run) => ({ key: run.name, name: nameIn(run, runs), color: `var(--${ACCENT[run.objective]})`, dash: dashOf(run, runs) });
  const curve = (run, name) => ctx.story(run.name)?.curves[name] ?? [];
  const held = (run) => ctx.story(run.name)?.held ?? [];
  const two = (v) => number(v, 2);

  function bits() {
    return MEASURES.map((measure) => ({ key: measure, title: t('measure.' + measure), note: t('train.measure_line.' + measure), series: bitsOf(measure, held), format: two }))
      .filter((frame) => frame.series.length);
  }

  /** Bits per byte of the runs whose looks are of one measure, with their intervals. */
  function bitsOf(measure, looks) {
    return runs.filter((run) => looks(run)[0]?.measure === measure).map((run) => {
      const told = looks(run).filter((x) => x.bits_per_byte !== null);
      return { ...look(run), points: told.map((x) => [x.step, x.bits_per_byte]), band: told.map((x) => [x.step, x.low, x.high]) };
    });
  }

  /** On a general text: what a base knew and may forget. Each language has a frame, each measure too. */
  function forgets() {
    return [...forgotten(), ...known()];
  }

  /** What a picture model's base knew: the error on each set of it. */
  function known() {
    const of = (run) => Object.entries(ctx.story(run.name)?.general ?? {}).filter(([, looks]) => looks[0] && looks[0].bits_per_byte === null);
    return [...new Set(runs.flatMap((run) => of(run).map(([name]) => name)))].map((name) => ({
      key: name, title: t('verdict.set.' + name), note: t('train.loss_of.image'), format: (v) => number(v, 3),
      series: runs.filter((run) => of(run).some(([own]) => own === name)).map((run) => ({ ...look(run), points: ctx.story(run.name).general[name].map((x) => [x.step, x.loss]) })),
    }));
  }

  function forgotten() {
    const general = (language) => (run) => ctx.story(run.name)?.general[language] ?? [];
    const languages = [...new Set(runs.flatMap((run) => Object.keys(ctx.story(run.name)?.general ?? {})))].sort();
    return languages.flatMap((language) => MEASURES.map((measure) => ({
      key: language + measure, title: t('train.general', { language: languageName(language) }), note: `${t('train.bits')} · ${t('measure.' + measure)}`, series: bitsOf(measure, general(language)), format: two,
    }))).filter((frame) => frame.series.length);
  }

  function loss() {
    return [...new Set(runs.map((run) => run.objective))].map((objective) => {
      const series = runs.filter((run) => run.objective === objective).flatMap((run) => [
        { ...look(run), key: run.name + ' train', name: t('train.of_training', { name: nameIn(run, runs) }), thin: true, points: curve(run, 'loss') },
        { ...look(run), name: t('train.of_held', { name: nameIn(run, runs) }), points: held(run).map((x) => [x.step, x.loss]) }]);
      return { key: objective, title: nameOf(objective), note: t('train.loss_of.' + objective), series, format: two };
    });
  }

  function pace() {
    const all = (name) => runs.map((run) => ({ ...look(run), points: curve(run, name) }));
    return [
      { key: 'rate', title: t('train.rate'), series: all('rate'), format: fine, zero: true },
      { key: 'gradient', title: t('train.gradient'), note: t('train.gradient_line'), series: all('gradient'), format: fine, zero: true },
      { key: 'speed', title: t('train.speed'), note: t('train.speed_line'), series: all('per_second'), format: large, zero: true },
      { key: 'memory', title: t('train.peak'), note: t('train.peak_line'), series: all('memory'), format: large, zero: true },
      { key: 'temperature', title: t('train.temperature'), note: t('train.temperature_line'), series: all('temperature'), format: count, zero: true },
    ].filter((frame) => frame.series.some((one) => one.points.length));
  }

  function tokens() {
    const series = runs.filter((run) => run.objective !== 'image').flatMap((run) => [
      { ...look(run), key: run.name + ' seen', name: t('train.seen', { name: nameIn(run, runs) }), thin: true, points: curve(run, 'seen') },
      { ...look(run), name: t('train.carried', { name: nameIn(run, runs), p: share(run) }), points: curve(run, 'carried') }]);
    return series.length ? [{ key: 'tokens', title: t('train.tokens'), note: t('train.tokens_line'), series, format: large, zero: true }] : [];
  }

  function share(run) {
    const [seen, carried] = ['seen', 'carried'].map((name) => curve(run, name).at(-1)?.[1]);
    return seen ? percent(carried / seen) : '–';
  }

  return { element: root, draw, translate() { charts = new Map(); made = false; frames.replaceChildren(); } };
}

/** Runs of one colour are told apart by their dashes. */
function dashOf(run, runs) {
  const alike = runs.filter((other) => ACCENT[other.objective] === ACCENT[run.objective]);
  return alike.findIndex((other) => other.name === run.name);
}

/** The objective, and of two that share it their numbers. */
function nameIn(run, runs) {
  const alike = runs.filter((other) => other.objective === run.objective);
  return run.title || nameOf(run.objective) + (alike.length > 1 ? ` ${alike.indexOf(run) + 1}` : '');
}
