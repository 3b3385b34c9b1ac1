/* Next token: how surprising each word was, and what the model would write on. */
import { h, later } from '../core/dom.js';
import { branches } from '../core/branches.js';
import { latest } from '../core/server.js';
import { number, t } from '../core/text.js';
import { drawBars, entropyNote, shown } from '../parts/bars.js';
import { button, more, seedField, segments, slider } from '../parts/controls.js';
import { drawStrip, heat, surprise, turnOf, turned } from '../parts/strip.js';
import { drawTree } from '../parts/tree.js';
import { drawn, frame } from './frame.js';
import { attentionTitle, insight } from './insight.js';
import { otherHand } from './other_hand.js';
import { counterparts, within } from './second.js';
import { LONG_REST, REST, layerSlider, pairsAt, sizeControls } from './shared.js';
import { writing } from './writing.js';

const MOST_TOKENS = 256;
const END = { text: ' …', state: 'given', start: -1, end: -1 };

export function next(ctx) {
  const { store, call } = ctx;
  const state = () => store.state.next;
  const tree = branches(state().tree, (saved) => store.set('next', { tree: saved }));
  let reading = null;
  let pointed = null;
  let ended = '';
  let turn = 0;

  const lane = frame(ctx, { part: 'next', look: 'next', objective: () => 'next', data: () => ({ text: store.state.text, settings: state(), reading, sees: deeper.sees }), changed: () => again() });
  const strip = h('div', { class: 'strip', role: 'group', 'aria-label': t('lane.next.strip') });
  const line = h('p', { class: 'hint' });
  const live = h('p', { class: 'unseen', 'aria-live': 'polite' });
  const twigs = h('div', { class: 'tree' });
  const layers = layerSlider(state, (layer) => { store.set('next', { layer }); if (!reading?.layers.length) deeper.deepen(); draw(); });
  const size = sizeControls(ctx, 'next', () => 'next', () => again());

  // The layers cost as much as the model itself: while the fingers move they are left out, unless one is shown.
  const prompt = (lens = state().layer >= 0) => {
    const s = state();
    return { text: store.state.text, written: tree.written(), top: 8, lens, temperature: s.temperature, top_k: s.topK, top_p: s.topP, repetition: s.repetition };
  };
  const about = () => turn;
  const fail = (error) => { halt(); lane.fail(error); };
  const read = latest(() => call.read(lane.ask(prompt())), (value, since) => {
    reading = value;
    lane.tell(value.notices);
    panel();
    draw();
    drawn('next', since);
    other.read();
    calmly();
    slowly();
  }, fail, { slow: lane.wait, about });
  const deeper = insight(ctx, lane, {
    part: 'next', prompt, about, draw, panel, fail,
    take: (value) => { if (!pen.on) { reading = value; draw(); } },
  });
  const other = otherHand(lane, { call, prompt, about, seed: () => state().seed, draw: () => draw() });
  const calmly = later(() => deeper.look(), REST);
  const slowly = later(() => {
    if (!reading?.layers.length && !pen.on) deeper.deepen();
    deeper.attend(tokens().length);
  }, LONG_REST);

  // The draw at each place depends on the seed and the place alone: what is paused goes on as if it had not been.
  const pen = writing({
    call, failed: lane.fail,
    ask: (steps) => { lane.tell(); ended = ''; return lane.ask({ ...prompt(false), steps }, state().seed); },
    take: (steps) => { steps.forEach(grow); draw(); },
    changed: () => { play.textContent = t(pen.on ? 'control.pause' : 'control.write'); },
    ended: () => { live.textContent = `${tree.text()} ${ended}`; refresh(); },
  });

  const write = (steps) => { pen.write(steps); other.write(steps); };
  const halt = () => { pen.pause(); other.pause(); };
  const play = button('write', () => { if (pen.on) look(() => {}); else write(MOST_TOKENS); }, 'go');
  lane.controls.append(h('span', { class: 'buttons' }, play, button('step', () => write(1)), button('stop', () => { other.reset(); look(() => tree.go(-1)); })));
  const knobs = settings(state, (changes) => { store.set('next', changes); if (pen.on) rewrite(); else refresh(); });
  const rewrite = later(() => { if (pen.on) write(MOST_TOKENS); }, 150);
  const views = segments({ key: 'view', options: ['surprise', 'attention'].map((v) => [v, t('view.' + v)]), value: state().view, change: (view) => { store.set('next', { view }); again(); } });
  lane.controls.append(...knobs.first);
  lane.main.append(strip, line, live, other.element, lane.controls, h('div', { class: 'controls' }, views, layers.element, deeper.heads), knobs.others, size.element, twigs);

  function again(since = performance.now()) {
    pen.pause();
    other.reset();
    tree.root(store.state.text);
    [pointed, ended] = [null, ''];
    size.draw();
    lane.choice.set();
    refresh(since);
  }

  /** Ask anew: what is on its way is about another place. */
  function refresh(since = performance.now()) { turn += 1; deeper.forget(); other.forget(); read(since); }

  /** Put the pen down, move in the tree, and look around from there. */
  function look(move) {
    halt();
    move();
    [pointed, ended] = [null, ''];
    refresh();
  }

  /** One step is one token, or word that there will be no more. */
  function grow(step) {
    if (step.end !== 'eos') step.tokens.forEach((token) => tree.add(token));
    if (step.end) ended = t('lane.next.end_' + step.end);
  }

  function panel() {
    if (!deeper.sees) return;
    const { bits } = reading ?? {};
    lane.panel.draw(deeper.sees, bits ? [t('lane.next.bits', { token: number(bits.total / bits.tokens), byte: number(bits.total / bits.bytes) })] : []);
  }

  /** The typed tokens as read, then what was written on this branch. */
  function tokens() {
    const typed = reading ? reading.tokens.filter((x) => x.state === 'given') : [];
    return [...typed, ...tree.path().map((i) => ({ ...tree.nodes[i], state: 'predicted', start: -1, end: -1, node: i }))];
  }

  function draw() {
    if (!reading) return;
    const { view, place } = state();
    const attending = view === 'attention';
    const all = [...tokens(), END];
    const row = deeper.row();
    const theirs = other.reading && !row ? counterparts(other.reading.tokens) : null;
    const compared = (x) => theirs && x.state === 'given' && x.start >= 0;
    const says = (x, i) => (row ? attentionTitle(row[i] ?? 0) : compared(x) ? turned(x, theirs(x)) : surprise(x));
    layers.set(reading.layers.length - 1, !pen.on && reading.places.length > 0);
    drawStrip(strip, all, {
      tab: all.length - 1, point: (i) => point(i === null ? null : all[i]), act: (i) => act(all[i], i),
      down: () => { const first = lane.side.querySelector('button'); first?.focus(); return first; },
      look: (x, i) => [x === END && 'ahead', x.state === 'predicted' && 'predicted', (x.chosen || (attending && i === place)) && 'chosen'].filter(Boolean).join(' '),
      heat: (x, i) => (x === END ? null : row ? row[i] ?? 0 : x.state === 'given' && x.start >= 0 ? heat(x.p) : null),
      turn: (x) => (compared(x) ? turnOf(x, theirs(x)) : null),
      title: (x, i) => (x === END ? t('lane.next.ahead') : says(x, i)),
      label: (x, i) => (x === END ? t('lane.next.ahead') : `${x.text}, ${says(x, i)}`),
    });
    if (pen.on) strip.scrollTop = strip.scrollHeight;
    other.draw();
    drawSide();
    deeper.drawHeads(row);
    drawTree(twigs, tree, (at) => look(() => tree.go(at)));
    line.textContent = attending ? deeper.line() : ended || (theirs ? lane.legend() : t('lane.next.hint'));
  }

  function act(token, i) {
    if (token === END) point(END);
    else if (state().view === 'attention') deeper.choose(i);
    else if (token.node !== undefined) look(() => tree.go(token.node));
  }

  /** The distribution stays where it was when the pointer leaves the words, so that it can be reached. */
  function point(token) {
    ctx.point(token && token.start >= 0 ? [token.start, token.end] : null);
    if (!token) return;
    pointed = token === END ? null : token;
    drawSide();
  }

  function drawSide() {
    // While the model writes, what was read before it began is no longer what comes next.
    const token = pointed || (pen.on ? tokens().at(-1) : null);
    if (token) drawBars(lane.side, token.top?.length ? both(instead(token), theirsOf(token)) : [], surprise(token));
    else drawBars(lane.side, reading.ahead ? both(ahead(), tree.leaf < 0 && other.reading?.ahead ? [other.reading.ahead] : []) : [], t('lane.next.empty'));
  }

  /** The lane's own group, and the second model's guess at the same place beside it. */
  const both = (group, theirs) => (lane.second.on ? lane.second.pair(group, theirs.filter((y) => y.top.length).map(({ entropy, top }) => ({ title: group.title, note: entropyNote(entropy), pairs: top, truth: group.truth }))) : [group]);
  const theirsOf = (token) => (token.start >= 0 ? within(other.reading?.tokens, token) : []);

  function instead(token) {
    const written = token.node !== undefined;
    return {
      title: t('lane.next.instead', { word: shown(token.text) }), note: entropyNote(token.entropy), pairs: token.top, truth: token.text,
      pick: written ? (j) => look(() => { tree.go(tree.nodes[token.node].parent); tree.take(token, j); }) : null, hint: t('lane.next.branch'),
    };
  }

  function ahead() {
    const { ahead: said, filtered, layers: all } = reading;
    const { layer } = state();
    const own = layer < 0 || layer >= all.length - 1;
    const left = (id) => filtered.top[filtered.top_ids.indexOf(id)]?.[1] ?? 0;
    return {
      title: own ? t('lane.next.ahead') : t('lane.next.layer', { n: layer }), note: own ? entropyNote(said.entropy) : '',
      pairs: pairsAt(reading, layer, 0, said.top),
      filtered: own && filtered ? said.top_ids.map(left) : null, foot: own && filtered ? t('lane.next.two_bars') : '',
      pick: own ? (j) => look(() => tree.take(said, j)) : null, hint: t('lane.next.take'),
    };
  }

  return {
    element: lane.element, read: again,
    leave() { turn += 1; calmly.cancel(); slowly.cancel(); rewrite.cancel(); halt(); },
    point: (range) => deeper.shade(strip, tokens(), range),
  };
}

/** How the next token is drawn: two sliders at hand, the rest behind a quiet line. */
function settings(state, set) {
  const two = (v) => number(v, 2);
  const made = (key, name, bounds) => slider({ key, ...bounds, value: state()[name], change: (v) => set({ [name]: v }) }).element;
  return {
    first: [
      made('temperature', 'temperature', { min: 0, max: 2, step: 0.05, show: two }),
      made('top_p', 'topP', { min: 0.05, max: 1, step: 0.05, show: two })],
    others: more(
      made('top_k', 'topK', { min: 0, max: 100, show: (v) => (v ? String(v) : t('control.off')) }),
      made('repetition', 'repetition', { min: 1, max: 2, step: 0.05, show: two }),
      seedField({ value: state().seed, change: (seed) => set({ seed }) })),
  };
}
