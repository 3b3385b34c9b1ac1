/* Growing up: every chosen run side by side, and one bar that goes through their moments, from noise to grammar. */
import { calm, h, redraw } from '../core/dom.js';
import { t } from '../core/text.js';
import { fill } from '../parts/controls.js';
import { growing } from './card.js';
import { count } from './words.js';

const PACE = 650;

/** ctx as for a card, with story(name). Gives {element, draw(runs), refresh(), translate()}. */
export function growingUp(ctx) {
  const cards = new Map();
  const grid = h('div', { class: 'grid' });
  const root = h('section', { class: 'growth' });
  let moments = [];
  let at = Infinity; // Infinity: whatever is newest
  let timer = 0;
  let shown = [];
  let parts = null;

  function head() {
    const play = h('button', { type: 'button', class: 'button', 'data-key': 'play', onclick: () => (timer ? halt() : run()) });
    const scrub = h('input', { type: 'range', min: 0, max: 0, value: '0', 'data-key': 'scrub', 'aria-label': t('train.scrub'), oninput: () => { halt(); move(+scrub.value); } });
    const output = h('output', {});
    const says = h('p', { class: 'hint moment' });
    parts = { play, scrub, output, says };
    redraw(root, h('header', { class: 'over' }, h('div', {}, h('h2', {}, t(ctx.beside ? 'tune.growing' : 'train.growing')), says), h('div', { class: 'time' }, play, scrub, output)), grid);
    label();
  }

  const label = () => { parts.play.textContent = t(timer ? 'control.pause' : 'train.play'); };

  /** At the right end the bar stays with what comes in. */
  function move(index) {
    at = index >= moments.length - 1 ? Infinity : index;
    refresh();
  }

  function run() {
    if (moments.length < 2) return;
    let i = at === Infinity ? 0 : at;
    move(i);
    timer = setInterval(() => { i += 1; move(i); if (i >= moments.length - 1) halt(); }, calm() ? 2 * PACE : PACE);
    label();
  }

  function halt() { clearInterval(timer); timer = 0; label(); }

  function refresh() {
    const steps = new Set(shown.flatMap((run) => [...(ctx.story(run.name)?.samples.keys() ?? [])]));
    moments = [...steps].sort((a, b) => a - b);
    const last = Math.max(0, moments.length - 1);
    const now = Math.min(at, last);
    const moment = moments[now] ?? -1;
    const { scrub, output, says } = parts;
    scrub.max = String(last);
    scrub.value = String(now);
    scrub.disabled = last < 1;
    fill(scrub);
    output.textContent = moments.length ? t('train.step', { n: count(moment) }) : '';
    scrub.setAttribute('aria-valuetext', output.textContent);
    says.textContent = moments.length ? t(now < last || at !== Infinity ? 'train.at_moment' : ctx.beside ? 'tune.newest' : 'train.newest', { n: count(moment) }) : '';
    shown.forEach((run) => cards.get(run.name).show(ctx.story(run.name), moment));
  }

  return {
    element: root,
    draw(runs) {
      const names = runs.map((r) => r.name);
      root.hidden = !runs.length;
      if (!parts) head();
      for (const run of runs) if (!cards.has(run.name)) cards.set(run.name, growing(ctx, run));
      for (const name of cards.keys()) if (!names.includes(name)) cards.delete(name);
      if (names.join() !== shown.map((r) => r.name).join()) redraw(grid, runs.map((r) => cards.get(r.name).element));
      shown = runs;
      runs.forEach((r) => cards.get(r.name).tell(r));
      refresh();
    },
    /** In another language everything is made anew. */
    translate() { cards.clear(); shown = []; parts = null; halt0(); },
  };

  function halt0() { clearInterval(timer); timer = 0; }
}
