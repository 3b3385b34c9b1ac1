/* The lessons there are, in their order. */
import { h } from '../core/dom.js';
import { language, number, sentence, t } from '../core/text.js';
import { questionsOf } from './reading.js';

export function shelf({ lessons, notes, go }) {
  const sound = lessons.filter((one) => !one.why);
  const broken = lessons.filter((one) => one.why);
  return [
    h('div', { class: 'ask' }, h('h1', { tabindex: '-1' }, t('learn.title'))),
    h('p', { class: 'lead' }, t('learn.lead')),
    h('ol', { class: 'lessons' }, sound.map((one, i) => h('li', {}, card(one, i + 1, notes, go)))),
    broken.length > 0 && h('section', { class: 'panel' }, h('h2', {}, t('learn.broken')), broken.map((one) => h('p', { class: 'said bad' }, `${one.name}: ${sentence(one.why)}`))),
  ];
}

function card(one, place, notes, go) {
  const questions = questionsOf(one);
  const { answered, bits, uniform } = notes.sum(one.name, questions);
  const state = !answered ? t('learn.questions', { n: questions.length })
    : t('learn.fared', { answered, of: questions.length, bits: number(bits, 1), uniform: number(uniform, 1) });
  const query = new URLSearchParams(location.search);
  query.set('lesson', one.name);
  const open = (e) => { if (e.ctrlKey || e.metaKey || e.shiftKey || e.altKey) return; e.preventDefault(); go(one.name); };
  return h('a', { class: 'lesson-card', href: location.pathname + '?' + query, onclick: open, 'data-key': 'lesson-' + one.name },
    h('span', { class: 'place', 'aria-hidden': true }, String(place)),
    h('b', {}, one.title[language()]),
    h('span', { class: 'what' }, one.line[language()]),
    h('span', { class: 'foot' },
      h('i', { class: 'dots', 'aria-hidden': true }, one.look.map((look) => h('u', { style: { background: look ? `var(--${look})` : 'var(--edge)' } }))),
      h('span', {}, t('learn.minutes', { n: one.minutes })), h('span', {}, state)));
}
