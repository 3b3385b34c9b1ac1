/* The branches of a continuation, drawn from left to right; each can be returned to. */
import { h, redraw, s } from '../core/dom.js';
import { t } from '../core/text.js';

const [ROW, GAP, HIGH, LETTERS] = [34, 26, 26, 26];

const ruler = document.createElement('canvas').getContext('2d');

export function drawTree(root, tree, go) {
  if (!tree.forked) return redraw(root);
  const here = new Set(tree.path());
  const svg = s('svg', { role: 'group', 'aria-label': t('tree.label') });
  let rows = 0;
  let wide = 0;

  function place(run, x) {
    const text = short(run.text.trim() || run.text);
    const width = Math.max(34, Math.ceil(measure(text)) + 22);
    const ends = run.kids.map((kid) => place(kid, x + width + GAP));
    const y = ends.length ? (ends[0].y + ends.at(-1).y) / 2 : ROW * rows++ + HIGH / 2 + 4;
    wide = Math.max(wide, x + width + 6);
    ends.forEach((end) => svg.prepend(s('path', { class: end.on ? 'here' : '', d: `M${x + width} ${y} C${x + width + GAP / 2} ${y} ${x + width + GAP / 2} ${end.y} ${x + width + GAP} ${end.y}` })));
    const on = here.has(run.first);
    const press = () => go(run.last);
    svg.append(s('g', { class: on ? 'here' : '', tabindex: '0', role: 'button', 'aria-pressed': String(on), 'aria-label': run.text, 'data-key': run.last, onclick: press, onkeydown: (e) => { if (e.key === 'Enter' || e.key === ' ') { e.preventDefault(); press(); } } },
      s('title', {}, run.text), s('rect', { x, y: y - HIGH / 2, width, height: HIGH, rx: 8 }), s('text', { x: x + 11, y: y + 4.5 }, text)));
    return { y, on };
  }
  tree.runs().forEach((run) => place(run, 3));
  svg.setAttribute('width', wide);
  svg.setAttribute('height', Math.max(ROW, ROW * rows) + 6);
  return redraw(root, h('p', { class: 'hint' }, t('tree.hint')), svg);
}

const measure = (text) => { ruler.font = '13px "Plex Serif", Georgia, serif'; return ruler.measureText(text).width; };
const short = (text) => (text.length > LETTERS ? text.slice(0, 14) + '…' + text.slice(-10) : text).replace(/\n/g, '↵');
