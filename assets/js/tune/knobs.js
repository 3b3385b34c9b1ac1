/* The settings of a fine-tuning: three that matter first, the others in groups, each with its line of help. */
import { h } from '../core/dom.js';
import { number, t } from '../core/text.js';
import { segments, select } from '../parts/controls.js';
import { valueOf } from '../train/dotted.js';
import { field, stops, switchOf } from '../train/knobs.js';
import { count, fine } from '../train/words.js';

const STOPS = {
  steps: [20, 40, 60, 100, 150, 200, 300, 500, 800, 1200, 2000, 3000, 5000], 'lora.rank': [2, 4, 8, 16, 32, 64, 128], 'lora.alpha': [8, 16, 32, 64, 128],
  rows: [1, 2, 4, 8, 16, 32], 'data.length': [64, 128, 192, 256, 384, 512, 768, 1024], 'optimiser.rate': [5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3], 'optimiser.decay': [0, 0.2, 0.4, 0.5, 0.6, 0.8, 1],
  'optimiser.weight_decay': [0, 0.01, 0.05, 0.1, 0.2], 'optimiser.warmup': [0, 5, 10, 20, 50, 100], 'optimiser.clip': [0.5, 1, 2, 5], dropout: [0, 0.05, 0.1, 0.2, 0.3], noise: [0, 5, 10, 15],
  patience: [0, 2, 4, 6, 10], measure_every: [5, 10, 25, 50, 100], checkpoint_every: [10, 20, 25, 50, 100, 200],
};
const share = (v) => number(v, 2);
const short = (v) => number(v, v % 1 ? 1 : 0);

/** `recipe`: what is set now; `put(key, value)` changes one setting. Gives {first, advanced}, elements. */
export function knobs(recipe, put) {
  const now = (key) => valueOf(recipe, key);
  const stop = (name, key, show = count) => explained(name, stops(name, STOPS[key], now(key), (v) => put(key, v), show));
  const choice = (name, key, values) => explained(name, select({ key: name, options: values.map((v) => [v, t(`tune.option.${v}`)]), value: now(key), change: (v) => put(key, v) }));
  const flip = (name, key) => explained(name, switchOf(name, now(key), (on) => put(key, on)));
  const image = recipe.objective === 'image';
  return {
    first: [
      stop('how_long', 'steps'), stop('how_strong', 'lora.rank'),
      !image && explained('weights', h('div', { class: 'control' }, h('span', {}, t('control.weights')), segments({ key: 'weights', options: ['fp32', 'bf16', 'int8', 'nf4'].map((p) => [p, p]), value: now('weights'), change: (v) => put('weights', v) })), t('precision.' + now('weights')))],
    advanced: [
      group('lora', [stop('lora_alpha', 'lora.alpha'), targets(now('lora.targets'), (v) => put('lora.targets', v)), flip('rank_stabilised', 'lora.rank_stabilised'), flip('magnitude', 'lora.magnitude'), choice('learns', 'learns', ['adapter', 'all']), choice('start_from', 'start', ['trained', 'random'])]),
      group('read', [image ? flip('mirror', 'data.mirror') : stop('row_length', 'data.length'), stop('rows_a_step', 'rows'), flip('recompute', 'recompute'), choice('compute', 'precision', ['auto', 'bf16', 'fp32'])]),
      group('move', [choice('optimiser', 'optimiser.name', ['adamw', 'muon', 'adamw8bit']), stop('rate', 'optimiser.rate', fine), stop('warmup', 'optimiser.warmup'), stop('decay', 'optimiser.decay', share), stop('weight_decay', 'optimiser.weight_decay', share), stop('clip', 'optimiser.clip', short)]),
      group('heart', [stop('dropout', 'dropout', share), !image && stop('noise', 'noise', short), stop('patience', 'patience'), choice('kept', 'keep', ['best', 'last'])]),
      group('watch', [stop('measure_every', 'measure_every'), stop('checkpoint_every', 'checkpoint_every'), explained('train_seed', field('train_seed', now('seed'), 0, 2 ** 31 - 1, (v) => put('seed', v)))])],
  };
}

const group = (key, inside) => h('fieldset', {}, h('legend', {}, t('tune.group.' + key)), inside);

/** A setting with its help in sight, not in a bubble. */
function explained(name, element, more = '') {
  element.removeAttribute('data-help');
  return h('div', { class: 'knob' }, element, h('p', { class: 'hint' }, t('help.' + name), more && ` ${more}.`));
}

/** Names of layers, a line; empty for all linear ones. */
function targets(value, change) {
  const input = h('input', { type: 'text', class: 'path', value: value.join(' '), spellcheck: 'false', placeholder: 'q_proj v_proj', 'data-key': 'targets', onchange: () => change(input.value.split(/[\s,]+/).filter(Boolean).slice(0, 20).map((name) => name.slice(0, 60))) });
  return h('div', { class: 'knob' }, h('label', { class: 'control' }, h('span', {}, t('control.lora_targets')), input), h('p', { class: 'hint' }, t('help.lora_targets')));
}
