/* Before the start: one great button for the family; behind quiet lines what it learns, reads, weighs and is asked. */
import { h, later, redraw } from '../core/dom.js';
import { latest } from '../core/server.js';
import { bytes, languageName, sentence, t } from '../core/text.js';
import { more } from '../parts/controls.js';
import { carriedLine, NOTHING } from './carried.js';
import { dataOf, promptsField } from './data.js';
import { knobs } from './knobs.js';
import { ACCENT, chosen, FAMILY, kindOf, lacks, nameOf, OBJECTIVES, plain, promptsOf, reads, recipesOf } from './recipe.js';
import { count, duration, large } from './words.js';

const REST = 200;
/** Of a trial that came to no end: no reason not to begin. */
const UNENDED = ['trial_still_reads', 'trial_too_long'];

/** ctx: {call, memory, given, busy(): whether something trains, started(names)}. See `runDesk`. */
export function setUp(ctx) {
  const { call, memory, given } = ctx;
  const form = memory.state;
  const root = h('section', { class: 'raise', 'aria-label': t('train.setup') });
  const problem = h('p', { class: 'said', role: 'status', 'aria-live': 'polite' });
  const figures = h('div', { class: 'figures', role: 'status' });
  const carried = h('div');
  let estimate = null;
  let working = false;
  let note = '';
  let parts = {};

  const recipes = () => recipesOf(form, given.recipes);
  const same = () => JSON.stringify(recipes().map((r) => ({ ...r, family: '' })));
  const guessed = ([key, found]) => { if (estimate?.key !== key && key === same()) estimate = { key, found }; weigh(); };
  const ask = latest((key) => call.guess({ recipes: recipes() }).then((found) => [key, found]), guessed, (error) => { estimate = null; weigh(); fail(error); });
  const soon = later(() => { const key = same(); if (estimate?.key !== key && !lacks(form)) ask(key); else weigh(); }, REST);

  function set(changes) {
    memory.set(changes);
    problem.textContent = '';
    soon();
    summarise();
  }

  function fail(error) {
    problem.className = 'said bad';
    problem.textContent = error.key ? sentence(error) : t('error.unexpected', { why: error.message });
  }

  /** Two steps of the real thing, of every member, in one worker as they will go: the page goes on meanwhile. */
  async function measure() {
    const key = same();
    if (estimate?.key === key && estimate.found.measured) return;
    if (estimate?.key !== key) estimate = null;
    note = t('train.trying', { name: chosen(form).map(nameOf).join(' · ') });
    weigh();
    const found = await call.measure({ recipes: recipes() });
    if (key === same()) estimate = { key, found };
    note = '';
    weigh();
  }

  /** What kept the trial from its end, where that keeps nobody from beginning. */
  const tried = () => measure().then(() => null, (error) => { if (UNENDED.includes(error.key)) return error; throw error; });

  const alone = (task) => async () => {
    if (working) return;
    working = true;
    dim();
    try { await task(); } catch (error) { fail(error); }
    [working, note] = [false, ''];
    weigh();
    dim();
  };

  /** Tried before it is begun; beside another training a trial would only measure that one. */
  const start = (mode) => alone(async () => {
    memory.set({ mode });
    const missing = lacks(form);
    if (missing) { problem.className = 'said bad'; problem.textContent = t(missing); return; }
    [problem.className, problem.textContent] = ['said', ''];
    summarise();
    const unended = ctx.busy() ? null : await tried();
    ctx.started(await call.train({ recipes: recipes() }));
    if (unended) problem.textContent = `${sentence(unended)} ${t('train.unmeasured')}`;
  });

  const dim = () => root.querySelectorAll('.starts').forEach((b) => { b.disabled = working; });

  /** What it will cost, and how that is known. */
  function weigh() {
    if (!estimate) return redraw(figures, note || t('train.weighing'));
    const { found } = estimate;
    const several = chosen(form).length > 1;
    const figure = (label, value) => h('div', {}, h('dt', {}, t(label)), h('dd', {}, value));
    return redraw(figures,
      h('dl', {}, figure(several ? 'train.parameters_each' : 'train.parameters', large(found.parameters)), figure('train.memory', bytes(found.memory)),
        figure('train.time', t('train.about', { time: duration(found.seconds) }))),
      h('p', { class: 'hint' }, note || t(!found.measured ? 'train.guessed' : several ? 'train.measured_each' : 'train.measured'), ' ',
        !note && !found.measured && h('button', { type: 'button', class: 'starts plain', 'data-key': 'measure', onclick: alone(measure) }, t('train.measure'))));
  }

  function member(objective) {
    const on = form.members.includes(objective);
    const flip = () => {
      const members = on ? form.members.filter((o) => o !== objective) : [...form.members, objective];
      if (members.length) { set({ mode: 'family', members }); draw(); }
    };
    return h('button', { type: 'button', class: 'member ' + ACCENT[objective], 'data-key': 'member-' + objective, 'aria-pressed': String(on), title: t('train.does.' + objective), onclick: flip }, h('i'), nameOf(objective));
  }

  function hero() {
    return h('div', { class: 'hero' },
      h('div', {},
        h('p', { class: 'lead' }, t('train.lead')),
        h('button', { type: 'button', class: 'great starts', 'data-key': 'family', 'data-first': '', onclick: start('family') }, h('span', { 'aria-hidden': true }, '▶'), t('train.family')),
        h('div', { class: 'members', role: 'group', 'aria-label': t('train.members') }, FAMILY.map(member))),
      figures);
  }

  function objectiveCard(objective) {
    const here = form.mode === 'one' && form.objective === objective;
    return h('button', { type: 'button', class: 'card ' + ACCENT[objective], 'data-key': 'card-' + objective, 'aria-pressed': String(here), onclick: () => { set({ mode: 'one', objective }); draw(); } },
      h('b', {}, nameOf(objective)), h('span', {}, t('train.does.' + objective)));
  }

  const quiet = (key, ...inside) => h('details', { class: 'quiet', 'data-part': key, open: opened.has(key) || null, ontoggle: (e) => { if (e.target.open) opened.add(key); else opened.delete(key); } },
    h('summary', { 'data-key': 'part-' + key }, h('b', {}, t('train.part.' + key)), parts[key] = h('span', {})), h('div', { class: 'within' }, inside));
  const opened = new Set();

  function draw() {
    const objectives = chosen(form);
    const text = kindOf(objectives[0]) === 'text';
    const k = knobs(form, objectives, set);
    parts = {};
    redraw(root, hero(), problem, carried,
      quiet('what', h('div', { class: 'cards' }, OBJECTIVES.map(objectiveCard)),
        h('div', { class: 'controls' }, form.mode === 'one' && h('button', { type: 'button', class: 'button go starts', 'data-key': 'one', style: { '--c': `var(--${ACCENT[form.objective]})` }, onclick: start('one') }, t('train.one', { name: nameOf(form.objective) })))),
      quiet('reads', dataOf({ call, form, set, folders: given.folders, text }).element),
      quiet('size', h('div', { class: 'controls' }, k.size), h('div', { class: 'controls' }, k.budget), more(k.advanced, k.log(given.tensorboard))),
      text && quiet('asked', promptsField({ form, set }).element));
    summarise();
    dim();
    soon();
    return root;
  }

  /** Each closed line says what is set behind it. */
  function summarise() {
    const objectives = chosen(form);
    const kind = kindOf(objectives[0]);
    const k = form[kind];
    const facts = { layers: k.layers, width: k.width, steps: count(k.steps), rows: k.rows, length: k.length, seed: k.seed };
    const say = (key, text) => { if (parts[key]) parts[key].textContent = text; };
    say('what', form.mode === 'family' ? t('train.the_family', { names: objectives.map(nameOf).join(' · ') }) : nameOf(form.objective));
    say('reads', kind === 'image' ? t('train.pictures.' + form.pictures) : textLine());
    say('size', t('train.size_' + kind, facts));
    say('asked', promptsOf(form)[0] ?? '');
    redraw(carried, carriedLine(form.carried, plain(form, given.recipes)[0], () => { set({ carried: NOTHING }); draw(); }));
  }

  function textLine() {
    if (form.source === 'own') return t('train.reads_own', { language: languageName(reads(form)) });
    return form.source === 'folder' ? form.folder || t('train.lacks_folder') : form.documents.slice(0, 12).map((d) => d.title).join(', ') || t('train.lacks_documents');
  }

  return {
    element: root, draw, fail,
    /** What was said no longer holds. */
    hush() { problem.className = 'said'; problem.textContent = ''; },
    /** Show what was put into the form from elsewhere. */
    reveal() { ['what', 'reads', 'size', 'asked'].forEach((key) => opened.add(key)); draw(); root.scrollIntoView({ block: 'start' }); root.querySelector('[data-key=one]')?.focus({ preventScroll: true }); },
  };
}
