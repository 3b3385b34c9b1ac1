/* Every run in a line: where it stands, what one can do with it, and what it really was told, one click away. */
import { h, redraw } from '../core/dom.js';
import { number, t } from '../core/text.js';
import { menu } from '../parts/controls.js';
import { ACCENT, nameOf } from './recipe.js';
import { configuration } from './configuration.js';
import { ALIVE, count, duration, readable, when } from './words.js';

/**
 * ctx: {home: whether this page is only its owner's, who may use any model, memory, act: {pause, resume, stop, extend, duplicate, remove, restore, move, use}(run), watch, call, fail}.
 * Gives {element, draw(runs), buttons(run), translate()}.
 */
export function runList(ctx) {
  const { memory, act } = ctx;
  const root = h('section', { class: 'runs' });
  const body = h('div', { class: 'rows' });
  const said = h('p', { class: 'said', role: 'status', 'aria-live': 'polite' });
  const rows = new Map();
  let made = false;
  let order = '';

  /** What one mostly wants of a run in its state. */
  function buttons(run) {
    const press = (key, look = '') => h('button', { type: 'button', class: ('button ' + look).trim(), 'data-key': key, title: t('help.run_' + key), onclick: () => act[key](run) }, t('train.act.' + key));
    const going = ALIVE.has(run.state) || run.state === 'queued';
    return [
      run.mine && going && press('pause'),
      run.mine && !going && !['finished', 'broken'].includes(run.state) && press('resume'),
      run.model && (ctx.home || run.recorded) && press('use')].filter(Boolean);
  }

  function items(run, row) {
    const alive = ALIVE.has(run.state);
    const queued = run.mine && run.state === 'queued';
    const item = (key, f) => [t('train.act.' + key), f];
    return [
      run.mine && (alive || queued || run.kept || ['paused', 'interrupted'].includes(run.state)) && item('stop', () => act.stop(run)),
      queued && item('up', () => act.move(run, -1)),
      queued && item('down', () => act.move(run, 1)),
      readable(run) && item('configuration', () => open(run, row)),
      // The form of the page that lists it has no place for what a recorded run began from.
      readable(run) && !(run.recorded && run.base) && item('duplicate', () => act.duplicate(run)),
      !alive && run.mine && item('remove', () => act.remove(run))].filter(Boolean);
  }

  function line(run) {
    const tick = h('input', { type: 'checkbox', 'data-key': 'tick', 'aria-label': t('train.overlay', { name: full(run) }), onchange: () => choose(run.name, tick.checked) });
    const [title, state, bar, figures, tools] = [h('b', {}), h('span', {}), h('i'), h('span', { class: 'mono' }), h('div', { class: 'tools' })];
    const under = h('div', { class: 'under', hidden: 'hidden' });
    const element = h('article', { class: ['row', ACCENT[run.objective], run.recorded && 'recorded'].filter(Boolean).join(' '), 'data-run': run.name, 'aria-label': full(run) },
      h('label', { class: 'pickone' }, tick, h('span', { class: 'who' }, title, h('small', {}, when(run.created), !run.mine && !run.recorded && ` · ${t('train.anothers')}`))),
      h('div', { class: 'where' }, state, h('div', { class: 'progress', 'aria-hidden': true }, bar)), figures, tools, under);
    return { element, tick, title, state, bar, figures, tools, under, told: '' };
  }

  function tell(run, row) {
    row.title.textContent = full(run);
    row.tick.disabled = !readable(run);
    row.tick.checked = memory.state.shown.includes(run.name);
    row.state.textContent = stateOf(run);
    row.bar.style.width = (100 * run.step / run.steps).toFixed(1) + '%';
    row.figures.textContent = figuresOf(run);
    row.element.classList.toggle('bad', Boolean(run.why));
    const kind = [run.state, run.model, run.place].join();
    if (kind !== row.told) redraw(row.tools, buttons(run), menu({ label: '⋯', help: t('train.more'), items: () => items(run, row) }));
    row.told = kind;
  }

  function choose(name, on) {
    const others = memory.state.shown.filter((x) => x !== name);
    memory.set({ shown: on ? [...others, name].slice(-12) : others });
    ctx.watch.look();
  }

  async function open(run, row) {
    row.under.hidden = !row.under.hidden;
    if (row.under.hidden) return;
    try {
      const story = await ctx.watch.recipe(run.name);
      redraw(row.under, run.mine && extension(run, story.recipe.optimiser.rate), configuration(ctx.call, run, story));
      row.under.querySelector('input,summary')?.focus({ preventScroll: true });
    } catch (error) { ctx.fail(error); row.under.hidden = true; }
  }

  /** What may differ when it goes on. One that failed is not to be longer for that: to learn more slowly, as its sentence says. */
  function extension(run, rate) {
    const field = (key, facts) => h('input', { type: 'number', 'aria-label': t(key), ...facts });
    const steps = field('train.more_steps', { min: 0, max: 1_000_000, value: String(run.state === 'failed' ? 0 : run.steps) });
    const pace = field('train.rate', { min: 0, max: 1, step: 'any', value: String(rate) });
    const named = (input) => h('label', { class: 'control' }, h('span', {}, input.getAttribute('aria-label')), input);
    return h('form', { class: 'controls', onsubmit: (e) => { e.preventDefault(); act.extend(run, Math.round(+steps.value), +pace.value); } },
      named(steps), named(pace), h('button', { type: 'submit', class: 'button', 'data-key': 'extend' }, t('train.act.extend')));
  }

  function draw(runs) {
    root.hidden = !runs.length && !said.hasChildNodes();
    if (!made) { made = true; redraw(root, h('header', { class: 'over' }, h('div', {}, h('h2', {}, t('train.runs')), h('p', { class: 'hint' }, t('train.runs_line')))), said, body); }
    for (const run of runs) if (!rows.has(run.name)) rows.set(run.name, line(run));
    for (const name of rows.keys()) if (!runs.some((run) => run.name === name)) rows.delete(name);
    const now = runs.map((run) => run.name).join();
    if (now !== order) redraw(body, runs.map((run) => rows.get(run.name).element));
    order = now;
    runs.forEach((run) => tell(run, rows.get(run.name)));
  }

  return {
    element: root, draw, buttons,
    /** A run that was thrown away can be brought back. */
    gone(run) {
      redraw(said, t('train.gone', { name: full(run) }), ' ', h('button', { type: 'button', class: 'plain', 'data-key': 'undo', onclick: () => { redraw(said); act.restore(run); } }, t('train.act.undo')));
      root.hidden = false;
      said.querySelector('button').focus();
    },
    translate() { rows.clear(); order = ''; made = false; },
  };
}

const full = (run) => run.title || nameOf(run.objective);

function stateOf(run) {
  if (run.why) return t('error.' + run.why.key, run.why.facts);
  const place = run.state === 'queued' ? ` (${run.place + 1})` : '';
  const left = run.state === 'running' && run.seconds ? ` · ${t('train.left', { time: duration(run.seconds) })}` : '';
  return `${t('run.state.' + run.state)}${place} · ${t('train.step_of', { n: count(run.step), of: count(run.steps) })}${left}`;
}

/** Bits per byte with what they are; of pictures, the loss. */
function figuresOf(run) {
  const { bits_per_byte: bits, measure } = run.held_out;
  if (bits) return `${number(bits, 2)} ${t('train.bits')} · ${t('measure.' + measure)}`;
  return run.loss === null ? '' : `${t('train.loss')} ${number(run.loss, 3)}`;
}
