/* Sliders, choices and buttons, each with its line of help. They are made once and set often. */
import { h } from '../core/dom.js';
import { t } from '../core/text.js';

/** A slider that shows its value. `show(value)` words it. */
export function slider({ key, min, max, step = 1, value, show = String, change }) {
  const output = h('output', {}, show(value));
  const input = h('input', {
    type: 'range', min, max, step, value: String(value), 'aria-describedby': 'help-' + key,
    oninput: () => { output.textContent = show(+input.value); input.setAttribute('aria-valuetext', show(+input.value)); change(+input.value); },
  });
  input.setAttribute('aria-valuetext', show(value));
  const element = h('label', { class: 'control', 'data-help': t(`help.${key}`) },
    h('span', {}, t(`control.${key}`)), input, output,
    h('span', { class: 'unseen', id: 'help-' + key }, t(`help.${key}`)));
  return {
    element,
    set(v, bounds = {}) {
      Object.entries(bounds).forEach(([k, b]) => input.setAttribute(k, b));
      input.value = String(v); output.textContent = show(v); input.setAttribute('aria-valuetext', show(v));
    },
  };
}

export function select({ key, options, value, change }) {
  const input = h('select', { 'aria-description': t(`help.${key}`), onchange: () => change(input.value) },
    options.map(([v, label]) => h('option', { value: v }, label)));
  input.value = String(value);
  return h('label', { class: 'control', 'data-help': t(`help.${key}`) }, h('span', {}, t(`control.${key}`)), input);
}

export function numberField({ key, min, max, value, change }) {
  const input = h('input', { type: 'number', min, max, step: 1, value: String(value), 'aria-description': t(`help.${key}`),
    onchange: () => { const v = Math.min(max, Math.max(min, Math.round(+input.value) || 0)); input.value = String(v); change(v); } });
  return h('label', { class: 'control', 'data-help': t(`help.${key}`) }, h('span', {}, t(`control.${key}`)), input);
}

/** Buttons of which one is pressed: [[value, label], …]. */
export function segments({ label, options, value, change }) {
  const buttons = options.map(([v, text]) => h('button', { type: 'button', 'data-value': v, 'aria-pressed': String(v === value), onclick: () => { set(v); change(v); } }, text));
  function set(v) { buttons.forEach((b) => b.setAttribute('aria-pressed', String(b.dataset.value === String(v)))); }
  return { element: h('div', { class: 'segments', role: 'group', 'aria-label': label }, buttons), set };
}

export function button(key, press, look = '') {
  return h('button', { type: 'button', class: ('button ' + look).trim(), title: t(`help.${key}`), onclick: press }, t(`control.${key}`));
}

/** A small menu under a button; closes on Escape, on a choice and on a click elsewhere. */
export function menu(label, items) {
  const list = h('div', { hidden: 'hidden' }, items.map(([text, act]) => h('button', { type: 'button', onclick: () => { close(); act(); } }, text)));
  const opener = h('button', { type: 'button', class: 'chip', 'aria-expanded': 'false', onclick: () => (list.hidden ? open() : close()) }, label);
  const element = h('div', { class: 'menu', onkeydown: (e) => { if (e.key === 'Escape') { close(); opener.focus(); } } }, opener, list);
  const outside = (e) => { if (!element.contains(e.target)) close(); };
  function open() { list.hidden = false; opener.setAttribute('aria-expanded', 'true'); list.querySelector('button')?.focus(); document.addEventListener('pointerdown', outside); }
  function close() { list.hidden = true; opener.setAttribute('aria-expanded', 'false'); document.removeEventListener('pointerdown', outside); }
  return element;
}

/** Settings that can wait, behind one quiet line. */
export function more(...controls) {
  return h('details', { class: 'more' }, h('summary', {}, t('control.more')), h('div', { class: 'controls' }, controls));
}
