/* The documents: given, read, counted; what was left out and why, what is held out, what could not be read. */
import { h, later, redraw } from '../core/dom.js';
import { follow, Refusal } from '../core/server.js';
import { bytes, languageName, number, percent, sentence, t } from '../core/text.js';
import { segments } from '../parts/controls.js';
import { dropArea } from '../train/drop.js';
import { send, suffixOf, tooLarge } from '../train/upload.js';
import { count } from '../train/words.js';
import { galleryOf } from './gallery.js';
import { filesOf, pathsOf, pictorial, readingKey, turned } from './recipe.js';

const REST = 500;
/** Tokens a word from which a tokenizer was not made for a language. */
const HIGH = 2;
const SHOWN = 12;

/** ctx: {call, memory, given, recipe(), can(): whether models are known, set(changes), turn(changes): to the other kind, ready(found or null)}. Gives {element, draw(), read()}. */
export function documentsOf(ctx) {
  const { call, memory, given } = ctx;
  const form = memory.state;
  const root = h('section', { class: 'panel documents', 'aria-label': t('tune.documents') });
  const title = h('h2');
  const choice = h('div', { class: 'choice' });
  const problem = h('div', { class: 'said', role: 'status' });
  const bar = h('i');
  const progress = h('div', { class: 'progress', hidden: 'hidden', 'aria-hidden': true }, bar);
  const where = h('p', { class: 'hint', role: 'status', 'aria-live': 'polite' });
  const found = h('div', { class: 'found' });
  let known = '';
  let under = null;
  let readiness = null;
  let all = false;
  let refused = [];

  const say = (share, words) => { progress.hidden = share === null; bar.style.width = (100 * (share ?? 0)).toFixed(1) + '%'; where.textContent = words; };
  /** What could not be sent stands until something else is; beside it what went wrong since. */
  function complain(...errors) {
    const said = [...refused, ...errors].map((error) => h('p', {}, error.key ? sentence(error) : t('error.unexpected', { why: error.message })));
    problem.className = said.length ? 'said bad' : 'said';
    redraw(problem, said);
  }

  function set(changes) {
    ctx.set(changes);
    drawChoice();
  }

  async function take(files) {
    if (!files.length) return;
    refused = [];
    complain();
    const other = pictorial(form) ? files.every((file) => isText(file)) : files.every((file) => isPicture(file));
    if (other) ctx.turn(turned(form, !pictorial(form)));
    try {
      const { given: came, refused: left } = await send(call, files, { refuse, told: (share, file) => say(share, t('tune.sending', { name: file.name, p: percent(share) })) });
      const fresh = new Set(came.map((d) => d.path));
      say(null, '');
      if (came.length) keep([...filesOf(form).filter((d) => !fresh.has(d.path)), ...came]);
      refused = left;
      complain();
    } catch (error) { say(null, ''); complain(error); }
  }

  const keep = (list) => set({ source: 'documents', [pictorial(form) ? 'pictures' : 'documents']: list });
  const isPicture = (file) => suffixOf(file.name) !== '.zip' && given.pictures.includes(suffixOf(file.name));
  const isText = (file) => suffixOf(file.name) !== '.zip' && given.suffixes.includes(suffixOf(file.name));

  function refuse(file) {
    const suffix = suffixOf(file.name);
    if (pictorial(form) && !given.pictures.includes(suffix)) return new Refusal('picture_kind', { suffix: suffix || '?' });
    if (!pictorial(form) && suffix && !given.suffixes.includes(suffix)) return new Refusal('paper_kind', { name: file.name, suffix });
    return tooLarge(file, given.largest);
  }

  // -- reading ------------------------------------------------------------------

  const soon = later(read, REST);

  /** Read what is set, unless that is what was read last. */
  async function read() {
    if (!ctx.can()) return;
    if (!pathsOf(form).length) { under?.stop(); [under, known, readiness] = [null, '', null]; say(null, ''); redraw(found); ctx.ready(null); return; }
    const recipe = ctx.recipe();
    const key = readingKey(recipe);
    if (key === known) return;
    under?.stop();
    known = key;
    ctx.ready(null);
    found.classList.add('old');
    say(0, t('tune.reading'));
    try {
      const ticket = await call.ready({ recipe });
      if (key !== known) { call.stop(ticket).catch(() => {}); return; }
      under = follow(call, ticket, (items) => { if (key === known) items.forEach(told); });
      await under.done;
    } catch (error) {
      if (key !== known) return;
      known = '';
      say(null, '');
      redraw(found);
      complain(error);
    }
  }

  function told(item) {
    if (item.papers || item.photos) {
      readiness = item;
      say(null, '');
      complain(...(item.why ? [item.why] : []));
      show();
      ctx.ready(item.why ? null : item);
    } else say(item.of ? item.done / item.of : 0, item.name ? t('tune.reading_one', { name: item.name, n: count(item.done + 1), of: count(item.of) }) : t('tune.counting'));
  }

  // -- what was read --------------------------------------------------------------

  function show() {
    found.classList.remove('old');
    if (!readiness) return redraw(found);
    if (readiness.photos) return redraw(found, galleryOf(readiness, { all, more: () => { all = true; show(); } }));
    const { papers } = readiness;
    const shown = all ? papers : papers.slice(0, SHOWN);
    const head = ['document', 'language', 'characters', 'tokens', 'per_word', 'side'].map((key) => h('th', { scope: 'col', class: key }, t('tune.column.' + key)));
    return redraw(found,
      h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': t('tune.table') }, h('table', { class: 'papers' }, h('thead', {}, h('tr', {}, head)), h('tbody', {}, shown.map(row)))),
      shown.length < papers.length && h('button', { type: 'button', class: 'plain', 'data-key': 'all', onclick: () => { all = true; show(); } }, t('tune.show_all', { n: count(papers.length) })),
      !readiness.why && h('div', { class: 'sum' }, sums().map((text) => h('p', {}, text))));
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

  function side(paper, shares) {
    const sides = new Set(shares.map((share) => share.held));
    if (readiness.why) return '';
    if (!sides.size) return t(paper.like.length ? 'tune.side.copy' : 'tune.side.nothing');
    return t(sides.size > 1 ? 'tune.side.both' : sides.has(true) ? 'tune.side.held' : 'tune.side.learnt');
  }

  function sums() {
    const { learnt, held, by, left, rows, length } = readiness;
    return [
      t('tune.total', { learnt: count(learnt), held: count(held), rows: count(rows), length: count(length) }),
      t('tune.by.' + by),
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

  // -- what is given ----------------------------------------------------------------

  function drawChoice() {
    const sources = ['documents', ...(pictorial(form) ? [] : ['example']), ...(given.folders ? ['folder'] : [])];
    const kinds = ['texts', 'pictures'].map((kind) => [kind, t('tune.kind.' + kind)]);
    title.textContent = t(pictorial(form) ? 'tune.pictures' : 'tune.documents');
    redraw(choice,
      h('div', { class: 'kinds' }, segments({ key: 'kind', options: kinds, value: pictorial(form) ? 'pictures' : 'texts', change: (kind) => ctx.turn(turned(form, kind === 'pictures')) })),
      segments({ key: 'documents', options: sources.map((s) => [s, t('tune.source.' + s)]), value: form.source, change: (source) => set({ source }) }),
      { documents: files, folder, example: () => h('p', { class: 'hint' }, t('tune.example_line')) }[form.source]());
    soon();
  }

  function files() {
    return h('div', {},
      pictorial(form)
        ? dropArea({ accept: given.pictures.join(','), label: t('tune.drop_pictures'), choose: t('train.choose_files'), note: t('tune.picture_formats', { most: bytes(given.largest) }), take })
        : dropArea({ accept: given.suffixes.join(','), label: t('tune.drop'), choose: t('train.choose_files'), note: t('tune.formats', { most: bytes(given.largest) }), take }),
      filesOf(form).length > 0 && h('ul', { class: 'givens' }, filesOf(form).map((one) => h('li', {}, h('span', {}, one.title), h('em', {}, bytes(one.bytes)),
        h('button', { type: 'button', class: 'button quiet', 'data-key': 'out-' + one.path, 'aria-label': t('train.leave_out', { title: one.title }), onclick: () => keep(filesOf(form).filter((d) => d.path !== one.path)) }, '×')))));
  }

  function folder() {
    const input = h('input', { type: 'text', class: 'path', value: form.folder, placeholder: t('train.folder_example'), 'aria-label': t('train.folder'), spellcheck: 'false', 'data-key': 'folder', onchange: () => { ctx.set({ folder: input.value.trim() }); soon(); }, oninput: () => { ctx.set({ folder: input.value.trim() }); } });
    return h('div', {}, input, h('p', { class: 'hint' }, t(pictorial(form) ? 'tune.picture_folder_line' : 'tune.folder_line')));
  }

  return {
    element: root,
    /** Anew, in the language of now. */
    draw() {
      root.setAttribute('aria-label', t(pictorial(form) ? 'tune.pictures' : 'tune.documents'));
      drawChoice();
      show();
      redraw(root, title, choice, progress, where, problem, found);
      return root;
    },
    read: soon,
    get found() { return readiness?.why ? null : readiness; },
  };
}

/** A figure, with what it counts for where the table has no head. */
const figure = (key, text, look = '') => h('td', { class: 'n' + look, 'data-unit': t('tune.column.' + key) }, text);
const sum = (shares, name) => shares.reduce((total, share) => total + share[name], 0);
const leftOut = ({ what, count: n, lines }) => t('dropped.' + what, { count: count(n), lines: lines.join(', ') });
