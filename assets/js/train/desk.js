/* What every page with runs does: watch them, act on them, and draw the parts that show them. */
import { h, redraw } from '../core/dom.js';
import { shownPage, tryIn, wished } from '../core/pages.js';
import { onLanguage, t } from '../core/text.js';
import { curves } from './curves.js';
import { growingUp } from './grow.js';
import { runList } from './list.js';
import { nameOf } from './recipe.js';
import { watcher } from './watch.js';
import { ACTIVE, ALIVE, count, readable } from './words.js';

const SPEAK_EVERY = 15_000;
const ORDER = ['next', 'masked', 'span', 'diffusion', 'image'];

/**
 * page: {name, title(), look: a class, call, memory, given, setUp(ctx) -> form, refill(name, recipe, documents) -> changes,
 * after(ctx) -> parts between the curves and the list, views of the curves, beside: whether step 0 stands beside the rest, near(run), where what a run learnt can be looked through}.
 * A form: {draw() -> element(s), fail(error), hush(), reveal()}; a part: {element, draw(runs), translate()}.
 */
export function runDesk(root, page) {
  const { call, memory, given } = page;
  const live = h('p', { class: 'unseen', 'aria-live': 'polite' });
  let first = true;
  let lost = false;
  let spoken = 0;

  const watch = watcher({
    call, changed, failed: (error) => { lost = true; form.fail(error); },
    shown: () => memory.state.shown, active: (runs) => runs.some((run) => ACTIVE.has(run.state)), awake: () => shownPage() === page.name,
  });
  const sheets = new Map();
  const shared = { call, memory, given, views: page.views, beside: page.beside, near: page.near, home: given.folders, watch, story: watch.story, fail: (error) => form.fail(error), sheet };
  const form = page.setUp({ ...shared, busy: () => watch.busy, started });
  const list = runList({ ...shared, act: actions() });
  const growth = growingUp({ ...shared, act: list.buttons });
  const lines = curves(shared);
  const after = page.after?.(shared) ?? [];

  /** A sheet of pictures never changes: it is fetched once. */
  function sheet(run, file) {
    const key = run + '/' + file;
    if (!sheets.has(key)) sheets.set(key, call.sheet({ name: run, file }));
    return sheets.get(key);
  }

  /** What can be done with a run; afterwards one looks how it stands. */
  function actions() {
    const then = (f) => async (...all) => { try { await f(...all); } catch (error) { form.fail(error); } await watch.look(); };
    return {
      pause: then((run) => call.ask({ name: run.name, wish: 'pause' })),
      stop: then((run) => call.ask({ name: run.name, wish: 'stop' })),
      resume: then((run) => call.resume({ name: run.name })),
      extend: then((run, steps, rate) => call.extend({ name: run.name, steps, rate })),
      move: then((run, by) => call.reorder({ names: moved(run, by) })),
      remove: then(async (run) => { await call.delete({ name: run.name }); list.gone(run); }),
      restore: then((run) => call.restore({ name: run.name })),
      duplicate: then(duplicate),
      use: (run) => tryIn(run.model, run.objective),
    };
  }

  /** One's own runs of the queue, with one of them a place earlier or later. */
  function moved(run, by) {
    const names = watch.runs.filter((r) => r.place >= 0 && r.mine).sort((a, b) => a.place - b.place).map((r) => r.name);
    const at = names.indexOf(run.name);
    const to = Math.max(0, Math.min(names.length - 1, at + by));
    names.splice(to, 0, ...names.splice(at, 1));
    return names;
  }

  async function duplicate(run) {
    const { recipe } = await watch.recipe(run.name);
    const documents = recipe.data.paths.length ? await call.given({ names: recipe.data.paths }) : [];
    memory.set(page.refill(run.title || run.name, recipe, documents));
    form.reveal();
  }

  async function started(names) {
    memory.set({ shown: names });
    await watch.look();
    growth.element.scrollIntoView({ block: 'start' });
  }

  /** The first time, without a choice of one's own: the newest run, and its family. */
  function choose() {
    first = false;
    const all = watch.runs.filter(readable);
    const known = memory.state.shown.filter((name) => all.some((run) => run.name === name));
    if (known.length || !all.length) { if (known.length !== memory.state.shown.length) memory.set({ shown: known }); return false; }
    const [newest] = all;
    memory.set({ shown: all.filter((run) => run.name === newest.name || (newest.family && run.family === newest.family)).slice(0, 6).map((run) => run.name) });
    return true;
  }

  function changed() {
    if (lost) { lost = false; form.hush(); }
    if (first && choose()) { watch.look(); return; }
    const runs = watch.runs.filter((run) => readable(run) && memory.state.shown.includes(run.name)).sort((a, b) => ORDER.indexOf(a.objective) - ORDER.indexOf(b.objective) || a.created - b.created);
    [growth, lines, ...after].forEach((part) => part.draw(runs));
    list.draw(watch.runs.map(timed));
    speak(runs);
    document.documentElement.dataset.ready = 'true';
  }

  /** The time left, from the run's own speed: steps taken since its figures began. */
  function timed(run) {
    const speed = watch.story(run.name)?.curves;
    const [seen] = speed?.seen?.slice(-1) ?? [];
    return seen && run.per_second ? { ...run, seconds: (seen[1] / seen[0]) * (run.steps - run.step) / run.per_second } : run;
  }

  /** For those who hear the page: how far the one that trains has come, now and then. */
  function speak(runs) {
    const one = runs.find((run) => ALIVE.has(run.state));
    if (!one || performance.now() - spoken < SPEAK_EVERY) return;
    spoken = performance.now();
    live.textContent = `${nameOf(one.objective)}: ${t('train.step_of', { n: count(one.step), of: count(one.steps) })}`;
  }

  function draw() {
    redraw(root, h('div', { class: `desk ${page.look}`, role: 'main' },
      h('div', { class: 'ask' }, h('h1', {}, page.title())), form.draw(), growth.element, lines.element, after.map((part) => part.element), list.element, live));
  }

  /** A lesson may have set this page up. */
  function take() {
    const wish = wished(page.name);
    if (!wish) return;
    memory.take(wish);
    first = false;
    draw();
  }

  take();
  draw();
  watch.look().finally(() => { document.documentElement.dataset.ready = 'true'; });
  onLanguage(() => { [growth, lines, list, ...after].forEach((part) => part.translate()); draw(); if (shownPage() === page.name) watch.look(); });
  addEventListener('pretext:page', (e) => { if (e.detail === page.name) { take(); watch.look(); } });
}
