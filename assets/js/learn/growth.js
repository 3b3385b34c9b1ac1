/* Recorded runs within a lesson: one bar goes through what they said and drew, their curves below. */
import { h } from '../core/dom.js';
import { sentence, t } from '../core/text.js';
import { curves } from '../train/curves.js';
import { growingUp } from '../train/grow.js';
import { watcher } from '../train/watch.js';
import { inline, paragraphs } from './words.js';

/** ctx: {call, part}. Gives {element, leave()}. */
export function growth({ call, part, place }) {
  const state = { shown: part.runs, chart: 'bits', log10: true };
  const memory = { state, set: (changes) => Object.assign(state, changes) };
  const problem = h('p', { class: 'said', role: 'status' });
  const sheets = new Map();
  const sheet = (run, file) => { const key = run + '/' + file; if (!sheets.has(key)) sheets.set(key, call.sheet({ name: run, file })); return sheets.get(key); };
  let awake = true;
  const watch = watcher({
    call, shown: () => part.runs, active: () => false, awake: () => awake, changed,
    failed: (error) => { problem.className = 'said bad'; problem.textContent = error.key ? sentence(error) : t('error.unexpected', { why: error.message }); },
  });
  const ctx = { story: watch.story, sheet, act: () => [], memory, views: ['bits', 'loss', 'tokens'] };
  const grown = growingUp(ctx);
  const lines = curves(ctx);

  function changed() {
    const runs = part.runs.map((name) => watch.runs.find((run) => run.name === name)).filter(Boolean);
    grown.draw(runs);
    lines.draw(runs);
    awake = false; // a recorded run has nothing new to say
  }

  watch.look();
  const element = h('section', { class: 'growth-of train', 'data-part': place }, h('h2', {}, inline(part.title)), part.say && h('div', { class: 'prose' }, paragraphs(part.say)), problem, grown.element, lines.element);
  return { element, leave() { awake = false; } };
}
