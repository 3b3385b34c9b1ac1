/* One sentence, three lenses. */
import { h, later, redraw } from '../core/dom.js';
import { whenShown, wished } from '../core/pages.js';
import { door } from '../core/server.js';
import { makeStore, merge } from '../core/store.js';
import { language, onLanguage, sentence, t } from '../core/text.js';
import { masked } from '../lanes/masked.js';
import { next } from '../lanes/next.js';
import { denoise } from '../lanes/denoise.js';
import { moved } from '../lanes/shared.js';
import { best, DEFAULTS, FITS, LONGEST_TEXT, MOST_OTHERS, READERS } from './settings.js';

const LANES = [masked, next, denoise];
const PARTS = ['masked', 'next', 'denoise'];
const MODES = { diffusion: 'words', span: 'spans', image: 'picture' };

export function mount(root, { server }) { whenShown('predict', () => begin(root, server)); }

function begin(root, server) {
  const call = door(server);
  const store = makeStore(DEFAULTS, FITS);
  let catalogue = [];
  let lanes = [];
  const ctx = {
    call, store,
    models: () => catalogue,
    refresh: async () => {
      const others = await Promise.all(store.state.others.map((id) => call.model(id).catch(() => null)));
      const listed = await call.models();
      catalogue = [...listed, ...others.filter((m) => m && !listed.some((one) => one.id === m.id))];
      // A lane that had to do without a model has one now.
      if (choose()) readAll();
    },
    /** A model outside the catalogue stays in this browser's list. */
    add: async (id) => { await call.model(id); store.set('all', { others: [...store.state.others.filter((x) => x !== id), id].slice(-MOST_OTHERS) }); },
    point: (range) => lanes.forEach((lane) => lane.point(range)),
  };
  const readAll = (since = performance.now()) => lanes.forEach((lane) => lane.read(since));

  /** Give a model to every objective whose own is not here (any more); true when one has changed. */
  function choose(keep = (id) => catalogue.some((m) => m.ready && m.id === id)) {
    let changed = false;
    for (const part of PARTS) {
      const models = { ...store.state[part].models };
      for (const objective of Object.keys(models)) {
        if (keep(models[objective], objective)) continue;
        const found = best(catalogue, objective, language());
        changed ||= found !== models[objective];
        models[objective] = found;
      }
      store.set(part, { models });
    }
    return changed;
  }

  function type(text) {
    const before = store.state.text;
    for (const part of ['masked', 'denoise']) store.state[part].hidden = moved(store.state[part].hidden, before, text);
    store.set('all', { text });
    readAll();
  }

  function draw() {
    lanes.forEach((lane) => lane.leave());
    const field = h('textarea', {
      class: 'sentence', id: 'sentence', 'data-first': '', rows: '1', spellcheck: 'false', maxlength: String(LONGEST_TEXT),
      'aria-label': t('predict.sentence'), placeholder: t('predict.placeholder'), value: store.state.text,
      oninput: () => { grow(field); type(field.value); },
      onkeydown: (e) => { if (e.key === 'Enter' && !e.isComposing) e.preventDefault(); },
    });
    const copied = chip('link', () => copyLink(copied));
    lanes = LANES.map((lane) => lane(ctx));
    redraw(root, h('div', { class: 'desk', role: 'main', id: 'main' },
      h('div', { class: 'ask' }, h('h1', {}, t('predict.title')), h('div', { class: 'chips' }, copied, chip('reset', reset))),
      field,
      h('div', { class: 'tries' }, [1, 2, 3, 4].map((i) => attempt(field, t('predict.try' + i)))),
      lanes.map((lane) => lane.element)));
    requestAnimationFrame(() => grow(field));
    readAll();
  }

  const chip = (key, press) => h('button', { type: 'button', class: 'chip', 'data-key': key, title: t(`help.${key}`), onclick: press }, t(`predict.${key}`));
  const attempt = (field, text) => h('button', { type: 'button', onclick: () => { field.value = text; grow(field); type(text); field.focus(); } }, text);

  /** The first sentence, with one word hidden so that the page has something to say at once. */
  function greet() {
    const [text, word] = [t('predict.first'), t('predict.first_hidden')];
    const at = text.indexOf(word);
    store.state.masked.hidden = [[at, at + word.length]];
    store.state.denoise.hidden = [];
    store.set('all', { text });
  }

  async function copyLink(chip) {
    const link = store.link();
    // On a plain-HTTP address of the local network there is no clipboard: show the link instead.
    try { await navigator.clipboard.writeText(link); chip.textContent = t('predict.copied'); setTimeout(() => { chip.textContent = t('predict.link'); }, 2000); }
    catch { prompt(t('predict.copy_this'), link); }
  }

  /** A button that brings back what was there before. */
  function offerUndo(kept) {
    const back = () => { Object.assign(store.state, kept); store.set('all', {}); choose(); draw(); root.querySelector('[data-key=reset]').focus(); };
    const undo = chip('undo', back);
    root.querySelector('.ask .chips').prepend(undo);
    return undo;
  }

  function reset() {
    const kept = structuredClone(store.state);
    Object.assign(store.state, structuredClone(DEFAULTS));
    greet();
    choose();
    draw();
    offerUndo(kept).focus();
  }

  /** A reader who has changed nothing yet gets the first sentence and its models in their language. */
  function translate() {
    if (READERS.some((reader) => window.PRETEXT_TEXTS[reader]['predict.first'] === store.state.text)) {
      greet();
      choose((id, objective) => !READERS.some((reader) => best(catalogue, objective, reader) === id));
    }
    draw();
  }

  /** Another page may have asked for a model: it goes into its lane. */
  async function take() {
    grow(document.getElementById('sentence'));
    const wish = wished('predict');
    if (!wish) return;
    if (!wish.model) { setUp(wish); return; }
    const { model, objective } = wish;
    const part = PARTS.find((name) => objective in DEFAULTS[name].models);
    try {
      await ctx.add(model);
      await ctx.refresh();
      // What was taught is shown beside what it was made from, where that can be asked the same.
      const base = catalogue.find((m) => m.id === catalogue.find((one) => one.id === model)?.base && m.ready && m.objectives.includes(objective))?.id ?? '';
      const { models, beside } = store.state[part];
      store.set(part, { models: { ...models, [objective]: model }, beside: { ...beside, [objective]: base }, ...(part === 'denoise' ? { mode: MODES[objective] } : {}) });
      draw();
      document.getElementById('lane-' + part).scrollIntoView({ block: 'center' });
    } catch (error) { tell(error); }
  }

  /** A lesson sets the page up; what stood here before can be brought back. */
  function setUp({ lane, ...wish }) {
    const kept = structuredClone(store.state);
    Object.assign(store.state, merge(store.state, wish, FITS));
    store.set('all', {});
    choose();
    draw();
    offerUndo(kept);
    document.getElementById(lane ? 'lane-' + lane : 'sentence')?.scrollIntoView({ block: lane ? 'start' : 'center' });
  }

  const tell = (error) => root.querySelector('.tries').after(h('p', { class: 'said bad', role: 'alert' }, error.key ? sentence(error) : t('error.unexpected', { why: error.message })));

  /** A link opened where the page is open already changes no more than the address. */
  function open() { if (location.hash.startsWith('#p=')) location.reload(); }

  if (!store.state.text) greet();
  let trouble = null;
  ctx.refresh()
    .catch((error) => { trouble = error; })
    .finally(() => {
      draw();
      if (trouble) tell(trouble);
      if (store.before) offerUndo(store.before);
      document.documentElement.dataset.ready = 'true';
      addEventListener('pretext:page', (e) => { if (e.detail === 'predict') take(); });
      take();
    });
  onLanguage(translate);
  addEventListener('hashchange', open);
  addEventListener('resize', later(() => grow(document.getElementById('sentence')), 100));
}

function grow(field) {
  if (!field) return;
  field.style.height = 'auto';
  field.style.height = field.scrollHeight + 2 + 'px';
}
