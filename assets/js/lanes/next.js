/* Next token: how surprising each word was, and what the model would write on. */
import { h, later, redraw } from '../core/dom.js';
import { branches } from '../core/branches.js';
import { follow, latest } from '../core/server.js';
import { chance, number, t } from '../core/text.js';
import { drawBars, entropyNote, shown } from '../parts/bars.js';
import { button, more, numberField, segments, slider } from '../parts/controls.js';
import { drawStrip, heat, surprise } from '../parts/strip.js';
import { drawTree } from '../parts/tree.js';
import { drawn, frame } from './frame.js';
import { attentionRow, headChoice, layerSlider, pairsAt, shadeFor, sizeControls } from './shared.js';

const MOST_TOKENS = 256;
const END = { text: '…', state: 'given', start: -1, end: -1, end_: true };

export function next(ctx) {
  const { store, call } = ctx;
  const state = () => store.state.next;
  const tree = branches(state().tree, (saved) => store.set('next', { tree: saved }));
  let reading = null;
  let attention = null;
  let sees = null;
  let stream = null;
  let pointed = null;
  let ended = '';

  const lane = frame(ctx, { part: 'next', look: 'next', objective: () => 'next', data: () => ({ text: store.state.text, settings: state(), reading, sees }), changed: () => again() });
  const strip = h('div', { class: 'strip', role: 'group', 'aria-label': t('lane.next.strip') });
  const line = h('p', { class: 'hint' });
  const live = h('p', { class: 'unseen', 'aria-live': 'polite' });
  const twigs = h('div', { class: 'tree' });
  const heads = h('span');
  const views = segments({ label: t('control.view'), options: ['write', 'attention'].map((v) => [v, t('view.' + v)]), value: state().view, change: (view) => { store.set('next', { view }); again(); } });
  const layers = layerSlider(state, (layer) => { store.set('next', { layer }); if (!reading.layers.length) deepen(); draw(); });
  const size = sizeControls(ctx, 'next', () => 'next', () => again());
  const play = button('write', () => (stream ? pause() : write(MOST_TOKENS)), 'go');
  const set = (key) => (value) => { store.set('next', { [key]: value }); read(performance.now()); };
  lane.controls.append(play, button('step', () => { pause(); write(1); }), button('stop', () => { pause(); tree.go(-1); read(performance.now()); }),
    slider({ key: 'temperature', min: 0, max: 2, step: 0.05, value: state().temperature, show: (v) => number(v, 2), change: set('temperature') }).element,
    slider({ key: 'top_p', min: 0.05, max: 1, step: 0.05, value: state().topP, show: (v) => number(v, 2), change: set('topP') }).element);
  const extra = more(slider({ key: 'top_k', min: 0, max: 100, value: state().topK, show: (v) => (v ? String(v) : t('control.off')), change: set('topK') }).element,
    slider({ key: 'repetition', min: 1, max: 2, step: 0.05, value: state().repetition, show: (v) => number(v, 2), change: set('repetition') }).element,
    numberField({ key: 'seed', min: 0, max: 2 ** 31 - 1, value: state().seed, change: (seed) => store.set('next', { seed }) }));
  lane.main.append(strip, line, live, lane.controls, h('div', { class: 'controls' }, views.element, layers.element, heads), extra, size.element, twigs);

  // The layers cost as much as the model itself: while the fingers move they are left out, unless one is shown.
  const prompt = (steps = 0, lens = state().layer >= 0) => {
    const s = state();
    return { text: store.state.text, written: tree.written(), top: 8, steps, lens, temperature: s.temperature, top_k: s.topK, top_p: s.topP, repetition: s.repetition };
  };
  const fail = (error) => { pause(); lane.fail(error); };
  const read = latest(() => call.read(lane.ask(prompt())), (value, since) => {
    reading = value;
    lane.tell(value.notices);
    panel();
    draw();
    drawn('next', since);
    calmly();
  }, fail, lane.wait);
  const deepen = latest(() => call.read(lane.ask(prompt(0, true))), (value) => { if (!stream) { reading = value; draw(); } }, fail);
  const look = latest(() => call.sees(lane.ask(prompt())), (value) => { sees = value; panel(); }, () => lane.panel.clear());
  const attend = latest(() => call.attend({ ask: lane.ask(prompt()), place: state().place }), (value) => { attention = value; draw(); }, fail);
  const calmly = later(() => { look(); if (!reading?.layers.length && !stream) deepen(); if (state().view === 'attention' && state().place >= 0) attend(); }, 180);

  function again(since = performance.now()) {
    pause();
    tree.root(store.state.text);
    attention = pointed = sees = null;
    ended = '';
    size.draw();
    lane.choice.set();
    read(since);
  }

  /** One step is one token, or word that there will be no more. */
  function grow(step) {
    if (step.end !== 'eos') step.tokens.forEach((token) => tree.add(token));
    if (step.end) live.textContent = line.textContent = ended = t('lane.next.end_' + step.end);
  }

  /** Write `steps` tokens after the leaf. The draw at each place depends on the seed and the place alone. */
  async function write(steps) {
    lane.tell([]);
    ended = '';
    let mine = null;
    try {
      const name = await call.start(lane.ask(prompt(steps), state().seed));
      mine = stream = follow(call, name, (items) => { if (stream === mine) { items.forEach(grow); draw(); } });
      button_('pause');
      if (await mine.done) live.textContent = tree.path().map((i) => tree.nodes[i].text).join('');
    } catch (error) { if (stream === mine) fail(error); }
    if (stream === mine) { stream = null; button_('write'); read(performance.now()); }
  }

  function pause() {
    if (!stream) return;
    stream.stop();
    stream = null;
    button_('write');
  }
  const button_ = (key) => { play.textContent = t('control.' + key); };

  const panel = () => sees && lane.panel.draw(sees, bitsFacts());
  const bitsFacts = () => (reading?.bits ? [t('lane.next.bits', { token: number(reading.bits.total / reading.bits.tokens), byte: number(reading.bits.total / reading.bits.bytes) })] : []);

  /** The typed tokens as read, then what was written on this branch. */
  function tokens() {
    const typed = reading ? reading.tokens.filter((x) => x.state === 'given') : [];
    return [...typed, ...tree.path().map((i) => ({ ...tree.nodes[i], state: 'predicted', start: -1, end: -1, node: i }))];
  }

  function draw() {
    if (!reading) return;
    const { view, layer, place, head } = state();
    const all = [...tokens(), END];
    layers.set(reading.layers.length - 1, !stream && reading.places.length > 0);
    const row = view === 'attention' && attention && attention.place === place ? attentionRow(attention, layer, head) : null;
    drawStrip(strip, all, {
      tab: all.length - 1,
      point: (i) => point(i === null ? null : all[i]),
      act: (i) => { if (all[i].end_) point(END); else if (view === 'attention') { store.set('next', { place: i }); attend(); } else if (all[i].node !== undefined) { pause(); tree.go(all[i].node); again_(); } },
      look: (x, i) => [x.state === 'predicted' ? 'predicted' : '', x.chosen ? 'chosen' : '', view === 'attention' && i === place ? 'chosen' : ''].join(' '),
      heat: (x, i) => (row ? (row[i] ?? 0) * 60 : x.state === 'given' && x.start >= 0 ? heat(x.p) : null),
      title: (x) => (x.end_ ? t('lane.next.ahead') : surprise(x)),
      label: (x) => (x.end_ ? t('lane.next.ahead') : `${x.text}, ${surprise(x)}`),
    });
    if (stream) strip.scrollTop = strip.scrollHeight;
    drawSide(all);
    redraw(heads, row ? headChoice(attention.weights[0].length, head, (h_) => { store.set('next', { head: h_ }); draw(); }) : null);
    drawTree(twigs, tree, (at) => { pause(); tree.go(at); again_(); });
    line.textContent = view === 'attention' ? t(place >= 0 ? 'lane.attention.shown' : 'lane.attention.choose') : ended || t('lane.next.hint');
  }
  const again_ = () => { attention = null; pointed = null; read(performance.now()); };

  /** The distribution stays where it was when the pointer leaves the words, so that it can be reached. */
  function point(token) {
    ctx.point(token && token.start >= 0 ? [token.start, token.end] : null);
    if (!token) return;
    pointed = token.end_ ? null : token;
    drawSide(tokens());
  }

  function drawSide(all) {
    const token = pointed || (stream ? all.at(-1) : null);
    if (token?.top?.length) {
      const node = token.node;
      return drawBars(lane.side, [{
        title: t('lane.next.instead', { word: shown(token.text) }), note: entropyNote(token.entropy), pairs: token.top, truth: token.text,
        pick: node === undefined ? null : (j) => { pause(); tree.go(tree.nodes[node].parent); tree.add({ text: token.top[j][0], id: token.top_ids[j], p: token.top[j][1], top: token.top, top_ids: token.top_ids, entropy: token.entropy }, true); again_(); },
        hint: t('lane.next.branch'),
      }]);
    }
    if (!reading.ahead) return drawBars(lane.side, [], t('lane.next.empty'));
    const own = state().layer < 0 || state().layer >= reading.layers.length - 1;
    const filtered = reading.filtered;
    return drawBars(lane.side, [{
      title: own ? t('lane.next.ahead') : t('lane.next.layer', { n: state().layer }), note: own ? entropyNote(reading.ahead.entropy) : '',
      pairs: pairsAt(reading, state().layer, 0, reading.ahead.top),
      filtered: own && filtered ? new Map(filtered.top) : null,
      foot: own && filtered ? t('lane.next.two_bars') : '',
      pick: own ? (j) => { tree.add({ text: reading.ahead.top[j][0], id: reading.ahead.top_ids[j], p: reading.ahead.top[j][1], top: reading.ahead.top, top_ids: reading.ahead.top_ids, entropy: reading.ahead.entropy }, true); again_(); } : null,
      hint: t('lane.next.take'),
    }]);
  }

  return { element: lane.element, read: again, point: (range) => shadeFor(strip, tokens(), sees, range) };
}
