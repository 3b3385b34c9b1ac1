/* What was found: a line a figure, a mark a model with its interval, the same in a table, and what it does not show. */
import { h, redraw, s } from '../core/dom.js';
import { bytes, language, languageName, number, percent, sentence, t, within } from '../core/text.js';
import { menu } from '../parts/controls.js';
import { passportButton } from '../parts/passport.js';
import { titleOf } from '../parts/picker.js';
import { download, saveJson, savePng, saveSvg } from '../parts/save.js';

const COLOUR = { causal: 'var(--next)', masked: 'var(--masked)', seq2seq: 'var(--noise)' };
const SHAPES = ['M-5,0a5,5 0 1,0 10,0a5,5 0 1,0 -10,0', 'M-4.5,-4.5h9v9h-9z', 'M0,-6L5.5,4.5H-5.5z', 'M0,-6L6,0L0,6L-6,0z', 'M-5.5,-4.5H5.5L0,6z', 'M-5,-2h3v-3h4v3h3v4h-3v3h-4v-3h-3z'];

/** ctx: {call, state, models(), probes()}. Gives {element, draw(found)}. */
export function results({ call, state, models, probes }) {
  const element = h('section', { class: 'panel found-of', hidden: 'hidden' });
  const of = (id) => models().find((m) => m.id === id);
  const label = (row) => named(row, probes().find((p) => p.name === state.probe)?.groups);
  const name = (id) => { const m = of(id); return m ? titleOf(m) : id; };

  function draw(found) {
    const told = found.filter((one) => one.figures);
    element.hidden = !found.length;
    const file = `pretext-lab-${state.probe}`;
    const save = menu({ label: t('save.menu'), help: t('help.save'), items: () => [
      [t('save.json'), () => saveJson(file, told.map((one) => ({ ...one, shows_not: notShown(one.probe) })))], ['CSV', () => download(file + '.csv', new Blob([csv(told)], { type: 'text/csv' }))],
      ['Markdown', () => download(file + '.md', new Blob([markdown(told, name, label)], { type: 'text/markdown' }))],
      [t('save.svg'), () => saveSvg(file, element)], [t('save.png'), () => savePng(file, element)]] });
    const keys = [...new Set(told.flatMap((one) => one.figures.map((f) => f.key)))];
    redraw(element,
      h('header', {}, h('div', {}, h('h2', {}, t(`probe.${state.probe}.title`)), h('p', { class: 'hint' }, t(`probe.${state.probe}.asks`))), told.length > 0 && save),
      found.filter((one) => one.why).map((one) => h('p', { class: 'said bad' }, `${name(one.model)}: ${sentence(one.why)}`)),
      told.length > 0 && [
        h('ul', { class: 'key' }, told.map((one, i) => h('li', {}, mark(i, one), h('b', {}, name(one.model)), h('span', {}, about(one)), passportButton(call, one.model, name(one.model))))),
        keys.map((key) => plot(key, told)),
        h('details', { class: 'quiet' }, h('summary', {}, t('examine.table')), table(told)),
        h('p', { class: 'not-shown' }, h('b', {}, t('examine.not_shown')), ' ', notShown(state.probe))]);
  }

  const mark = (i, one) => s('svg', { width: 16, height: 16, viewBox: '-8 -8 16 16', 'aria-hidden': true }, s('path', { d: SHAPES[i % SHAPES.length], fill: colour(one) }));
  const colour = (one) => COLOUR[of(one.model)?.kind] ?? 'var(--ink)';
  const about = (one) => [one.precision, t('measure.' + one.measure), ...(one.data === 'own' ? [] : [t('examine.from', { data: one.data })]), ...one.notices.map((n) => t('notice.' + n.key, n.facts)), when(one.made)].join(' · ');

  /** Every line a group, every model its mark; the whiskers are 95 % intervals, the dashed line what knows nothing. */
  function plot(key, told) {
    const rows = [...new Set(told.flatMap((one) => one.figures.filter((f) => f.key === key).map((f) => f.name)))];
    const at = (one, row) => one.figures.find((f) => f.key === key && f.name === row && f.value !== null);
    const all = rows.flatMap((row) => told.map((one) => at(one, row)).filter(Boolean));
    if (!all.length) return null;
    const share = all[0].unit === 'share' && all.every((f) => f.value <= 1);
    // Of what may be less than nothing, nothing stands in the middle.
    const below = Math.max(0, ...all.map((f) => -(f.low ?? f.value)));
    const above = Math.max(...all.map((f) => f.high ?? f.value));
    const widest = 1.05 * Math.max(above, below) || 1;
    const most = !share ? widest : below ? Math.min(1, widest) : 1;
    const least = below ? -most : 0;
    const place = (v) => (100 * Math.min(1, (v - least) / (most - least))).toFixed(2) + '%';
    const ticks = [0, 0.25, 0.5, 0.75, 1].map((part) => h('span', { style: { left: 100 * part + '%' } }, shown(all[0].unit, least + part * (most - least))));
    const one = (of_, i, row) => {
      const f = at(of_, row);
      return h('div', { class: 'one', style: { color: colour(of_) }, title: f && `${name(of_.model)}: ${said(f)}` },
        f && f.low !== null && h('i', { class: 'whisker', style: { left: place(f.low), width: `calc(${place(f.high)} - ${place(f.low)})` } }),
        f && h('i', { class: 'mark', style: { left: place(f.value) } }, mark(i, of_)));
    };
    const line = (row) => {
      const neutral = all.find((f) => f.name === row)?.neutral;
      return [h('div', { class: row.includes('/') ? 'name' : 'name whole' }, label(row)),
        h('div', { class: 'track' }, typeof neutral === 'number' ? h('i', { class: 'neutral', style: { left: place(neutral) } }) : null, told.map((of_, i) => one(of_, i, row)))];
    };
    return h('figure', { class: 'chart' }, h('figcaption', {}, h('b', {}, t('figure.' + key))),
      h('div', { class: 'findings', role: 'img', 'aria-label': words(key, rows, told, at) }, h('div', { class: 'name' }), h('div', { class: 'ticks' }, ticks), rows.map(line)));
  }

  const words = (key, rows, told, at) => t('figure.' + key) + '. ' + rows.filter((row) => !row.includes('/')).map((row) => `${label(row)}: ${told.map((one) => { const f = at(one, row); return `${name(one.model)} ${f ? said(f) : '–'}`; }).join(', ')}`).join('; ');

  function table(told) {
    const lines = [...new Map(told.flatMap((one) => one.figures).map((f) => [f.name + ' ' + f.key, f])).values()];
    return h('div', { class: 'scroll' }, h('table', { class: 'figures-of' },
      h('thead', {}, h('tr', {}, h('th', {}), told.map((one) => h('th', { scope: 'col' }, name(one.model))))),
      h('tbody', {}, lines.map((f) => h('tr', {}, h('th', { scope: 'row' }, `${label(f.name)} · ${t('figure.' + f.key)}`),
        told.map((one) => { const mine = one.figures.find((g) => g.name === f.name && g.key === f.key); return h('td', {}, mine ? `${said(mine)} (${number(mine.items, 0)})` : '–'); }))))));
  }
  return { element, draw };
}

/** "en/gender" as a reader says it: the language alone for all of it, the group alone within it. */
function named(row, groups) {
  if (row === 'whole') return t('examine.whole');
  const [first, part] = row.split('/');
  if (!part && /^[a-z]{2}$/.test(first)) return languageName(first);
  const known = t('group.' + (part || first));
  if (known.startsWith('group.')) return groups?.[part]?.[language()] ?? (part ? part.replace(/[_-]/g, ' ') : first);
  return known;
}

function shown(unit, v) {
  if (v === null) return '–';
  if (unit === 'share') return percent(v);
  if (unit === 'bytes') return bytes(v);
  return number(v, ['rank', 'rate', 'words'].includes(unit) ? 0 : 2);
}

const said = (f) => within((v) => shown(f.unit, v), f);
const when = (made) => { try { return new Date(made).toLocaleDateString(document.documentElement.lang); } catch { return made; } };

/** What figures do not show goes with them, wherever they are taken. */
const notShown = (probe) => t(`probe.${probe}.not_shown`);

const COLUMNS = ['name', 'key', 'unit', 'value', 'low', 'high', 'items', 'neutral'];
const quoted = (v) => (/[",\n]/.test(String(v ?? '')) ? `"${String(v).replace(/"/g, '""')}"` : String(v ?? ''));

function csv(told) {
  const rows = told.flatMap((one) => one.figures.map((f) => [one.probe, one.model, one.precision, one.data, one.measure, ...COLUMNS.map((c) => f[c]), one.made, one.digest]));
  return [['probe', 'model', 'precision', 'data', 'measure', ...COLUMNS, 'made', 'digest'], ...rows].map((row) => row.map(quoted).join(',')).join('\n') + '\n';
}

function markdown(told, name, label) {
  const lines = [...new Map(told.flatMap((one) => one.figures).map((f) => [f.name + ' ' + f.key, f])).values()];
  const cell = (one, f) => { const mine = one.figures.find((g) => g.name === f.name && g.key === f.key); return mine ? said(mine) : '–'; };
  return [`| | ${told.map((one) => name(one.model)).join(' | ')} |`, `| --- |${' ---: |'.repeat(told.length)}`,
    ...lines.map((f) => `| ${label(f.name)} · ${t('figure.' + f.key)} | ${told.map((one) => cell(one, f)).join(' | ')} |`), '', notShown(told[0].probe)].join('\n') + '\n';
}
