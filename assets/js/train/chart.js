/* Lines over steps, in an SVG that is made once and then only moved: nothing flickers, nothing is smoothed. */
import { h, redraw, s } from '../core/dom.js';

const [HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [210, 52, 12, 10, 24];
const DASHES = ['', '7 4', '2 3', '10 3 2 3', '1 4'];

/**
 * series: [{key, name, color, dash, points: [[x, y], …], band: [[x, low, high], …], value}]. options: {format(y), log, zero, far: the last step there will be}.
 * Gives {element, draw(series, options)}.
 */
export function chart(title, note = '') {
  const svg = s('svg', { class: 'plot', height: HEIGHT, 'aria-hidden': true });
  const [grid, body, hair] = [s('g', { class: 'axes' }), s('g', {}), s('line', { class: 'hair', y1: TOP, y2: HEIGHT - BOTTOM, visibility: 'hidden' })];
  const legend = h('div', { class: 'legend', 'aria-hidden': true });
  const words = h('p', { class: 'unseen' });
  const element = h('figure', { class: 'chart' }, h('figcaption', {}, h('b', {}, title), note && h('span', {}, note)), svg, legend, words);
  const paths = new Map();
  let last = null;
  let spoken = 0;
  svg.append(grid, body, hair);
  svg.addEventListener('pointermove', (e) => point(e.clientX - svg.getBoundingClientRect().left));
  svg.addEventListener('pointerleave', () => { hair.setAttribute('visibility', 'hidden'); if (last) tell(null); });
  new ResizeObserver(() => { if (last) draw(last.series, last.options); }).observe(svg);

  function draw(series, options) {
    const width = Math.max(160, svg.clientWidth || 480);
    const scale = scales(series, options, width);
    last = { series, options, scale, width };
    axes(scale, options, width);
    const live = new Set();
    for (const one of series) {
      if (one.band?.length) place(one.key + ' band', live, { class: 'band', fill: one.color, d: area(one.band, scale) });
      place(one.key, live, { class: 'curve', stroke: one.color, 'stroke-dasharray': DASHES[one.dash % DASHES.length], 'stroke-width': one.thin ? 1.2 : 2.2, opacity: one.thin ? 0.6 : 1, d: line(one.points, scale) });
    }
    for (const [key, path] of paths) if (!live.has(key)) { path.remove(); paths.delete(key); }
    tell(null);
    summary(series, options);
  }

  function place(key, live, attributes) {
    live.add(key);
    if (!paths.has(key)) paths.set(key, body.appendChild(s('path', {})));
    const path = paths.get(key);
    for (const [name, value] of Object.entries(attributes)) if (path.getAttribute(name) !== String(value)) path.setAttribute(name, value);
  }

  function axes({ x, y, xs, ys }, { format }, width) {
    redraw(grid,
      ys.map((v) => [s('line', { x1: LEFT, x2: width - RIGHT, y1: y(v), y2: y(v) }), s('text', { x: LEFT - 8, y: y(v) + 4, 'text-anchor': 'end' }, format(v))]),
      xs.map((v) => s('text', { x: x(v), y: HEIGHT - 6, 'text-anchor': x(v) > width - 40 ? 'end' : 'middle' }, short(v))));
  }

  function point(at) {
    if (!last?.series.length) return;
    const { x, back } = last.scale;
    const step = Math.max(0, back(at));
    hair.setAttribute('visibility', 'visible');
    hair.setAttribute('x1', x(step));
    hair.setAttribute('x2', x(step));
    tell(step);
  }

  /** Beside each name what it says: at the pointer, or last. */
  function tell(step) {
    const { series, options } = last;
    redraw(legend, series.map((one) => {
      const found = step === null ? one.points.at(-1) : nearest(one.points, step);
      return h('span', {}, key(one), one.name, h('output', {}, found ? options.format(found[1]) + (step === null ? '' : ` · ${short(found[0])}`) : '–'));
    }));
  }

  /** For readers who hear the page: at most every five seconds. */
  function summary(series, { format, words: say }) {
    if (performance.now() - spoken < 5000 && spoken) return;
    spoken = performance.now();
    words.textContent = series.filter((one) => one.points.length).map((one) => say({ name: one.name, first: format(one.points[0][1]), from: short(one.points[0][0]), last: format(one.points.at(-1)[1]), to: short(one.points.at(-1)[0]) })).join(' ');
  }

  return { element, draw };
}

const key = (one) => s('svg', { width: 22, height: 8 }, s('line', { x1: 0, x2: 22, y1: 4, y2: 4, stroke: one.color, 'stroke-width': one.thin ? 1.2 : 2.4, opacity: one.thin ? 0.6 : 1, 'stroke-dasharray': DASHES[one.dash % DASHES.length] }));
const nearest = (points, step) => points.reduce((best, p) => (!best || Math.abs(p[0] - step) < Math.abs(best[0] - step) ? p : best), null);
const short = (v) => (v >= 1e4 ? v / 1e3 + 'k' : String(Math.round(v)));

function scales(series, { log, zero, far }, width) {
  const ends = series.flatMap((one) => [...one.points.map((p) => p[1]), ...(one.band ?? []).flatMap(([, a, b]) => [a, b])]).filter(Number.isFinite);
  const last = Math.max(far ?? 1, ...series.map((one) => one.points.at(-1)?.[0] ?? 0));
  let [low, high] = ends.length ? [Math.min(...ends, ...(zero ? [0] : [])), Math.max(...ends)] : [0, 1];
  if (high - low < 1e-12) [low, high] = [low - Math.abs(low) * 0.1 - 1e-9, high + Math.abs(high) * 0.1 + 1e-9];
  const ys = ticks(low, high, 4);
  [low, high] = [Math.min(low, ys[0]), Math.max(high, ys.at(-1))];
  const [to, from] = log ? [(v) => Math.log10(v + 1), (v) => 10 ** v - 1] : [(v) => v, (v) => v];
  const [room, tall] = [width - LEFT - RIGHT, HEIGHT - TOP - BOTTOM];
  return {
    x: (v) => LEFT + room * to(v) / to(last), back: (px) => from((px - LEFT) / room * to(last)),
    y: (v) => TOP + tall * (1 - (v - low) / (high - low)), ys, xs: log ? tens(last) : ticks(0, last, Math.min(5, last)).filter((v) => v <= last),
  };
}

const tens = (far) => [0, ...Array.from({ length: 8 }, (_, i) => 10 ** i).filter((v) => v < far * 0.75), far];

function ticks(low, high, wanted) {
  const rough = (high - low) / wanted;
  const ten = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((m) => m * ten).find((v) => v >= rough) ?? rough;
  const first = Math.ceil(low / step - 1e-9);
  return Array.from({ length: Math.floor(high / step + 1e-9) - first + 1 }, (_, i) => (first + i) * step);
}

const line = (points, { x, y }) => points.map(([a, b], i) => `${i ? 'L' : 'M'}${x(a).toFixed(1)} ${y(b).toFixed(1)}`).join('');
const area = (band, { x, y }) => `M${band.map(([a, , high]) => `${x(a).toFixed(1)} ${y(high).toFixed(1)}`).join('L')}L${[...band].reverse().map(([a, low]) => `${x(a).toFixed(1)} ${y(low).toFixed(1)}`).join('L')}Z`;
