/* Sliders that stop at sensible values only, and fields for numbers of any size. */
import { h } from '../core/dom.js';
import { number, t } from '../core/text.js';
import { select, slider } from '../parts/controls.js';
import { count, fine } from './words.js';
import { kindOf } from './recipe.js';

const STOPS = {
  layers: [1, 2, 3, 4, 6, 8, 12], width: [32, 64, 96, 128, 192, 256, 384, 512], heads: [1, 2, 4, 8],
  steps: [50, 100, 200, 300, 400, 600, 1000, 2000, 4000, 10_000, 20_000], rows: [2, 4, 8, 16, 32, 64, 128],
  length: [16, 32, 48, 64, 96, 128, 192, 256, 512], vocabulary: [300, 512, 1024, 2048, 4096, 8192, 16_384],
  rate: [1e-4, 3e-4, 1e-3, 2e-3, 3e-3, 5e-3, 1e-2, 2e-2], decay: [0, 0.2, 0.4, 0.6, 0.8, 1], weightDecay: [0, 0.01, 0.05, 0.1, 0.2],
  dropout: [0, 0.05, 0.1, 0.2, 0.3, 0.5], ratio: [0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.7], keep: [10, 25, 50, 100, 200, 500, 1000], look: [5, 10, 25, 50, 100, 200, 500],
};

/** A slider over the stops of a setting; a value between them (of a duplicated run) becomes one. */
export function stops(key, steps, value, change, show = count) {
  const values = [...new Set([...steps, value])].sort((a, b) => a - b);
  return slider({ key, min: 0, max: values.length - 1, value: values.indexOf(value), show: (i) => show(values[i]), change: (i) => change(values[i]) }).element;
}

/** A whole number typed. */
export function field(key, value, least, most, change) {
  const input = h('input', {
    type: 'number', min: least, max: most, step: 1, value: String(value), 'aria-description': t(`help.${key}`),
    onchange: () => { const v = Math.min(most, Math.max(least, Math.round(+input.value) || 0)); input.value = String(v); change(v); },
  });
  return h('label', { class: 'control', 'data-help': t(`help.${key}`) }, h('span', {}, t(`control.${key}`)), input);
}

/** The knobs of a kind of model, in three groups: its size, its budget, and what can wait. */
export function knobs(form, objectives, set) {
  const kind = kindOf(objectives[0]);
  const k = form[kind];
  const put = (name) => (value) => set({ [kind]: { ...form[kind], [name]: value } });
  const stop = (key, name, show) => stops(key, STOPS[name], k[name], put(name), show);
  const share = (v) => number(v, 2);
  const text = kind === 'text';
  const hides = objectives.some((o) => o === 'masked' || o === 'span');
  return {
    size: [stop('layers', 'layers'), stop('width', 'width'), stop('heads', 'heads')],
    budget: [stop('train_steps', 'steps'), stop('rows', 'rows'), text && stop('length', 'length'), text && stop('vocabulary', 'vocabulary'),
      field('train_seed', k.seed, 0, 2 ** 31 - 1, put('seed'))],
    advanced: [
      select({ key: 'optimiser', options: [['muon', 'Muon'], ['adamw', 'AdamW']], value: k.optimiser, change: put('optimiser') }),
      stop('rate', 'rate', fine), stop('decay', 'decay', share), stop('weight_decay', 'weightDecay', share), stop('dropout', 'dropout', share),
      hides && stop('mask_ratio', 'ratio', share), stop('checkpoint_every', 'keep'), stop('measure_every', 'look')],
    log: (possible) => switchOf('tensorboard', k.log === 'tensorboard', (on) => put('log')(on ? 'tensorboard' : ''), possible ? '' : t('help.tensorboard_missing')),
  };
}

/** Yes or no. `missing`: the help where it is not possible. */
export function switchOf(key, on, change, missing = '') {
  const possible = !missing;
  const input = h('input', { type: 'checkbox', checked: on && possible, disabled: !possible, onchange: () => change(input.checked) });
  return h('label', { class: 'control check', 'data-help': missing || t(`help.${key}`) }, input, h('span', {}, t(`control.${key}`)));
}
