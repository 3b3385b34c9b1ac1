/* A sentence as its tokens: buttons that can be hidden, chosen, coloured and pointed at. */
import { h, redraw } from '../core/dom.js';
import { chance, number, t } from '../core/text.js';

const MOST_BITS = 12;
const MOST_TURN = 6;

/** Surprise as a share of the deepest colour: 0 bits nothing, 12 bits and more all of it. */
export const heat = (p) => (p === null || p === undefined ? 0 : Math.min(1, bitsOf(p) / MOST_BITS));
export const bitsOf = (p) => -Math.log2(Math.max(p, 1e-300));

/**
 * tokens: TokenScore objects. options: {act(i), point(i or null), label(token, i), look(token, i) -> classes,
 * heat(token, i) -> 0 to 1 or null, turn(token, i) -> bits gained or null, text(token, i), down(): where the down arrow leads}.
 */
export function drawStrip(root, tokens, options) {
  const held = root.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
  const tab = held in tokens ? +held : options.tab ?? 0;
  root.onpointerover = (e) => { const b = e.target.closest('.token'); if (b) options.point?.(+b.dataset.key); };
  root.onpointerleave = () => options.point?.(null);
  root.onfocusin = (e) => { const b = e.target.closest('.token'); if (b?.matches(':focus-visible')) options.point?.(+b.dataset.key); };
  root.onclick = (e) => { const b = e.target.closest('.token'); if (b) options.act?.(+b.dataset.key, e); };
  root.onkeydown = (e) => walk(root, e, options);
  return redraw(root, whole(tokens.map((token, i) => one(token, i, options, i === tab))));
}

/** A marker the tokenizer put there ([BOS], </s> …), which is no part of the sentence. */
const isMarker = (token) => token.start < 0 && token.state === 'given';

function one(token, i, options, tab) {
  const warm = options.heat?.(token, i) ?? null;
  const turn = options.turn?.(token, i) ?? null;
  const deep = turn === null ? warm : Math.min(1, Math.abs(turn) / MOST_TURN);
  const text = options.text?.(token, i) ?? token.text;
  const raw = /^ ?(⟨[^⟩]*⟩)+$/.test(unprinted(text));
  // The space before a word is part of its token, but a coloured blank looks like a mistake: it stands outside.
  const blank = text.match(/^ +(?=.)/)?.[0] ?? '';
  const button = h('button', {
    type: 'button',
    class: ['token', isMarker(token) && 'marker', options.look?.(token, i), deep !== null && 'heat', turn !== null && (turn < 0 ? 'less' : 'more'), raw && 'bytes'].filter(Boolean).join(' '),
    'data-key': i,
    tabindex: tab ? '0' : '-1',
    'aria-pressed': options.pressed ? String(options.pressed(token, i)) : null,
    'aria-label': options.label?.(token, i),
    title: options.title?.(token, i),
    style: deep !== null ? { '--heat': deep.toFixed(3) } : {},
  }, visible(text.slice(blank.length)));
  const note = options.note?.(token, i);
  if (note) button.append(h('sub', {}, note));
  return [blank, button];
}

/** Letters and marks that go on with the word before them; Chinese, Japanese and Thai may be broken anywhere. */
const GOES_ON = /^(?![\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}])[\p{L}\p{M}\p{N}\p{P}]/u;
const LONGEST_WHOLE = 24;

/** [blank, button] of every token; those of one word are held together on a line, unless it is too long for one. */
function whole(drawn) {
  const words = [];
  for (const [blank, button] of drawn) {
    const said = button.textContent;
    const word = words.at(-1);
    const joins = word && !blank && GOES_ON.test(said) && !/\s$/.test(word.said) && !/marker|masked/.test(word.last.className + button.className);
    if (joins) { word.buttons.push(button); word.said += said; word.last = button; } else words.push({ blank, buttons: [button], said, last: button });
  }
  return words.flatMap(({ blank, buttons, said }) => (buttons.length > 1 && said.length <= LONGEST_WHOLE ? [blank, h('span', { class: 'whole' }, buttons)] : [blank, ...buttons]));
}

/** Blanks that would not show are drawn; a line break stays one. */
const visible = (text) => unprinted(text.replace(/\n/g, '↵\n').replace(/\t/g, '⇥')) || '∅';

/** Control characters have no shape: their numbers stand for them, as for bytes that are no text. */
export const unprinted = (text) => text.replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, (c) => `⟨${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}⟩`);

/** Arrow keys walk along the strip: one stop for Tab, however long the sentence. */
function walk(root, e, options) {
  if (e.key === 'ArrowDown' && options.down?.()) { e.preventDefault(); return; }
  const step = { ArrowRight: 1, ArrowLeft: -1 }[e.key];
  const all = [...root.querySelectorAll('.token')];
  const at = all.indexOf(document.activeElement);
  if (at < 0) return;
  const to = e.key === 'Home' ? 0 : e.key === 'End' ? all.length - 1 : step ? at + step : -1;
  if (to < 0 || to >= all.length) return;
  e.preventDefault();
  all.forEach((b, i) => { b.tabIndex = i === to ? 0 : -1; });
  all[to].focus();
  options.point?.(+all[to].dataset.key);
}

/** Shade what a token may look at: `row` is one line of the visibility matrix, by character ranges. */
export function shade(root, seenBy) {
  root.querySelectorAll('.token').forEach((b) => {
    const sees = seenBy ? seenBy(+b.dataset.key) : null;
    b.classList.toggle('seen', sees === true);
    b.classList.toggle('unseen-by', sees === false);
  });
}

/** How much likelier the one model holds a token than the other, in bits; null where one of them makes no guess. */
export const turnOf = (mine, theirs) => (mine?.p > 0 && theirs?.p > 0 ? Math.log2(mine.p / theirs.p) : null);

/** The same in words. */
export function turned(mine, theirs) {
  const bits = turnOf(mine, theirs);
  return bits === null ? t('strip.no_change') : t('strip.change', { before: chance(theirs.p), p: chance(mine.p), bits: (bits < 0 ? '−' : '+') + number(Math.abs(bits), 1) });
}

/** A token's surprise in words, for its tooltip and for a screen reader. */
export function surprise(token) {
  if (token.p === null || token.p === undefined) return t('strip.no_guess');
  return t('strip.surprise', { p: chance(token.p), bits: number(bitsOf(token.p), 1) });
}
