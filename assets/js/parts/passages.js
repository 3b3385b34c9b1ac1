/* Passages that share most with a sentence: the words that both have are marked. Text stays text. */
import { h } from '../core/dom.js';
import { number, t } from '../core/text.js';

export function passages(all) {
  if (!all.length) return h('p', { class: 'hint' }, t('near.none'));
  return h('ol', { class: 'passages' }, all.map(({ document, title, score, pieces }) => h('li', {},
    h('p', {}, pieces.map(([text, both]) => (both ? h('mark', {}, text) : text))),
    h('small', {}, [document, title !== document && title, t('near.score', { score: number(score, 2) })].filter(Boolean).join(' · ')))));
}
