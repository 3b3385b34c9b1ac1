/* What the model will really read: rows of the first batches, with the bounds of tokens and texts, and what carries loss. */
import { h, redraw } from '../core/dom.js';
import { sentence, t } from '../core/text.js';
import { unprinted } from '../parts/strip.js';
import { ACCENT } from '../train/recipe.js';
import { count } from '../train/words.js';

const AT_ONCE = 2;

/** ctx: {call, recipe()}. Gives {element, show(readiness or null), draw()}. */
export function rowsOf({ call, recipe }) {
  const root = h('section', { class: 'panel packed', hidden: 'hidden' });
  const body = h('div', { class: 'leaf' });
  const says = h('p', { class: 'hint', role: 'status' });
  const problem = h('p', { class: 'said bad', hidden: 'hidden' });
  let readiness = null;
  let start = 0;
  let turn = 0;
  let rows = [];
  let objective = 'next';

  async function fetch() {
    const mine = ++turn;
    const asked = recipe();
    body.classList.add('old');
    try {
      const found = await call.rows({ recipe: asked, start, count: AT_ONCE });
      if (mine !== turn) return;
      [rows, objective] = [found, asked.objective];
      problem.hidden = true;
      show();
    } catch (error) {
      if (mine !== turn) return;
      problem.hidden = false;
      problem.textContent = error.key ? sentence(error) : t('error.unexpected', { why: error.message });
    }
    body.classList.remove('old');
  }

  function turnTo(to) {
    start = Math.max(0, Math.min(to, readiness.rows - 1));
    fetch();
  }

  function pager() {
    const press = (key, label, to, can) => h('button', { type: 'button', class: 'button', 'data-key': key, 'aria-label': t('tune.' + key), title: t('tune.' + key), disabled: !can, onclick: () => turnTo(to) }, label);
    const last = Math.min(start + rows.length, readiness.rows);
    return h('div', { class: 'time pager' }, press('rows_before', '◀', start - AT_ONCE, start > 0), h('output', {}, t('tune.rows_of', { from: count(start + 1), to: count(last), of: count(readiness.rows) })), press('rows_after', '▶', start + AT_ONCE, last < readiness.rows));
  }

  function show() {
    root.className = `panel packed ${ACCENT[objective]}`;
    says.textContent = summary();
    redraw(body, rows.slice(0, readiness.rows - start).map((row, i) => h('div', { class: 'rowof', role: 'group', 'aria-label': t('tune.row', { n: count(start + i + 1) }) },
      h('b', { 'aria-hidden': true }, count(start + i + 1)),
      h('div', {}, h('p', { class: 'cells', tabindex: '0' }, cells(row.cells)), row.written.length > 0 && [h('h4', {}, t('tune.written')), h('p', { class: 'cells', tabindex: '0' }, cells(row.written))]))));
    redraw(root, h('header', { class: 'over' }, h('div', {}, h('h2', {}, t('tune.rows')), h('p', { class: 'hint' }, t('tune.rows_line.' + objective))), pager()), says, legend(), problem, body);
  }

  /** In words what the colours show. */
  function summary() {
    const all = rows.flatMap((row) => [...row.cells, ...row.written]);
    const texts = rows.reduce((sum, row) => sum + new Set(row.cells.map((c) => c.text_of).filter((n) => n >= 0)).size, 0);
    return t('tune.rows_summary', { places: count(all.length), carry: count(all.filter((c) => c.weight > 0).length), texts: count(texts), padding: count(rows.flatMap((row) => row.cells).filter((c) => c.text_of < 0).length) });
  }

  const legend = () => h('p', { class: 'legend', 'aria-hidden': true },
    h('span', {}, h('i', { class: 'cell loss' }, t('tune.token')), t('tune.carries')),
    objective !== 'next' && objective !== 'span' && h('span', {}, h('i', { class: 'cell hidden' }, t('tune.token')), t('tune.hidden')),
    h('span', {}, h('i', { class: 'bound' }, '2'), t('tune.bound')));

  return {
    element: root,
    show(found) {
      readiness = found;
      root.hidden = !found;
      turn += 1;
      if (found) turnTo(0);
    },
    draw() { if (readiness && rows.length) show(); return root; },
  };
}

/** Tokens one by one; where a text begins its number stands, padding is counted. */
function cells(row) {
  const found = [];
  let text = 0;
  let padding = 0;
  for (const cell of row) {
    if (cell.text_of < 0) { padding += 1; continue; }
    if (cell.text_of > text) { text = cell.text_of; found.push(h('span', { class: 'bound', title: t('tune.text', { n: text + 1 }) }, String(text + 1))); }
    found.push(one(cell));
  }
  if (padding) found.push(h('span', { class: 'padding' }, t(padding > 1 ? 'tune.padding' : 'tune.padding_one', { n: count(padding) })));
  return found;
}

function one({ text, target, weight }) {
  if (!(weight > 0)) return h('span', { class: 'cell' }, visible(text));
  if (text === target) return h('span', { class: 'cell loss', style: { '--heat': heat(weight) } }, visible(text));
  const marker = /^[[<⟨].*[\]>⟩]$/.test(text.trim());
  return h('span', { class: 'cell loss hidden', style: { '--heat': heat(weight) }, title: t(marker ? 'tune.must_say' : 'tune.swapped', { word: target.trim(), given: text.trim() }) }, !marker && h('s', {}, visible(text)), visible(target));
}

const heat = (weight) => Math.max(0.35, weight).toFixed(2);
const visible = (text) => unprinted(text.replace(/\n/g, '↵').replace(/\t/g, '⇥')) || '∅';
