/* A question: beliefs are spread over the options by hand, then beside them stands what turned out. */
import { h, redraw } from '../core/dom.js';
import { number, percent, sentence, t } from '../core/text.js';
import { fill } from '../parts/controls.js';
import { exhibit } from './exhibit.js';
import { inline, paragraphs } from './words.js';

const SURE = 0.85;

/** ctx: {call, notes, lesson, part, place, number, of, answered()}. Gives {element, leave()}. */
export function guess(ctx) {
  const { call, notes, lesson, part, place } = ctx;
  const n = part.option.length;
  let beliefs = notes.of(lesson.name, place)?.beliefs ?? Array(n).fill(1 / n);
  let told = null;
  const rows = part.option.map(row);
  const list = h('div', { class: 'beliefs', role: 'group' }, rows.map((one) => one.element));
  const problem = h('p', { class: 'said', role: 'status' });
  const acts = h('p', { class: 'acts' });
  const outcome = h('div', { class: 'outcome', role: 'status' });
  const element = h('section', { class: 'panel guess', 'data-part': place },
    h('p', { class: 'count' }, t('learn.question', { n: ctx.number, of: ctx.of })),
    h('h2', {}, inline(part.ask)), h('p', { class: 'hint' }, t('learn.spread')),
    list, acts, problem, outcome);

  function row(option, i) {
    const input = h('input', { type: 'range', min: 0, max: 100, step: 1, 'data-key': `belief-${i}`, oninput: () => { lean(i, +input.value / 100); show(); } });
    const output = h('output', {});
    const label = h('button', { type: 'button', class: 'plain', title: t('learn.choose'), onclick: () => { lean(i, SURE); show(); } }, inline(option.say));
    const truth = h('i', { class: 'truth', hidden: 'hidden' });
    input.setAttribute('aria-label', label.textContent);
    return { element: h('div', { class: 'belief' }, label, h('span', { class: 'bar' }, input, truth), output), input, output, truth, label };
  }

  /** One belief is moved; the others share what is left as they stood to one another. */
  function lean(i, to) {
    const others = beliefs.reduce((sum, b, j) => sum + (j === i ? 0 : b), 0);
    beliefs = beliefs.map((b, j) => (j === i ? to : others > 0 ? (b / others) * (1 - to) : (1 - to) / (n - 1)));
  }

  function show() {
    list.classList.toggle('told', Boolean(told));
    rows.forEach(({ input, output, truth, label, element: line }, i) => {
      input.value = String(Math.round(100 * beliefs[i]));
      input.disabled = Boolean(told);
      label.disabled = Boolean(told);
      fill(input);
      output.textContent = told ? t('learn.yours_and_truth', { yours: percent(beliefs[i]), truth: percent(told.truth[i]) }) : percent(beliefs[i]);
      input.setAttribute('aria-valuetext', output.textContent);
      truth.hidden = !told?.truth[i];
      if (told) truth.style.width = (100 * told.truth[i]).toFixed(1) + '%';
      line.classList.toggle('right', Boolean(told) && told.truth[i] === Math.max(...told.truth));
    });
  }

  const fail = (error) => { problem.className = 'said bad'; problem.textContent = error.key ? sentence(error) : t('error.unexpected', { why: error.message }); };

  async function reveal(kept) {
    problem.textContent = '';
    redraw(acts, h('span', { class: 'hint' }, t('wait.model')));
    try {
      const found = await call.reveal({ name: lesson.name, part: place, beliefs });
      told = found;
      if (!kept) notes.write(lesson.name, place, { beliefs, bits: found.bits, uniform: found.uniform });
      redraw(acts);
      show();
      draw(found);
      if (!kept) ctx.answered();
    } catch (error) { fail(error); begin(); }
  }

  function draw(found) {
    const skipped = notes.of(lesson.name, place)?.skipped;
    const facts = { bits: number(found.bits, 2), uniform: number(found.uniform, 2), best: number(found.best, 2) };
    redraw(outcome,
      !skipped && h('p', { class: 'score' }, h('b', {}, t('learn.bits', facts)), ' ', h('span', {}, t(found.best > 0.005 ? 'learn.bits_beside_best' : 'learn.bits_beside', facts))),
      h('div', { class: 'prose' }, paragraphs(part.after)),
      (found.exhibit.bars.length > 0 || found.exhibit.answers.length > 0) && exhibit(ctx, found.exhibit, { again: () => reveal(true) }));
  }

  /** Without a belief: shown, but not counted. */
  function skip() { notes.write(lesson.name, place, { skipped: true }); reveal(true).then(() => ctx.answered()); }

  function begin() {
    redraw(acts, h('button', { type: 'button', class: 'button great', 'data-key': `reveal-${place}`, onclick: () => reveal(false) }, t('learn.reveal')),
      h('button', { type: 'button', class: 'plain', 'data-key': `skip-${place}`, onclick: skip }, t('learn.skip')));
  }

  show();
  if (notes.of(lesson.name, place)) reveal(true); else begin();
  return { element };
}
