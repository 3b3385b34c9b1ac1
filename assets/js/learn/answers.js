/* What models said when they were asked, side by side. */
import { h } from '../core/dom.js';
import { language, number, t } from '../core/text.js';
import { drawBars } from '../parts/bars.js';
import { passages } from '../parts/passages.js';

export function answers(all) {
  return h('div', { class: 'answers' }, all.map((one) => h('div', { class: `answer ${one.look}` }, h('h3', {}, one.label[language()]), inside(one))));
}

function inside(one) {
  if (one.picture) return drawn(one);
  if (one.top.length) { const room = h('div'); drawBars(room, [{ pairs: one.top.slice(0, 6) }]); return room; }
  if (one.bits !== null) return h('p', { class: 'number' }, number(one.bits, 1), h('span', {}, ` bits · ${t('measure.' + one.measure)}`));
  if (one.passages.length) return passages(one.passages);
  return h('p', { class: 'wrote' }, one.tokens.map(([text, written]) => (written ? h('mark', {}, text) : text)));
}

/** What it was drawn from, what was drawn, and which of the lab's drawings that is nearest to. */
function drawn(one) {
  const frame = (src, key) => src && h('figure', {}, h('img', { class: 'pixels', src, alt: `${one.label[language()]}: ${t('learn.picture.' + key)}` }), h('figcaption', {}, t('learn.picture.' + key)));
  return h('div', { class: 'frames' }, frame(one.start, 'start'), frame(one.picture, 'drawn'), frame(one.nearest, 'nearest'));
}
