/* Make elements. Text always enters as text: nothing here parses HTML. */

/** h('button', {class: 'x', onclick: f, 'aria-pressed': true}, 'label', child, …) */
export function h(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** The same for SVG. */
export function s(tag, attributes = {}, ...children) {
  return fill(document.createElementNS('http://www.w3.org/2000/svg', tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (name === 'style') Object.entries(value).forEach(([k, v]) => element.style.setProperty(k, v));
    else if (name === 'value' || name === 'checked' || name === 'disabled') element[name] = value;
    else element.setAttribute(name, value === true ? 'true' : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Replace what an element holds, keeping the focus on the child that had it (by data-key). */
export function redraw(element, ...children) {
  const held = element.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
  element.replaceChildren(...children.flat(Infinity).filter(Boolean));
  if (held !== undefined) element.querySelector(`[data-key="${CSS.escape(held)}"]`)?.focus({ preventScroll: true });
  return element;
}

export const calm = () => matchMedia('(prefers-reduced-motion: reduce)').matches;

/** Run `f` once things have been quiet for `ms`, unless it is cancelled before. */
export function later(f, ms) {
  let timer = 0;
  const call = (...all) => { clearTimeout(timer); timer = setTimeout(() => f(...all), ms); };
  return Object.assign(call, { cancel: () => clearTimeout(timer) });
}
