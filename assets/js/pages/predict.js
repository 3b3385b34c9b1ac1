/* One sentence, three lenses. */
import { h, later, redraw } from '../core/dom.js';
import { door } from '../core/server.js';
import { makeStore } from '../core/store.js';
import { language, onLanguage, t } from '../core/text.js';
import { masked } from '../lanes/masked.js';
import { next } from '../lanes/next.js';
import { denoise } from '../lanes/denoise.js';

const LANES = [masked, next, denoise];

const common = { precision: 'fp32', layer: -1, size: { layers: 0, width: 128, heads: 4, seed: 0 } };
const DEFAULTS = {
  text: '',
  others: [],
  masked: { ...common, models: { masked: '' }, hidden: [], view: 'hide', head: -1, place: -1 },
  next: { ...common, models: { next: '' }, view: 'write', temperature: 0.8, topK: 0, topP: 1, repetition: 1, seed: 7, head: -1, place: -1, tree: { text: '', nodes: [], leaf: -1 } },
  denoise: {
    ...common, mode: 'words', models: { diffusion: '', span: '', image: '' }, hidden: [], seed: 7,
    ratio: 0.5, steps: 8, order: 'confidence', remask: 0, temperature: 0, spanRatio: 0.25, meanSpan: 3,
    scheduler: 'ddim', pictureSteps: 20, label: -1, guidance: 1, start: 1, own: '',
  },
};

/** The best model that is ready for each objective, in the reader's language first. */
const PREFERRED = {
  en: { masked: ['tiny-masked-en', 'scratch-masked'], next: ['smollm2-135m', 'tiny-next-en', 'scratch-next'], diffusion: ['tiny-masked-en', 'scratch-masked'], span: ['tiny-span-en', 'scratch-span'], image: ['tiny-image', 'scratch-image'] },
  fr: { masked: ['tiny-masked-fr', 'tiny-masked-en', 'scratch-masked'], next: ['tiny-next-fr', 'smollm2-135m', 'tiny-next-en', 'scratch-next'], diffusion: ['tiny-masked-fr', 'tiny-masked-en', 'scratch-masked'], span: ['tiny-span-en', 'scratch-span'], image: ['tiny-image', 'scratch-image'] },
};

export function mount(root, { server, upload }) {
  const call = door(server);
  const store = makeStore(DEFAULTS);
  let catalogue = [];
  const ctx = {
    call, store, upload,
    models: () => catalogue,
    refresh: async () => {
      const others = await Promise.all(store.state.others.map((id) => call.model(id).catch(() => null)));
      catalogue = [...await call.models(), ...others.filter(Boolean)];
      choose();
    },
    /** A model outside the catalogue stays in this browser's list. */
    add: async (id) => { await call.model(id); if (!store.state.others.includes(id)) store.set('all', { others: [...store.state.others, id] }); },
    point: (range) => lanes.forEach((lane) => lane.point?.(range)),
  };
  let lanes = [];

  /** Give a model to every objective that has none, or whose own is not here any more. */
  function choose() {
    const ready = new Set(catalogue.filter((m) => m.ready).map((m) => m.id));
    for (const part of ['masked', 'next', 'denoise']) {
      const models = { ...store.state[part].models };
      for (const objective of Object.keys(models)) {
        if (ready.has(models[objective])) continue;
        models[objective] = PREFERRED[language()][objective].find((id) => ready.has(id)) || catalogue.find((m) => m.ready && m.objectives.includes(objective))?.id || '';
      }
      store.set(part, { models });
    }
  }

  function type(text) {
    const before = store.state.text;
    for (const part of ['masked', 'denoise']) store.state[part].hidden = moved(store.state[part].hidden, before, text);
    store.set('all', { text });
    const since = performance.now();
    lanes.forEach((lane) => lane.read(since));
  }

  function draw() {
    const field = h('textarea', {
      class: 'sentence', id: 'sentence', rows: '1', spellcheck: 'false', maxlength: '50000',
      'aria-label': t('predict.sentence'), placeholder: t('predict.placeholder'), value: store.state.text,
      oninput: () => { grow(field); type(field.value); },
      onkeydown: (e) => { if (e.key === 'Enter') e.preventDefault(); },
    });
    const copied = h('button', { type: 'button', class: 'chip', title: t('help.link'), onclick: () => copyLink(copied) }, t('predict.link'));
    lanes = LANES.map((lane) => lane(ctx));
    redraw(root, h('div', { class: 'desk', role: 'main', id: 'main' },
      h('div', { class: 'ask' }, h('h1', {}, t('predict.title')),
        h('div', { class: 'chips' }, copied, h('button', { type: 'button', class: 'chip', title: t('help.reset'), onclick: reset }, t('predict.reset')))),
      field,
      h('div', { class: 'tries' }, [1, 2, 3, 4].map((i) => h('button', { type: 'button', onclick: () => { field.value = t('predict.try' + i); grow(field); type(field.value); field.focus(); } }, t('predict.try' + i)))),
      lanes.map((lane) => lane.element)));
    requestAnimationFrame(() => grow(field));
    lanes.forEach((lane) => lane.read(performance.now()));
  }

  /** The first sentence, with one word hidden so that the page has something to say at once. */
  function begin() {
    const [text, word] = [t('predict.first'), t('predict.first_hidden')];
    const at = text.indexOf(word);
    store.state.masked.hidden = [[at, at + word.length]];
    store.set('all', { text });
  }

  async function copyLink(chip) {
    const link = store.link();
    // On a plain-HTTP address of the local network there is no clipboard: show the link instead.
    try { await navigator.clipboard.writeText(link); chip.textContent = t('predict.copied'); setTimeout(() => { chip.textContent = t('predict.link'); }, 2000); }
    catch { prompt(t('predict.copy_this'), link); }
  }

  function reset() {
    const kept = structuredClone(store.state);
    Object.assign(store.state, structuredClone(DEFAULTS));
    begin();
    choose();
    draw();
    const undo = h('button', { type: 'button', class: 'chip', onclick: () => { Object.assign(store.state, kept); store.set('all', {}); draw(); } }, t('predict.undo'));
    root.querySelector('.ask .chips').prepend(undo);
  }

  onLanguage(() => {
    if (['en', 'fr'].some((l) => window.PRETEXT_TEXTS[l]['predict.first'] === store.state.text)) { begin(); for (const p of ['masked', 'next', 'denoise']) for (const o of Object.keys(store.state[p].models)) store.state[p].models[o] = ''; choose(); }
    draw();
  });

  if (!store.state.text) begin();
  ctx.refresh()
    .catch((error) => console.error('catalogue', error))
    .finally(() => { draw(); document.documentElement.dataset.ready = 'true'; });
  addEventListener('resize', later(() => grow(document.getElementById('sentence')), 100));
}

function grow(field) {
  if (!field) return;
  field.style.height = 'auto';
  field.style.height = field.scrollHeight + 2 + 'px';
}

/** Hidden pieces stay on their words while the text around them is edited. Places count characters, as Python does. */
export function moved(ranges, textBefore, textAfter) {
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
