/* Small things more than one lane needs. */
import { numberField, segments, slider } from '../parts/controls.js';
import { shade } from '../parts/strip.js';
import { h, redraw } from '../core/dom.js';
import { t } from '../core/text.js';
import { modelOf } from './frame.js';

/** Hide a token, or show it again. */
export function toggled(hidden, token) {
  const without = hidden.filter(([a, b]) => !(a < token.end && token.start < b));
  return without.length < hidden.length ? without : [...hidden, [token.start, token.end]].sort((x, y) => x[0] - y[0]);
}

/** What the token standing at `range` may look at, shaded on the strip. */
export function shadeFor(strip, tokens, sees, range) {
  if (!range || !sees) return shade(strip, null);
  const touches = ([a, b]) => a < range[1] && range[0] < b;
  const at = (spans, token) => spans.findIndex(([a, b]) => a >= 0 && a < token.end && token.start < b);
  if (sees.context.length) return shade(strip, (k) => tokens[k]?.start >= 0 && at(sees.context_spans, tokens[k]) >= 0);
  const row = sees.visible[sees.spans.findIndex(touches)];
  if (!row) return shade(strip, null);
  return shade(strip, (k) => { const token = tokens[k]; if (!token || token.start < 0) return null; const place = at(sees.spans, token); return place < 0 ? null : row[place]; });
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
  function draw() {
    const state = ctx.store.state[part];
    const model = ctx.models().find((m) => m.id === modelOf(state, objective()));
    if (model?.source !== 'scratch') return redraw(root);
    const size = { ...state.size, layers: state.size.layers || 4 };
    const save = (key) => (v) => { const now = ctx.store.state[part].size; ctx.store.set(part, { size: { ...now, layers: now.layers || 4, [key]: v } }); changed(); };
    return redraw(root, h('span', { class: 'hint' }, t('size.line')),
      slider({ key: 'layers', min: 1, max: 12, value: size.layers, change: save('layers') }).element,
      slider({ key: 'width', min: 64, max: 512, step: 64, value: size.width, change: save('width') }).element,
      slider({ key: 'heads', min: 1, max: 8, value: size.heads, change: save('heads') }).element,
      numberField({ key: 'weights_seed', min: 0, max: 2 ** 31 - 1, value: size.seed, change: save('seed') }));
  }
  return { element: root, draw };
}

/** Which head's attention is shown: all of them averaged, or one. */
export function headChoice(count, value, change) {
  return segments({ label: t('control.head'), options: [[-1, t('control.all_heads')], ...Array.from({ length: count }, (_, i) => [i, String(i + 1)])], value, change }).element;
}

/** One token's attention as heat over the strip: the chosen layer, one head or their mean. */
export function attentionRow(attention, layer, head) {
  const heads = attention.weights[layer < 0 ? attention.weights.length - 1 : Math.min(Math.max(layer - 1, 0), attention.weights.length - 1)];
  if (head >= 0 && heads[head]) return heads[head];
  return heads[0].map((_, j) => heads.reduce((sum, row) => sum + row[j], 0) / heads.length);
}
