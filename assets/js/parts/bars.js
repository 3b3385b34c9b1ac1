/* A distribution beside the words it belongs to. Bars are drawn to the same scale: the full width is 1. */
import { h, redraw } from '../core/dom.js';
import { chance, number, t } from '../core/text.js';
import { unprinted } from './strip.js';

/**
 * groups: [{by, title, note, pairs: [[text, p], …], filtered: [p, …] or null, truth, pick(i), look}]. `by` names the model, where there are two.
 * With `filtered`, as long as `pairs`, the outline is what the model said and the solid bar what is left to draw from.
 */
export function drawBars(root, groups, empty = '') {
  if (!groups.length) return redraw(root, h('p', { class: 'hint' }, empty));
  return redraw(root, groups.map((group, g) => h('div', { class: `bars ${group.look ?? ''}`.trim(), role: 'group', 'aria-label': summary(group) },
    group.by && h('h4', {}, group.by),
    group.title && h('h3', {}, group.title, group.note && h('span', {}, group.note)),
    group.pairs.map(([word, p], i) => bar(group, word, p, i, g)),
    group.foot && h('p', { class: 'hint' }, group.foot))));
}

function bar(group, word, p, i, g) {
  const kept = group.filtered ? group.filtered[i] : null;
  const main = kept === null ? p : kept;
  const inside = [
    h('span', { class: 'word', title: JSON.stringify(word) }, shown(word)),
    h('span', { class: 'track', 'aria-hidden': true },
      main > 0 && h('u', { style: { width: percent(main) } }),
      kept !== null && h('s', { style: { width: percent(p) } })),
    h('em', {}, chance(main)),
  ];
  const look = 'bar' + (word === group.truth ? ' true' : '') + (kept === 0 ? ' out' : '');
  return group.pick
    ? h('button', { type: 'button', class: look, 'data-key': `${g}-${i}`, onclick: () => group.pick(i), title: group.hint || '' }, inside)
    : h('div', { class: look }, inside);
}

const percent = (p) => (100 * p).toFixed(2) + '%';
export const shown = (word) => unprinted(word.replace(/^ /, '').replace(/\n/g, '↵').replace(/\t/g, '⇥')) || '␣';

/** The picture in words. */
function summary(group) {
  const best = group.pairs.slice(0, 3).map(([word, p]) => `${shown(word)} ${chance(p)}`).join(', ');
  return [group.by, group.title, best].filter(Boolean).join(' ');
}

export const entropyNote = (bits) => (bits === null || bits === undefined ? '' : t('bars.entropy', { bits: number(bits, 1) }));
