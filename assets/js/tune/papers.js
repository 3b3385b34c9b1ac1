/* What was read of the documents: a line each, with what was left out and why, what is learnt, and what is held out, by lot or by hand. */
import { h, redraw } from '../core/dom.js';
import { languageName, number, sentence, t } from '../core/text.js';
import { count } from '../train/words.js';

/** Tokens a word from which a tokenizer was not made for a language. */
const HIGH = 2;
const SHOWN = 12;

/** Whether a recipe means this document by what it holds out: its hash, or its name. */
export const isNamed = (paper, name) => name === paper.sha256 || name === paper.name;

/** ctx: {form, set(changes)}. Gives {element, show(readiness or null), draw()}. */
export function papersOf({ form, set }) {
  const root = h('div', { class: 'found' });
  let readiness = null;
  let all = false;

  function draw() {
    root.classList.remove('old');
    if (!readiness) return redraw(root);
    const { papers } = readiness;
    const shown = all ? papers : papers.slice(0, SHOWN);
    const head = ['document', 'language', 'characters', 'tokens', 'per_word', 'side'].map((key) => h('th', { scope: 'col', class: key }, t('tune.column.' + key)));
    return redraw(root,
      h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': t('tune.table') }, h('table', { class: 'papers' }, h('thead', {}, h('tr', {}, head)), h('tbody', {}, shown.map(row)))),
      shown.length < papers.length && h('button', { type: 'button', class: 'plain', 'data-key': 'all', onclick: () => { all = true; draw(); } }, t('tune.show_all', { n: count(papers.length) })),
      h('div', { class: 'sum' }, (readiness.why ? [] : sums()).map((text) => h('p', {}, text)),
        form.held.length > 0 && h('button', { type: 'button', class: 'plain', 'data-key': 'lot', onclick: () => set({ held: [] }) }, t('tune.by_lot'))));
  }

  function row(paper) {
    const shares = readiness.shares.filter((share) => share.name === paper.name);
    const tokens = sum(shares, 'tokens');
    const per = sum(shares, 'words') ? tokens / sum(shares, 'words') : null;
    const language = paper.language ? languageName(paper.language) : t('tune.unclear');
    const cells = paper.why
      ? [h('td', { colspan: 5, class: 'why' }, sentence(paper.why))]
      : [h('td', {}, language), figure('characters', count(paper.characters)), figure('tokens', shares.length ? count(tokens) : '–'),
        figure('per_word', per === null ? '–' : number(per, 2), per !== null && foreign().some(([code]) => code === paper.language) ? ' high' : ''), h('td', { class: 'side' }, side(paper, shares))];
    return h('tr', { class: paper.why ? 'bad' : null }, h('th', { scope: 'row' }, h('span', { class: 'name' }, paper.name), about(paper)), cells);
  }

  /** What was left out of it, and what it is much like: a line each, in words. */
  function about(paper) {
    const lines = [
      ...(paper.like.length ? [t('tune.like', { names: paper.like.slice(0, 3).join(', ') })] : []),
      ...paper.left.map(leftOut)];
    return lines.length > 0 && h('details', { class: 'left' }, h('summary', {}, t(lines.length > 1 ? 'tune.mended' : 'tune.mended_one', { n: lines.length })), h('ul', {}, lines.map((text) => h('li', {}, text))));
  }

  /** What it is for, and the switch by which a person sets it aside for the test. */
  function side(paper, shares) {
    const sides = new Set(shares.map((share) => share.held));
    const copy = !sides.size && !readiness.why && paper.like.length > 0;
    const says = readiness.why ? '' : t('tune.side.' + (copy ? 'copy' : !sides.size ? 'nothing' : sides.size > 1 ? 'both' : sides.has(true) ? 'held' : 'learnt'));
    return [h('span', {}, says), !copy && aside(paper)];
  }

  function aside(paper) {
    const on = form.held.some((name) => isNamed(paper, name));
    return h('button', { type: 'button', class: 'aside', 'data-key': 'held-' + paper.sha256, 'aria-pressed': String(on), 'aria-label': t('tune.hold_out_of', { name: paper.name }), onclick: () => hold(paper) }, t('tune.hold_out'));
  }

  /** Shown at once; which side it is on is told when it has been read anew. */
  function hold(paper) {
    const others = form.held.filter((name) => !isNamed(paper, name));
    set({ held: others.length < form.held.length ? others : [...others, paper.sha256] });
    draw();
  }

  function sums() {
    const { learnt, held, long, by, left, rows, length } = readiness;
    return [
      t('tune.total', { learnt: count(learnt), held: count(held), rows: count(rows), length: count(length) }),
      t('tune.by.' + by),
      ...(long ? [t(long > 1 ? 'tune.long' : 'tune.long_one', { n: count(long), length: count(length) })] : []),
      ...left.map(leftOut),
      ...foreign().map(([code, per]) => t('tune.foreign', { n: number(per, 1), language: languageName(code) }))];
  }

  /** Languages whose words take many tokens: [code, tokens a word]. */
  function foreign() {
    const { papers, shares } = readiness;
    return [...new Set(papers.map((paper) => paper.language).filter(Boolean))].map((code) => {
      const names = new Set(papers.filter((paper) => paper.language === code).map((paper) => paper.name));
      const own = shares.filter((share) => names.has(share.name));
      return [code, sum(own, 'words') ? sum(own, 'tokens') / sum(own, 'words') : 0];
    }).filter(([, per]) => per >= HIGH);
  }

  return { element: root, draw, show(found) { readiness = found; draw(); } };
}

/** A figure, with what it counts for where the table has no head. */
const figure = (key, text, look = '') => h('td', { class: 'n' + look, 'data-unit': t('tune.column.' + key) }, text);
const sum = (shares, name) => shares.reduce((total, share) => total + share[name], 0);
const leftOut = ({ what, count: n, lines }) => t('dropped.' + what, { count: count(n), lines: lines.join(', ') });
