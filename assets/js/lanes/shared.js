/* Small things more than one lane needs. */
import { h, redraw } from '../core/dom.js';
import { t } from '../core/text.js';
import { seedField, slider } from '../parts/controls.js';
import { shade } from '../parts/strip.js';
import { modelOf } from './frame.js';

/** Milliseconds after the last key before what costs little (the panel), and what costs passes of the model. */
export const [REST, LONG_REST] = [450, 1200];

/** Hidden pieces stay on their words while the text around them is edited. Places count characters, as Python does. */
export function moved(ranges, textBefore, textAfter) {
  if (!ranges.length) return ranges;
  const [before, after] = [[...textBefore], [...textAfter]];
  let head = 0;
  while (head < before.length && head < after.length && before[head] === after[head]) head++;
  let tail = 0;
  while (tail < before.length - head && tail < after.length - head && before.at(-1 - tail) === after.at(-1 - tail)) tail++;
  const shift = after.length - before.length;
  const end = before.length - tail;
  return ranges
    .filter(([a, b]) => b <= head || a >= end || (a <= head && b >= end))
    .map(([a, b]) => (b <= head ? [a, b] : a >= end ? [a + shift, b + shift] : [a, b + shift]))
    .filter(([a, b]) => b > a);
}

/** Hide a token of the text `read`, or show it again; the text may have been edited since. */
export function toggled(hidden, token, read, now) {
  const [range] = moved([[token.start, token.end]], read, now);
  if (!range) return hidden;
  const without = hidden.filter(([a, b]) => !(a < range[1] && range[0] < b));
  return without.length < hidden.length ? without : [...hidden, range].sort((x, y) => x[0] - y[0]);
}

/** What the token standing at `range` may look at, shaded on the strip. */
export function shadeFor(strip, tokens, sees, range) {
  if (!range || !sees) return shade(strip, null);
  const at = (spans, token) => spans.findIndex(([a, b]) => a >= 0 && a < token.end && token.start < b);
  if (sees.context.length) return shade(strip, (k) => tokens[k]?.start >= 0 && at(sees.context_spans, tokens[k]) >= 0);
  const row = sees.visible[at(sees.spans, { start: range[0], end: range[1] })];
  if (!row) return shade(strip, null);
  return shade(strip, (k) => {
    if (!tokens[k] || tokens[k].start < 0) return null;
    const place = at(sees.spans, tokens[k]);
    return place < 0 ? null : row[place];
  });
}

/** The slider that walks through the layers; -1 in the state means the last one. */
export function layerSlider(state, save) {
  let layers = 1;
  const made = slider({ key: 'layer', min: 0, max: 1, value: 1, show: (v) => t('control.layer_of', { n: v, of: layers }), change: (v) => save(v >= layers ? -1 : v) });
  made.element.style.display = 'none';
  return {
    element: made.element,
    /** `count` layers; `known` is false while they have not been asked for, and the slider stays as it was. */
    set(count, known) {
      if (!known) return;
      layers = Math.max(1, count);
      made.set(state().layer < 0 ? layers : Math.min(state().layer, layers), { max: layers });
      made.element.style.display = count > 0 ? '' : 'none';
    },
  };
}

/** The pairs to draw for a place: what the chosen layer would have said, or the model's own answer. */
export function pairsAt(reading, layer, j, own) {
  const all = reading.layers;
  return layer < 0 || layer >= all.length - 1 ? own : all[layer]?.[j] ?? own;
}

/** Size sliders, shown only while the lane's model is one with random weights. */
export function sizeControls(ctx, part, objective, changed) {
  const root = h('div', { class: 'controls' });
  const size = () => { const now = ctx.store.state[part].size; return { ...now, layers: now.layers || 4 }; };
  const set = (key) => (v) => { ctx.store.set(part, { size: { ...size(), [key]: v } }); changed(); };

  /** Made when they are first needed and then left alone: a slider must outlive its own dragging. */
  function draw() {
    const model = ctx.models().find((m) => m.id === modelOf(ctx.store.state[part], objective()));
    const wanted = model?.source === 'scratch';
    if (wanted === root.childElementCount > 0) return root;
    if (!wanted) return redraw(root);
    const { layers, width, heads, seed } = size();
    return redraw(root, h('span', { class: 'hint' }, t('size.line')),
      slider({ key: 'layers', min: 1, max: 12, value: layers, change: set('layers') }).element,
      slider({ key: 'width', min: 64, max: 512, step: 64, value: width, change: set('width') }).element,
      slider({ key: 'heads', min: 1, max: 8, value: heads, change: set('heads') }).element,
      seedField({ key: 'weights_seed', value: seed, change: set('seed') }));
  }
  return { element: root, draw };
}
