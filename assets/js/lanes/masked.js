/* Masked token: click a word to hide it; the model guesses from both sides. */
import { h, later } from '../core/dom.js';
import { latest } from '../core/server.js';
import { number, t } from '../core/text.js';
import { drawBars, entropyNote, shown } from '../parts/bars.js';
import { button, segments } from '../parts/controls.js';
import { bitsOf, drawStrip, heat, surprise, turnOf, turned } from '../parts/strip.js';
import { drawn, frame } from './frame.js';
import { attentionTitle, insight } from './insight.js';
import { answer, counterparts, within } from './second.js';
import { LONG_REST, REST, layerSlider, pairsAt, sizeControls, toggled } from './shared.js';

export function masked(ctx) {
  const { store, call } = ctx;
  const state = () => store.state.masked;
  let reading = null;
  let readText = '';
  let scored = null;
  let turn = 0;

  const lane = frame(ctx, { part: 'masked', look: 'masked', objective: () => 'masked', data: () => ({ text: store.state.text, settings: state(), reading, scored, sees: deeper.sees }), changed: () => again() });
  const strip = h('div', { class: 'strip', role: 'group', 'aria-label': t('lane.masked.strip') });
  const line = h('p', { class: 'hint', role: 'status' });
  const all = button('show_all', () => { store.set('masked', { hidden: [] }); again(); }, 'quiet');
  const views = segments({ key: 'view', options: ['hide', 'surprise', 'attention'].map((v) => [v, t('view.' + v)]), value: state().view, change: (view) => { store.set('masked', { view }); again(); } });
  const layers = layerSlider(state, (layer) => { store.set('masked', { layer }); if (!reading?.layers.length) deeper.deepen(); draw(); });
  const size = sizeControls(ctx, 'masked', () => 'masked', () => again());

  // The layers cost as much as the model itself: while the fingers move they are left out, unless one is shown.
  const prompt = (lens = state().layer >= 0) => ({ text: store.state.text, hidden: state().hidden, top: 8, lens });
  const about = () => turn;

  const read = latest(() => call.read(lane.ask(prompt())), (value, since, text) => {
    [reading, readText] = [value, text];
    lane.tell(value.notices);
    panel();
    draw();
    drawn('masked', since);
    otherRead.ask();
    calmly();
    slowly();
  }, lane.fail, { slow: lane.wait, about });
  // A score costs one forward pass a token: it waits until the fingers rest.
  const whole = () => ({ text: store.state.text, top: 8 });
  const score = latest(() => call.score(lane.ask(whole())), (value) => { scored = value; draw(); otherScore.ask(); },
    (error) => { line.textContent = ''; lane.fail(error); }, { about });
  const deeper = insight(ctx, lane, { part: 'masked', prompt, about, draw, panel, fail: lane.fail, take: (value) => { reading = value; draw(); } });
  const otherRead = answer(lane, { about, draw, ask: () => call.read(lane.ask(prompt(false), 0, lane.second.id())) });
  const otherScore = answer(lane, { about, draw, ask: () => call.score(lane.ask(whole(), 0, lane.second.id())) });
  const calmly = later(() => deeper.look(), REST);
  const slowly = later(() => {
    if (!reading?.layers.length) deeper.deepen();
    if (state().view === 'surprise') score();
    deeper.attend(reading?.tokens.length ?? 0);
  }, LONG_REST);

  lane.controls.append(views, layers.element, deeper.heads, all);
  lane.main.append(strip, line, lane.controls, size.element);

  function again(since = performance.now()) {
    turn += 1;
    scored = null;
    [deeper, otherRead, otherScore].forEach((one) => one.forget());
    size.draw();
    lane.choice.set();
    read(since, store.state.text);
  }

  function panel() {
    if (!deeper.sees) return;
    const hidden = reading?.tokens.filter((x) => x.state === 'masked' && x.p) || [];
    const cost = hidden.reduce((sum, x) => sum + bitsOf(x.p), 0);
    const drawnAtRandom = !state().hidden.length && !hidden.length;
    lane.panel.draw(deeper.sees, drawnAtRandom ? [t('sees.drawn')] : hidden.length ? [t('lane.masked.cost', { bits: number(cost, 1) })] : []);
  }

  function draw() {
    if (!reading) return;
    const { view, place } = state();
    const row = deeper.row();
    const scores = view === 'surprise' ? scored : null;
    const tokens = (scores ?? reading).tokens;
    const theirs = counterparts((scores ? otherScore : otherRead).value?.tokens);
    const turns = (x) => (scores ? otherScore.value : view === 'hide' && x.state === 'masked' && x.p && otherRead.value);
    const says = (x, i) => (turns(x) ? turned(x, theirs(x)) : scores ? surprise(x) : row ? attentionTitle(row[i]) : null);
    const hides = (x) => x.state === 'masked' && view !== 'surprise';
    layers.set(reading.layers.length - 1, reading.places.length > 0);
    drawStrip(strip, tokens, {
      act, point: (i) => ctx.point(i === null ? null : [tokens[i].start, tokens[i].end]),
      text: (x) => (hides(x) ? x.text.replace(/\S.*/s, '') + '?' : x.text),
      look: (x, i) => [hides(x) && 'masked', view === 'attention' && i === place && 'chosen'].filter(Boolean).join(' '),
      pressed: (x) => x.state === 'masked',
      turn: (x) => (turns(x) ? turnOf(x, theirs(x)) : null),
      heat: (x, i) => (scores ? heat(x.p) : row?.[i]),
      title: says,
      label: (x, i) => [hides(x) ? t('strip.hidden') : x.text, says(x, i)].filter(Boolean).join(', '),
    });
    all.hidden = view === 'surprise' || !state().hidden.length;
    drawSide(tokens);
    deeper.drawHeads(row);
    line.textContent = lineFor(view);
  }

  function lineFor(view) {
    if (view === 'attention') return deeper.line();
    if (view !== 'surprise') return otherRead.value && reading.tokens.some((x) => x.state === 'masked' && x.p) ? lane.legend() : '';
    if (!scored) return t('wait.score');
    const { bits } = scored;
    return [bits ? t('lane.masked.pll', { bits: number(bits.total / bits.tokens), bytes: number(bits.total / bits.bytes) }) : '', otherScore.value ? lane.legend() : ''].filter(Boolean).join(' ');
  }

  function drawSide(tokens) {
    if (state().view === 'surprise') return drawBars(lane.side, both(otherScore, instead, tokens[state().place]), t('lane.masked.point'));
    const hidden = reading.tokens.filter((x) => x.state === 'masked');
    return drawBars(lane.side, hidden.flatMap((x) => both(otherRead, (token) => guessed(token, token === x), x)), t('lane.masked.empty'));
  }

  /** The lane's own group about a token, and the second model's about the same piece of text. */
  function both(other, group, x) {
    if (!x?.top?.length) return [];
    const theirs = within(other.value?.tokens, x).filter((y) => y.top.length);
    return lane.second.on ? lane.second.pair(group(x), theirs.map(group)) : [group(x)];
  }

  function guessed(x, own) {
    const truth = [...readText].slice(x.start, x.end).join('');
    const known = x.p !== null && x.p !== undefined;
    const layer = own ? state().layer : -1;
    return {
      title: known ? t('lane.masked.hid', { word: shown(truth) }) : t('lane.masked.mask'),
      note: layer < 0 ? entropyNote(x.entropy) : '',
      pairs: pairsAt(reading, layer, reading.places.indexOf(reading.tokens.indexOf(x)), x.top),
      truth: known ? x.text : null,
    };
  }

  const instead = (x) => ({ title: t('lane.masked.instead', { word: shown(x.text) }), note: entropyNote(x.entropy), pairs: x.top, truth: x.text });

  function act(i) {
    const { view, hidden } = state();
    if (view === 'attention') return deeper.choose(i);
    if (view === 'surprise') { store.set('masked', { place: i }); return draw(); }
    if (reading.tokens[i].start >= 0) store.set('masked', { hidden: toggled(hidden, reading.tokens[i], readText, store.state.text) });
    return again();
  }

  return {
    element: lane.element, read: again,
    leave() { turn += 1; calmly.cancel(); slowly.cancel(); },
    point: (range) => deeper.shade(strip, reading?.tokens || [], range),
  };
}
