/* "What the model sees": the corrupted input, the targets, the weights, and who may look at whom. */
import { h, redraw, s } from '../core/dom.js';
import { number, t } from '../core/text.js';
import { shown } from './bars.js';

/** What the line says; a dot never begins a new line of it. */
const dotted = (parts) => parts.join('\u00a0· ');

export function seesPanel(lane) {
  const small = h('span', { 'aria-hidden': true });
  const line = h('span', {});
  const inside = h('div', { class: 'inside' });
  const element = h('details', { class: 'sees' }, h('summary', { title: t('sees.open') }, small, line), inside);
  let last = null;

  element.addEventListener('toggle', () => { if (element.open && last) drawInside(inside, last, lane); });
  return {
    element,
    /** sees: a Sees object; extra: what the lane itself adds to the line. */
    draw(sees, extra = [], words = lane) {
      last = sees;
      redraw(small, glimpse(sees.visible));
      const carries = sees.weights.filter((w) => w > 0).length;
      line.textContent = dotted([t(`sees.${words}`), t('sees.carries', { n: carries, of: sees.weights.length }), ...extra]);
      if (element.open) drawInside(inside, sees, lane);
    },
    /** The same for a picture: what it was, what the model is given, what it must say. */
    picture(sees) {
      last = null;
      redraw(small, glimpse(sees.visible));
      line.textContent = dotted([t('sees.picture_line'), t('sees.time', { t: sees.timestep, level: number(100 * sees.level, 0) })]);
      redraw(inside,
        h('figure', {}, matrix(sees.visible, Math.max(3, Math.floor(150 / sees.visible.length))), h('figcaption', { class: 'hint' }, t('sees.regions'))),
        h('div', { class: 'stage' }, still(sees.clean, t('sees.clean')), still(sees.given, t('sees.given')),
          still(sees.target, t('sees.target_' + sees.says, { reach: number(sees.reach, 1) }))),
        h('p', { class: 'hint wide' }, t('sees.picture_weight', { weight: three(sees.weight) })));
    },
    clear(text = '') { last = null; redraw(small); line.textContent = text; redraw(inside); },
  };
}

/** A corner of the matrix, small enough for one line. */
const glimpse = (rows) => matrix(rows.slice(0, 4).map((row) => row.slice(0, 9)), 7);

function drawInside(root, sees, lane) {
  // A next-token model is given everything: nothing in its input is hidden.
  const hides = lane !== 'next';
  const side = Math.max(3, Math.min(12, Math.floor(260 / Math.max(1, sees.visible[0]?.length || 1))));
  redraw(root,
    h('figure', {}, h('div', { class: 'scroll' }, matrix(sees.visible, side)),
      h('figcaption', { class: 'hint' }, t(sees.of > sees.inputs.length ? 'sees.matrix_cut' : 'sees.matrix', { shown: sees.inputs.length, of: sees.of }))),
    h('div', { class: 'scroll', tabindex: '0', role: 'group', 'aria-label': t('sees.table') }, h('table', {},
      sees.context.length ? row(t('sees.context'), sees.context.map((x) => [shown(x), ''])) : null,
      row(t('sees.inputs'), sees.inputs.map((x, i) => [shown(x), hides && sees.weights[i] > 0 && x !== sees.targets[i] ? 'hid' : ''])),
      row(t('sees.targets'), sees.targets.map((x, i) => (sees.weights[i] > 0 ? [shown(x), ''] : ['·', 'off']))),
      row(t('sees.weights'), sees.weights.map((w) => (w > 0 ? [number(w, w < 0.1 ? 3 : 2), ''] : ['0', 'off']))))));
}

/** Three digits that count, as the reader writes them. */
const three = (x) => number(x, x > 0 ? Math.max(0, 2 - Math.floor(Math.log10(x))) : 0);

const still = (source, caption) => h('figure', {}, h('img', { class: 'pixels', width: 96, height: 96, src: source, alt: caption }), h('figcaption', {}, caption));

const row = (name, cells) => h('tr', {}, h('th', { scope: 'row' }, name), cells.map(([text, look]) => h('td', { class: look }, text)));

/** Who may look at whom: a row looks, a column is looked at. */
export function matrix(rows, side) {
  const gap = side > 4 ? 2 : 1;
  const step = side + gap;
  const wide = Math.max(0, ...rows.map((r) => r.length));
  const picture = s('svg', { class: 'matrix', width: wide * step, height: rows.length * step, role: 'img', 'aria-label': t('sees.picture', { on: rows.flat().filter(Boolean).length, of: rows.flat().length }) });
  rows.forEach((r, y) => r.forEach((on, x) => picture.append(s('rect', { x: x * step, y: y * step, width: side, height: side, rx: side > 4 ? 2 : 0, class: on ? 'on' : '' }))));
  return picture;
}
