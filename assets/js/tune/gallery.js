/* Pictures as they were read: small, as the model will see them; which are held out, and what was left out and why. */
import { h } from '../core/dom.js';
import { sentence, t } from '../core/text.js';
import { count } from '../train/words.js';

const SHOWN = 12;

/** `found`: a gallery; `all`: whether every picture left out is named, which `more()` asks for. Gives elements. */
export function galleryOf(found, { all, more }) {
  const { photos, learnt, held, width, height } = found;
  const small = photos.filter((photo) => photo.small);
  const left = photos.filter((photo) => photo.why || photo.like);
  const shown = all ? left : left.slice(0, SHOWN);
  const unseen = learnt + held - small.length;
  return [
    small.length > 0 && h('ul', { class: 'gallery', 'aria-label': t('tune.gallery') }, small.map(one)),
    unseen > 0 && h('p', { class: 'hint' }, t('tune.gallery_more', { n: count(unseen) })),
    !found.why && h('div', { class: 'sum' },
      h('p', {}, t('tune.gallery_line', { learnt: count(learnt), held: count(held), width, height })),
      h('p', {}, taughtAs(found.taught))),
    left.length > 0 && h('details', { class: 'left', open: left.length <= 3 || all || null }, h('summary', {}, t('tune.left_out', { n: count(left.length) })),
      h('ul', { class: 'refused' }, shown.map((photo) => h('li', {}, h('b', {}, photo.name), ' ', photo.why ? sentence(photo.why) : t('tune.copy_of', { name: photo.like })))),
      shown.length < left.length && h('button', { type: 'button', class: 'plain', 'data-key': 'all', onclick: more }, t('tune.show_all', { n: count(left.length) })))];
}

function one({ name, small, side, width, height }) {
  const held = side === 'held';
  const says = t('tune.photo', { name, width: count(width), height: count(height), side: t('tune.side.' + side) });
  return h('li', { class: held ? 'held' : null, title: says }, h('img', { class: 'pixels', src: small, alt: says }), held && h('small', {}, t('tune.held_mark')));
}

/** Classes of the base that are taught, in words. */
function taughtAs(taught) {
  const names = taught.filter(Boolean).map((name) => { const said = t('class.' + name); return said.startsWith('class.') ? name : said; });
  return [names.length ? t('tune.as_classes', { names: names.join(', ') }) : '', taught.includes('') ? t('tune.as_any') : ''].filter(Boolean).join(' ');
}
