/* What the Predict page remembers: where each setting begins, and which values it can have. */
import { sound } from '../core/branches.js';

export const LONGEST_TEXT = 50_000;
export const MOST_OTHERS = 50;
const MOST_HIDDEN = 4096;

const size = { layers: 0, width: 128, heads: 4, seed: 0 };
const common = { precision: 'fp32', layer: -1, size };

export const DEFAULTS = {
  text: '',
  others: [],
  masked: { ...common, models: { masked: '' }, beside: { masked: '' }, hidden: [], view: 'hide', head: -1, place: -1 },
  next: {
    ...common, models: { next: '' }, beside: { next: '' }, view: 'surprise', head: -1, place: -1, seed: 7,
    temperature: 0.8, topK: 0, topP: 1, repetition: 1, tree: { text: '', nodes: [], leaf: -1 },
  },
  denoise: {
    ...common, mode: 'words', models: { diffusion: '', span: '', image: '' }, beside: { diffusion: '', span: '', image: '' }, hidden: [], seed: 7,
    ratio: 0.5, steps: 8, order: 'confidence', remask: 0, temperature: 0, spanRatio: 0.25, meanSpan: 3,
    scheduler: 'ddim', pictureSteps: 20, label: -1, guidance: 1, start: 1, own: '',
  },
};

const within = (least, most) => (v) => typeof v === 'number' && v >= least && v <= most;
const whole = (least, most) => (v) => Number.isInteger(v) && v >= least && v <= most;
const among = (...values) => (v) => values.includes(v);

/** The bounds of the page's own sliders, for what comes from storage or from another's link. */
export const FITS = {
  text: (v) => typeof v === 'string' && v.length <= LONGEST_TEXT,
  others: (v) => Array.isArray(v) && v.length <= MOST_OTHERS && v.every((id) => typeof id === 'string' && id.length <= 200),
  hidden: (v) => Array.isArray(v) && v.length <= MOST_HIDDEN && v.every(isRange),
  tree: sound,
  // A picture of one's own lies in the page: an address elsewhere would be fetched, and tell of the visit.
  own: (v) => typeof v === 'string' && /^(data:image\/png;base64,[\w+/=]*)?$/.test(v),
  precision: among('fp32', 'bf16', 'int8', 'nf4'),
  view: among('hide', 'surprise', 'attention'),
  mode: among('words', 'spans', 'picture'),
  order: among('confidence', 'random'),
  scheduler: among('ddpm', 'ddim', 'dpm'),
  layer: whole(-1, 1000), head: whole(-1, 1000), place: whole(-1, 100_000),
  layers: whole(0, 12), width: whole(64, 512), heads: whole(1, 8), seed: whole(0, 2 ** 31 - 1),
  temperature: within(0, 2), topK: whole(0, 100), topP: within(0.05, 1), repetition: within(1, 2),
  ratio: within(0.15, 1), steps: whole(1, 64), remask: within(0, 0.5), spanRatio: within(0.1, 0.8), meanSpan: within(1, 8),
  pictureSteps: whole(1, 100), label: whole(-1, 9999), guidance: within(0, 6), start: within(0.05, 1),
};

const isRange = (v) => Array.isArray(v) && v.length === 2 && v.every(Number.isInteger) && v[0] >= 0 && v[0] < v[1];

/** The lab's own models for each objective, the best first, in the reader's language before others. */
const PREFERRED = {
  en: {
    masked: ['smollm2-135m-masked', 'tiny-masked-en', 'scratch-masked'], next: ['smollm2-135m', 'tiny-next-en', 'scratch-next'],
    diffusion: ['smollm2-135m-masked', 'tiny-masked-en', 'scratch-masked'], span: ['tiny-span-en', 'scratch-span'], image: ['tiny-image', 'scratch-image'],
  },
  fr: {
    masked: ['tiny-masked-fr', 'tiny-masked-en', 'scratch-masked'], next: ['tiny-next-fr', 'smollm2-135m', 'tiny-next-en', 'scratch-next'],
    diffusion: ['tiny-masked-fr', 'tiny-masked-en', 'scratch-masked'], span: ['tiny-span-en', 'scratch-span'], image: ['tiny-image', 'scratch-image'],
  },
};
/** The languages of readers whom the lab has models for. */
export const READERS = Object.keys(PREFERRED);

/** The model to begin with: a preferred one that is ready, else any that is, else none (''). */
export function best(catalogue, objective, reader) {
  const ready = catalogue.filter((m) => m.ready && m.objectives.includes(objective)).map((m) => m.id);
  return PREFERRED[reader][objective].find((id) => ready.includes(id)) ?? ready[0] ?? '';
}
