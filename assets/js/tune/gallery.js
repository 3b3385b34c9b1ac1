/* Pictures as they were read: small, as the model will see them; which are held out, and what was left out and why. */
import { h, redraw } from '../core/dom.js';
import { sentence, t } from '../core/text.js';
import { count } from '../train/words.js';

const SHOWN = 12;

/** Gives {element, show(gallery or null), draw()}. */
export function galleryOf() {
  const root = h('div', { class: 'found' });
  let found = null;
  let all = false;

  function draw() {
    root.classList.remove('old');
    if (!found) return redraw(root);
    const { photos, learnt, held, width, height } = found;
    const small = photos.filter((photo) => photo.small);
    const unseen = learnt + held - small.length;
    return redraw(root,
      small.length > 0 && h('ul', { class: 'gallery', 'aria-label': t('tune.gallery') }, small.map(one)),
      unseen > 0 && h('p', { class: 'hint' }, t('tune.gallery_more', { n: count(unseen) })),
      !found.why && h('div', { class: 'sum' },
        h('p', {}, t('tune.gallery_line', { learnt: count(learnt), held: count(held), width, height })),
        h('p', {}, taughtAs(found.taught))),
      leftOut(photos.filter((photo) => photo.why || photo.like)));
  }

  function leftOut(left) {
    const shown = all ? left : left.slice(0, SHOWN);
    return left.length > 0 && h('details', { class: 'left', open: left.length <= 3 || all || null }, h('summary', {}, t('tune.left_out', { n: count(left.length) })),
      h('ul', { class: 'refused' }, shown.map((photo) => h('li', {}, h('b', {}, photo.name), ' ', photo.why ? sentence(photo.why) : t('tune.copy_of', { name: photo.like })))),
      shown.length < left.length && h('button', { type: 'button', class: 'plain', 'data-key': 'all', onclick: () => { all = true; draw(); } }, t('tune.show_all', { n: count(left.length) })));
  }

  return { element: root, draw, show(item) { found = item; draw(); } };
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
