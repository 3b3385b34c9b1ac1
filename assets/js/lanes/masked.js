/* Masked token: click a word to hide it; the model guesses from both sides. */
import { h, later, redraw } from '../core/dom.js';
import { latest } from '../core/server.js';
import { chance, number, t } from '../core/text.js';
import { drawBars, entropyNote, shown } from '../parts/bars.js';
import { button, segments } from '../parts/controls.js';
import { bitsOf, drawStrip, heat, surprise } from '../parts/strip.js';
import { drawn, frame } from './frame.js';
import { attentionRow, headChoice, layerSlider, pairsAt, shadeFor, sizeControls, toggled } from './shared.js';

export function masked(ctx) {
  const { store, call } = ctx;
  const state = () => store.state.masked;
  let reading = null;
  let scored = null;
  let attention = null;
  let sees = null;

  const lane = frame(ctx, { part: 'masked', look: 'masked', objective: () => 'masked', data: () => ({ text: store.state.text, settings: state(), reading, scored, sees }), changed: () => again() });
  const strip = h('div', { class: 'strip', role: 'group', 'aria-label': t('lane.masked.strip') });
  const line = h('p', { class: 'hint', role: 'status' });
  const heads = h('span');
  const views = segments({ label: t('control.view'), options: ['hide', 'surprise', 'attention'].map((v) => [v, t('view.' + v)]), value: state().view, change: (view) => { store.set('masked', { view }); again(); } });
  const layers = layerSlider(state, (layer) => { store.set('masked', { layer }); if (!reading.layers.length) deepen(); draw(); });
  const size = sizeControls(ctx, 'masked', () => 'masked', () => again());
  lane.controls.append(views.element, layers.element, heads, button('show_all', () => { store.set('masked', { hidden: [] }); again(); }, 'quiet'));
  lane.main.append(strip, line, lane.controls, size.element);

  // The layers cost as much as the model itself: while the fingers move they are left out, unless one is shown.
  const prompt = (lens = state().layer >= 0) => ({ text: store.state.text, hidden: state().hidden, top: 8, lens });
  const fail = (error) => lane.fail(error);

  const read = latest(() => call.read(lane.ask(prompt())), (value, since) => {
    reading = value;
    lane.tell(value.notices);
    panel();
    draw();
    drawn('masked', since);
  }, fail, lane.wait);
  const deepen = latest(() => call.read(lane.ask(prompt(true))), (value) => { reading = value; draw(); }, fail);
  // A score costs one forward pass a token: it waits until the fingers rest.
  const score = latest(() => call.score(lane.ask({ text: store.state.text, top: 8 })), (value) => { scored = value; draw(); }, fail);
  const look = latest(() => call.sees(lane.ask(prompt(false), 1)), (value) => { sees = value; panel(); }, () => lane.panel.clear());
  const attend = latest(() => call.attend({ ask: lane.ask(prompt(false)), place: state().place }), (value) => { attention = value; draw(); }, fail);
  const calmly = later(() => {
    look();
    if (!reading?.layers.length) deepen();
    if (state().view === 'surprise') score();
    if (state().view === 'attention' && state().place >= 0) attend();
  }, 180);

  function again(since = performance.now()) {
    scored = attention = sees = null;
    size.draw();
    lane.choice.set();
    read(since);
    calmly();
  }

  const panel = () => sees && lane.panel.draw(sees, panelFacts());

  function panelFacts() {
    const hidden = reading?.tokens.filter((x) => x.state === 'masked' && x.p) || [];
    if (!state().hidden.length && !hidden.length) return [t('sees.drawn')];
    return hidden.length ? [t('lane.masked.cost', { bits: number(hidden.reduce((sum, x) => sum + bitsOf(x.p), 0), 1) })] : [];
  }

  function draw() {
    const { view, layer, place } = state();
    if (!reading) return;
    layers.set(reading.layers.length - 1, reading.places.length > 0);
    const tokens = view === 'surprise' && scored ? scored.tokens : reading.tokens;
    const row = view === 'attention' && attention && attention.place === place ? attentionRow(attention, layer, state().head) : null;
    drawStrip(strip, tokens, {
      act, point: (i) => ctx.point(i === null ? null : [tokens[i].start, tokens[i].end]),
      text: (x) => (x.state === 'masked' && view !== 'surprise' ? x.text.replace(/\S.*/s, '') + '?' : x.text),
      look: (x, i) => [x.state === 'masked' && view !== 'surprise' ? 'masked' : '', view === 'attention' && i === place ? 'chosen' : ''].join(' '),
      pressed: (x) => x.state === 'masked',
      heat: (x, i) => (view === 'surprise' && scored ? heat(x.p) : row ? Math.min(1, row[i]) * 60 : null),
      title: (x, i) => (view === 'surprise' && scored ? surprise(x) : row ? t('strip.attention', { p: chance(row[i]) }) : null),
      label: (x) => (x.state === 'masked' ? t('strip.hidden') : x.text),
    });
    drawSide(tokens);
    redraw(heads, view === 'attention' && attention ? headChoice(attention.weights[0].length, state().head, (head) => { store.set('masked', { head }); draw(); }) : null);
    line.textContent = lineFor(view);
  }

  function lineFor(view) {
    if (view === 'surprise') return scored?.bits ? t('lane.masked.pll', { bits: number(scored.bits.total / scored.bits.tokens), bytes: number(scored.bits.total / scored.bits.bytes) }) : t('wait.score');
    if (view === 'attention') return t(state().place >= 0 ? 'lane.attention.shown' : 'lane.attention.choose');
    return '';
  }

  function drawSide(tokens) {
    const hidden = reading.tokens.map((x, i) => [x, i]).filter(([x]) => x.state === 'masked');
    if (state().view === 'surprise') return drawBars(lane.side, pointedGroup(tokens), t('lane.masked.point'));
    return drawBars(lane.side, hidden.map(([x, i]) => {
      const truth = [...store.state.text].slice(x.start, x.end).join('');
      const known = x.p !== null && x.p !== undefined;
      return {
        title: known ? t('lane.masked.hid', { word: shown(truth) }) : t('lane.masked.mask'),
        note: state().layer < 0 ? entropyNote(x.entropy) : '',
        pairs: pairsAt(reading, state().layer, reading.places.indexOf(i), x.top),
        truth: known ? x.text : null,
      };
    }), t('lane.masked.empty'));
  }

  const pointedGroup = (tokens) => {
    const x = tokens[state().place];
    return x?.top?.length ? [{ title: t('lane.masked.instead', { word: shown(x.text) }), note: entropyNote(x.entropy), pairs: x.top, truth: x.text }] : [];
  };

  function act(i) {
    if (state().view === 'hide') {
      const token = reading.tokens[i];
      if (token.start >= 0) store.set('masked', { hidden: toggled(state().hidden, token) });
      return again();
    }
    store.set('masked', { place: i });
    if (state().view === 'attention') attend(); else draw();
  }

  return { element: lane.element, read: again, point: (range) => shadeFor(strip, reading?.tokens || [], sees, range) };
}
