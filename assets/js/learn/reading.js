/* One lesson: its parts in their order, as far as the learner has come. */
import { h, redraw } from '../core/dom.js';
import { language, number, sentence, t } from '../core/text.js';
import { visit, wish } from '../core/pages.js';
import { paragraphs, inline } from './words.js';
import { figures } from './figures.js';
import { growth } from './growth.js';
import { guess } from './guess.js';
import { print } from './print.js';

/** Settings with what is said in two languages said in the reader's own. */
function spoken(value) {
  if (Array.isArray(value)) return value.map(spoken);
  if (value === null || typeof value !== 'object') return value;
  if (Object.keys(value).sort().join() === 'en,fr') return value[language()];
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, spoken(inner)]));
}

const mine = (part) => !part.reader || part.reader === language();

/** The places of a lesson's questions, for a reader of this language. */
export const questionsOf = (lesson) => lesson.part.flatMap((part, i) => (part.kind === 'guess' && mine(part) ? [i] : []));

/** ctx: {call, given, notes, lesson, go(name), next: the lesson after}. Gives {element, leave()}. */
export function reading(ctx) {
  const { lesson, notes, call, go } = ctx;
  const questions = questionsOf(lesson);
  const body = h('div', { class: 'leaves' });
  const made = new Map();

  const KINDS = {
    read: (part) => ({ element: h('div', { class: 'prose' }, paragraphs(part.say)) }),
    try: (part) => ({ element: h('div', { class: 'prose try' }, paragraphs(part.say), h('p', {}, h('button', { type: 'button', class: 'button great', onclick: () => setUp(part) }, inline(part.button)))) }),
    figures: (part, i) => figures({ ...ctx, part, place: i }),
    growth: (part, i) => growth({ ...ctx, part, place: i }),
    guess: (part, i) => guess({ ...ctx, part, place: i, number: questions.indexOf(i) + 1, of: questions.length, answered: draw }),
  };

  /** Another page is set up as the lesson says, and shown. */
  function setUp(part) { wish(part.page, spoken(part.settings)); visit(part.page); }

  const leaf = (i) => {
    if (!made.has(i)) made.set(i, KINDS[lesson.part[i].kind](lesson.part[i], i));
    return made.get(i);
  };

  /** Up to the first question without an answer; what comes after would give it away. */
  function draw() {
    const places = lesson.part.flatMap((part, i) => (mine(part) ? [i] : []));
    const stop = places.findIndex((i) => lesson.part[i].kind === 'guess' && !notes.of(lesson.name, i));
    const shown = stop < 0 ? places : places.slice(0, stop + 1);
    const left = places.length - shown.length;
    const elements = shown.map((i) => leaf(i).element);
    // What stands already stays: a chart that was drawn keeps its place, and the focus with it.
    elements.filter((e) => !e.isConnected).forEach((e) => body.append(e));
    redraw(foot, left > 0 ? h('p', { class: 'hint' }, t('learn.more_follows')) : end());
  }

  function end() {
    const { answered, bits, uniform } = notes.sum(lesson.name, questions);
    return [
      h('section', { class: 'not-shown' }, h('h2', {}, t('learn.limits')), paragraphs(lesson.limits)),
      answered > 0 && h('section', { class: 'prose' }, h('h2', {}, t('learn.sum')), h('p', {}, t(bits < uniform ? 'learn.sum_below' : 'learn.sum_above', { n: answered, bits: number(bits, 1), uniform: number(uniform, 1) }))),
      lesson.further.length > 0 && h('section', { class: 'prose further' }, h('h2', {}, t('learn.further')), h('ul', {}, lesson.further.map(work))),
      h('p', { class: 'turn' },
        ctx.next && h('button', { type: 'button', class: 'button great', 'data-key': 'next', onclick: () => go(ctx.next.name) }, t('learn.next', { title: ctx.next.title[language()] })),
        answered > 0 && h('button', { type: 'button', class: 'button', 'data-key': 'again', onclick: () => { notes.forget(lesson.name); go(lesson.name); } }, t('learn.afresh'))),
    ];
  }

  const work = ({ work: name, url, why }) => h('li', {}, url ? h('a', { href: url, target: '_blank', rel: 'noopener noreferrer' }, name) : h('b', {}, name), ' — ', inline(why));
  const foot = h('div', { class: 'foot' });
  const said = h('p', { class: 'said', role: 'status' });
  const onPaper = async () => {
    try { said.textContent = ''; print(await call.handout({ name: lesson.name, language: language() }), lesson.name); }
    catch (error) { said.className = 'said bad'; said.textContent = error.key ? sentence(error) : t('error.unexpected', { why: error.message }); }
  };
  const element = h('article', { class: 'lesson' },
    h('header', {},
      h('p', { class: 'back' }, h('button', { type: 'button', class: 'plain', 'data-key': 'back', onclick: () => go('') }, t('learn.back')),
        h('button', { type: 'button', class: 'plain', 'data-key': 'print', title: t('learn.print_help'), onclick: onPaper }, t('learn.print'))),
      h('h1', { tabindex: '-1' }, lesson.title[language()]),
      h('p', { class: 'lead' }, inline(lesson.line), ' ', h('span', { class: 'hint' }, t('learn.minutes', { n: lesson.minutes }))), said),
    body, foot);
  draw();
  return { element, leave() { made.forEach((one) => one.leave?.()); } };
}
