/* Sliders, choices and buttons, each with its line of help. They are made once and set often. */
import { h, redraw } from '../core/dom.js';
import { t } from '../core/text.js';

/** A slider that shows its value. `show(value)` words it. */
export function slider({ key, min, max, step = 1, value, show = String, change }) {
  const output = h('output', {}, show(value));
  const input = h('input', {
    type: 'range', min, max, step, value: String(value), 'aria-description': t(`help.${key}`),
    oninput: () => { word(+input.value); change(+input.value); },
  });
  function word(v) { output.textContent = show(v); input.setAttribute('aria-valuetext', show(v)); fill(input); }
  word(value);
  return {
    element: labelled(key, input, output),
    set(v, bounds = {}) {
      Object.entries(bounds).forEach(([k, b]) => input.setAttribute(k, b));
      input.value = String(v);
      word(v);
    },
  };
}

/** How far a slider stands, for the part of its track that is drawn full. */
export function fill(input) {
  const span = input.max - input.min;
  input.style.setProperty('--at', span > 0 ? (input.value - input.min) / span : 0);
}

const labelled = (key, ...inside) => h('label', { class: 'control', 'data-help': t(`help.${key}`) }, h('span', {}, t(`control.${key}`)), inside);

export function select({ key, options, value, change }) {
  const input = h('select', { 'aria-description': t(`help.${key}`), onchange: () => change(input.value) },
    options.map(([v, label]) => h('option', { value: v }, label)));
  input.value = String(value);
  return labelled(key, input);
}

/** Which draw is made: a whole number that can be asked for again. */
export function seedField({ key = 'seed', value, change }) {
  const most = 2 ** 31 - 1;
  const input = h('input', {
    type: 'number', min: 0, max: most, step: 1, value: String(value), 'aria-description': t(`help.${key}`),
    onchange: () => { const v = Math.min(most, Math.max(0, Math.round(+input.value) || 0)); input.value = String(v); change(v); },
  });
  return labelled(key, input);
}

/** Buttons of which one is pressed: [[value, label], …]. */
export function segments({ key, options, value, change }) {
  const press = (v) => { buttons.forEach((b, i) => b.setAttribute('aria-pressed', String(options[i][0] === v))); change(v); };
  const buttons = options.map(([v, text]) => h('button', { type: 'button', 'data-key': `${key}-${v}`, 'aria-pressed': String(v === value), onclick: () => press(v) }, text));
  return h('div', { class: 'segments', role: 'group', 'aria-label': t(`control.${key}`), title: t(`help.${key}`) }, buttons);
}

export function button(key, press, look = '') {
  return h('button', { type: 'button', class: ('button ' + look).trim(), title: t(`help.${key}`), onclick: press }, t(`control.${key}`));
}

/** A small menu under a button; closes on Escape, on a choice and when one turns elsewhere. `items()` is asked at every opening: [text, act], or [text] for what cannot be chosen and why. */
export function menu({ label, help, items }) {
  const list = h('div', { hidden: 'hidden' });
  const opener = h('button', { type: 'button', class: 'chip', title: help, 'aria-expanded': 'false', onclick: () => (list.hidden ? open() : close()) }, label);
  const element = h('div', { class: 'menu', onkeydown: (e) => { if (e.key === 'Escape' && !list.hidden) { e.preventDefault(); back(); } }, onfocusout: (e) => { if (e.relatedTarget && !element.contains(e.relatedTarget)) close(); } }, opener, list);
  const outside = (e) => { if (!element.contains(e.target)) close(); };
  const item = ([text, act]) => h('button', { type: 'button', disabled: !act, onclick: () => { back(); act(); } }, text);
  function open() { redraw(list, items().map(item)); list.hidden = false; opener.setAttribute('aria-expanded', 'true'); list.querySelector('button:enabled')?.focus(); document.addEventListener('pointerdown', outside); }
  function close() { list.hidden = true; opener.setAttribute('aria-expanded', 'false'); document.removeEventListener('pointerdown', outside); }
  function back() { close(); opener.focus(); }
  return element;
}

/** Settings that can wait, behind one quiet line. */
export function more(...controls) {
  return h('details', { class: 'more' }, h('summary', {}, t('control.more')), h('div', { class: 'controls' }, controls));
}
