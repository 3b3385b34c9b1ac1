/* Bars beside one another: the figure as a fill, its interval as a whisker, what knows nothing as a dashed line. */
import { h } from '../core/dom.js';
import { between, bytes, language, number, percent, t, within } from '../core/text.js';

export function bars({ key, bars: all }) {
  const share = all.every((bar) => bar.unit === 'share');
  const most = share ? 1 : Math.max(...all.map((bar) => Math.max(bar.value, bar.high ?? 0))) * 1.02 || 1;
  const place = (v) => (100 * Math.min(1, v / most)).toFixed(2) + '%';
  const several = new Set(all.map((bar) => bar.measure)).size > 1;
  const words = all.map((bar) => `${bar.label[language()]}: ${said(bar)}`).join('; ');
  return h('div', { class: 'long-bars', role: 'img', 'aria-label': `${key ? t('figure.' + key) + '. ' : ''}${words}` }, all.map((bar) => [
    h('div', { class: 'name' }, bar.label[language()], several && bar.measure ? h('span', {}, t('measure.' + bar.measure)) : null),
    h('div', { class: `track ${bar.look}` },
      h('i', { class: 'full', style: { width: place(bar.value) } }),
      bar.low !== null && h('i', { class: 'whisker', style: { left: place(bar.low), width: `calc(${place(bar.high)} - ${place(bar.low)})` } }),
      bar.neutral ? h('i', { class: 'neutral', style: { left: place(bar.neutral) } }) : null),
    h('div', { class: 'value' }, shown(bar.unit, bar.value), bar.low !== null && h('span', {}, between(unit(bar), bar)))]));
}

function shown(unit, v) {
  if (v === null) return '–';
  if (unit === 'share') return percent(v);
  if (unit === 'bytes') return bytes(v);
  return number(v, unit === 'rank' ? 0 : v >= 100 ? 0 : 2);
}

const unit = (bar) => (v) => shown(bar.unit, v);
const said = (bar) => within(unit(bar), bar);
