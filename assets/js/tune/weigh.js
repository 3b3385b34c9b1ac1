/* The memory bar: what a run is made of against what is free, told from sizes and then measured; and what would fit. */
import { h, redraw } from '../core/dom.js';
import { bytes, t } from '../core/text.js';
import { duration, large } from '../train/words.js';

const PARTS = ['framework', 'weights', 'adapter', 'optimiser', 'activations', 'logits', 'beyond'];

export const fits = (estimate) => !estimate || estimate.memory <= estimate.free;

/**
 * state: {guess, measured, suggestion, note}; `take(changes)` sets what is suggested, `measure()` takes two trial steps.
 */
export function weighed(root, { guess, measured, suggestion, note, working }, { take, measure }) {
  const best = measured ?? guess;
  if (!best) return redraw(root, h('p', { class: 'hint' }, note || t('train.weighing')));
  const most = Math.max(best.free, guess?.memory ?? 0, measured?.memory ?? 0);
  const figure = (label, value) => h('div', {}, h('dt', {}, t(label)), h('dd', {}, value));
  return redraw(root,
    h('dl', {}, figure('tune.memory', t('tune.of_free', { need: bytes(best.memory), free: bytes(best.free) })), figure('train.time', t('train.about', { time: duration(best.seconds) })), figure('train.parameters', large(best.parameters))),
    guess && bar(guess, most, t('tune.from_sizes')), measured && bar(measured, most, t('tune.from_steps')),
    legend(best),
    h('p', { class: 'hint' }, note || t(measured ? 'tune.measured' : 'tune.guessed'), ' ',
      !note && !measured && h('button', { type: 'button', class: 'starts plain', 'data-key': 'measure', disabled: working, onclick: measure }, t('train.measure'))),
    verdict(best, suggestion, take));
}

function bar(estimate, most, title) {
  const share = (n) => (100 * n / most).toFixed(2) + '%';
  const inside = PARTS.filter((part) => estimate.parts[part]).map((part) => h('i', { class: part, style: { width: share(estimate.parts[part]) } }));
  return h('figure', { class: 'mem', role: 'img', 'aria-label': `${title}: ${PARTS.filter((p) => estimate.parts[p]).map((p) => `${t('tune.part.' + p)} ${bytes(estimate.parts[p])}`).join(', ')}` },
    h('figcaption', {}, title, h('span', {}, bytes(estimate.memory))),
    h('div', { class: 'track' }, inside, estimate.free < most && h('u', { title: t('tune.free'), style: { left: share(estimate.free) } })));
}

const legend = (estimate) => h('p', { class: 'legend', 'aria-hidden': true }, PARTS.filter((part) => estimate.parts[part]).map((part) => h('span', {}, h('i', { class: part }), t('tune.part.' + part), h('output', {}, bytes(estimate.parts[part])))));

function verdict(best, suggestion, take) {
  if (fits(best)) return h('p', { class: 'fits' }, t('tune.fits'));
  const offer = suggestion && h('button', { type: 'button', class: 'button', 'data-key': 'take', onclick: () => take(suggestion.changes) }, t('tune.take', { what: changesIn(suggestion.changes), need: bytes(suggestion.estimate.memory) }));
  return h('div', { class: 'said bad' }, h('p', {}, t('tune.too_large', { over: bytes(best.memory - best.free) })), suggestion ? offer : suggestion === null && h('p', {}, t('tune.nothing_fits')));
}

/** What a suggestion changes, in words. */
const changesIn = (changes) => Object.entries(changes).map(([key, value]) => { const name = key.split('.').at(-1); return t('tune.change.' + name, { value }); }).join(', ');
