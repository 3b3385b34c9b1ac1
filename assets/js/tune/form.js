/* Before the start: the documents, what will be read of them, and the run: how it learns, what it costs, whether that fits. */
import { h, later, redraw } from '../core/dom.js';
import { latest } from '../core/server.js';
import { language, sentence, t } from '../core/text.js';
import { picker } from '../parts/picker.js';
import { carriedLine, NOTHING } from '../train/carried.js';
import { promptsField } from '../train/data.js';
import { ACCENT, FAMILY, nameOf } from '../train/recipe.js';
import { count, fine } from '../train/words.js';
import { documentsOf } from './documents.js';
import { knobs } from './knobs.js';
import { pathsOf, pictorial, plain, promptsOf, recipeOf } from './recipe.js';
import { rowsOf } from './rows.js';
import { fits, weighed } from './weigh.js';

const REST = 300;

/** ctx: see `runDesk`. */
export function setUp(ctx) {
  const { call, memory, given } = ctx;
  const form = memory.state;
  const root = h('section', { class: 'panel run' });
  const problem = h('p', { class: 'said', role: 'status', 'aria-live': 'polite' });
  const figures = h('div', { class: 'figures' });
  const carried = h('div');
  const cost = { guess: null, measured: null, suggestion: undefined, note: '', working: false };
  const opened = new Set();
  let models = [];
  let extras = [];
  let reads = '';
  let key = '';
  let warned = '';

  const recipe = () => recipeOf(form, given.presets, models, reads || language());
  const sized = () => { const { title, prompts, data, ...rest } = recipe(); return JSON.stringify({ ...rest, data: { ...data, licence: '' } }); };
  const documents = documentsOf({ call, memory, given, recipe, set: (changes) => { set(changes); drawRun(); }, turn, can: () => models.length > 0, ready });
  const rows = rowsOf({ call, recipe });

  /** What was read, or nothing yet. In another language than was thought, another base may do better. */
  function ready(found) {
    const before = recipe().base;
    if (found?.papers) reads = mostly(found.papers) || reads;
    if (recipe().base === before) rows.show(found?.papers ? found : null); else { documents.read(); soon(); drawBase(); }
  }

  function fail(error) {
    problem.className = 'said bad';
    problem.textContent = error.key ? sentence(error) : t('error.unexpected', { why: error.message });
  }

  function set(changes) {
    memory.set(changes);
    problem.textContent = '';
    documents.read();
    soon();
    drawCarried();
  }

  const drawCarried = () => redraw(carried, carriedLine(form.carried, plain(form, given.presets, models, reads || language()), () => { set({ carried: NOTHING }); drawRun(); }));

  /** From texts to pictures or back: everything before the start is another. */
  function turn(changes) {
    rows.show(null);
    set(changes);
    documents.draw();
    drawRun();
  }

  const put = (name, value) => { set({ changes: { ...form.changes, [name]: value } }); if (name === 'weights') drawRun(); else drawBase(); };

  // -- what it costs ------------------------------------------------------------

  const ask = latest((mine) => call.guess({ recipes: [recipe()] }).then((found) => [mine, found]), ([mine, found]) => { if (mine === sized()) { cost.guess = found; weigh(); suggest(mine); } }, (error) => { cost.guess = null; cost.note = ' '; weigh(); fail(error); });
  const soon = later(() => {
    if (!models.length || sized() === key) return;
    key = sized();
    Object.assign(cost, { guess: null, measured: null, suggestion: undefined, note: '' });
    ask(key);
  }, REST);

  function weigh() { weighed(figures, cost, { take, measure: alone(measure) }); dim(); }

  /** What would fit, when this does not. */
  async function suggest(mine) {
    const best = cost.measured ?? cost.guess;
    if (fits(best)) return;
    const found = await call.fit({ recipe: recipe(), over: Math.ceil(best.memory - best.free) }).catch(() => undefined);
    if (mine !== sized()) return;
    cost.suggestion = found;
    weigh();
  }

  function take(changes) { set({ changes: { ...form.changes, ...changes } }); drawRun(); }

  async function measure() {
    const mine = sized();
    cost.note = t('train.trying', { name: nameOf(recipe().objective) });
    weigh();
    try {
      const found = await call.measure({ recipes: [recipe()] });
      if (mine === sized()) cost.measured = found;
    } finally { cost.note = ''; weigh(); }
    await suggest(mine);
  }

  const alone = (task) => async () => {
    if (cost.working) return;
    cost.working = true;
    dim();
    try { await task(); } catch (error) { fail(error); }
    cost.working = false;
    weigh();
  };

  const dim = () => root.querySelectorAll('.starts').forEach((b) => { b.disabled = cost.working; });

  /** Tried before it is begun; what does not fit is said once, and begun when asked again. */
  const start = alone(async () => {
    problem.textContent = '';
    if (!pathsOf(form).length) { fail({ key: pictorial(form) ? 'no_own_pictures' : 'no_documents' }); return; }
    if (!ctx.busy() && !cost.measured) await measure();
    if (!fits(cost.measured ?? cost.guess) && warned !== sized()) { warned = sized(); fail({ key: 'does_not_fit' }); return; }
    ctx.started(await call.train({ recipes: [recipe()] }));
  });

  // -- drawing ----------------------------------------------------------------------

  function presetCard(name) {
    const here = form.preset === name;
    const { base, objective } = form.changes;
    const choose = () => { set({ preset: name, changes: { ...(base ? { base } : {}), ...(objective ? { objective } : {}) } }); drawRun(); };
    return h('button', { type: 'button', class: 'card ' + ACCENT[recipe().objective], 'data-key': 'preset-' + name, 'aria-pressed': String(here), onclick: choose }, h('b', {}, t('tune.preset.' + name)), h('span', {}, t('tune.why.' + name)));
  }

  function objectiveCard(objective) {
    const here = recipe().objective === objective;
    return h('button', { type: 'button', class: 'card ' + ACCENT[objective], 'data-key': 'objective-' + objective, 'aria-pressed': String(here), onclick: () => { set({ changes: { ...form.changes, objective } }); drawRun(); } }, h('b', {}, nameOf(objective)), h('span', {}, t('train.does.' + objective)));
  }

  const base = h('div', { class: 'basis' });

  /** The base, and what is to be known of it: that it is not the preset's, that it can be fetched. */
  function drawBase() {
    const now = recipe();
    const chooser = picker({
      call, lane: ACCENT[now.objective], objective: () => recipe().objective, models: () => models,
      current: () => ({ model: recipe().base, precision: recipe().weights }),
      change: ({ model, precision }) => { set({ changes: { ...form.changes, base: model, weights: pictorial(form) ? 'fp32' : precision } }); drawRun(); },
      refresh: load, add: (name) => call.model(name).then((found) => { extras = [...extras.filter((m) => m.id !== found.id), found]; }),
    });
    const wished = form.changes.base ?? given.presets[form.preset].base;
    const other = models.length > 0 && now.base !== wished && models.find((m) => m.id === wished);
    redraw(base, h('span', {}, t('tune.base')), chooser.element, h('p', { class: 'hint' }, t(other ? (other.ready ? 'tune.base_cannot' : 'tune.base_absent') : 'tune.base_line', { title: other?.title ?? '' })));
  }

  const quiet = (name, says, ...inside) => h('details', { class: 'quiet', 'data-part': name, open: opened.has(name) || null, ontoggle: (e) => { if (e.target.open) opened.add(name); else if (opened.delete(name)) e.target.querySelector('summary span').textContent = says(); } },
    h('summary', { 'data-key': 'part-' + name }, h('b', {}, t('tune.part_of.' + name)), h('span', {}, says())), h('div', { class: 'within' }, inside));

  /** Beginnings of one's own documents as prompts, from the rows that are shown. */
  const beginnings = (redrawn) => documents.found && h('button', { type: 'button', class: 'button quiet', 'data-key': 'beginnings', onclick: async () => {
    const found = await call.rows({ recipe: recipe(), start: 0, count: 6 }).catch(() => []);
    const texts = found.map((row) => row.cells.filter((c) => c.text_of === 0).slice(1, 12).map((c) => c.target || c.text).join('').split(/\n/)[0].trim()).filter((text) => text.length > 8);
    if (texts.length) { memory.set({ prompts: texts.slice(0, 3) }); redrawn(); }
  } }, t('tune.beginnings'));

  function drawRun() {
    const now = recipe();
    const { first, advanced } = knobs(now, put);
    root.className = `panel run ${ACCENT[now.objective]}`;
    root.setAttribute('aria-label', t('tune.run'));
    drawBase();
    redraw(root, h('h2', {}, t('tune.run')),
      h('div', { class: 'cards presets' }, Object.keys(given.presets).filter((name) => (given.presets[name].objective === 'image') === pictorial(form)).map(presetCard)),
      h('div', { class: 'halves' },
        h('div', {}, base, h('div', { class: 'knobs' }, first)),
        h('div', {}, figures, h('button', { type: 'button', class: 'great starts', 'data-key': 'start', onclick: start }, h('span', { 'aria-hidden': true }, '▶'), t('tune.start')), problem)),
      carried,
      !pictorial(form) && quiet('objective', () => nameOf(recipe().objective), h('div', { class: 'cards' }, FAMILY.map(objectiveCard))),
      !pictorial(form) && quiet('asked', () => promptsOf(form)[0] ?? '', promptsField({ form, set: (changes) => memory.set(changes), current: () => promptsOf(form), more: beginnings }).element),
      quiet('advanced', advancedLine, h('div', { class: 'knobs groups' }, advanced)));
    drawCarried();
    weigh();
    soon();
    return root;
  }

  function advancedLine() {
    const { rows: many, data, optimiser } = recipe();
    if (pictorial(form)) return t('tune.pictures_advanced', { rows: count(many), rate: fine(optimiser.rate) });
    return t('tune.advanced_line', { rows: count(many), length: count(data.length), rate: fine(optimiser.rate) });
  }

  async function load() {
    const known = await call.models();
    models = [...known, ...extras.filter((m) => !known.some((k) => k.id === m.id))];
    drawRun();
    documents.read();
  }

  /** Documents given in another season may be gone by now. */
  async function begin() {
    const names = [...form.documents, ...form.pictures].map((d) => d.path);
    if (names.length) {
      const there = new Set((await call.given({ names })).map((d) => d.path));
      const still = (list) => list.filter((d) => there.has(d.path));
      if (there.size < names.length) { memory.set({ documents: still(form.documents), pictures: still(form.pictures) }); documents.draw(); }
    }
    await load();
  }

  begin().catch(fail);
  let spoken = '';

  return {
    fail,
    hush() { problem.className = 'said'; problem.textContent = ''; },
    draw() {
      if (spoken && spoken !== language()) documents.read();
      spoken = language();
      return [documents.draw(), rows.draw(), drawRun()];
    },
    reveal() { documents.draw(); drawRun(); root.scrollIntoView({ block: 'start' }); root.querySelector('[data-key=start]')?.focus({ preventScroll: true }); },
  };
}

/** The language that most of what was read is in. */
function mostly(papers) {
  const sums = new Map();
  for (const { language: code, characters } of papers) if (code) sums.set(code, (sums.get(code) ?? 0) + characters);
  return [...sums].sort((a, b) => b[1] - a[1])[0]?.[0];
}
