/* The documents: given, sent, read; what was read of them is shown by papers.js, their licence by rights.js. */
import { h, later, redraw } from '../core/dom.js';
import { follow, Refusal } from '../core/server.js';
import { bytes, percent, t } from '../core/text.js';
import { segments } from '../parts/controls.js';
import { dropArea } from '../train/drop.js';
import { isFull, makeRoom } from '../train/room.js';
import { joined, send, sentencesOf, suffixOf, tooLarge } from '../train/upload.js';
import { count } from '../train/words.js';
import { galleryOf } from './gallery.js';
import { isNamed, papersOf } from './papers.js';
import { filesOf, pathsOf, pictorial, readingKey, turned } from './recipe.js';
import { rightsOf } from './rights.js';

const REST = 500;

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
  const table = papersOf({ form, set: (changes) => { ctx.set(changes); soon(); } });
  const gallery = galleryOf();
  const rights = rightsOf({ call, form, licences: given.licences, recipe: ctx.recipe, set: ctx.set });
  let known = '';
  let under = null;
  let readiness = null;
  let refused = [];

  const say = (share, words) => { progress.hidden = share === null; bar.style.width = (100 * (share ?? 0)).toFixed(1) + '%'; where.textContent = words; };
  /** What could not be sent stands until something else is; beside it what went wrong since. */
  function complain(...errors) {
    const said = sentencesOf([...refused, ...errors]).map((text) => h('p', {}, text));
    problem.className = said.length ? 'said bad' : 'said';
    redraw(problem, said, isFull(refused) && makeRoom({ call, fail: complain }));
  }

  function set(changes) {
    ctx.set(changes);
    drawChoice();
  }

  async function take(files, passed) {
    if (!files.length) return;
    refused = [];
    complain();
    const other = pictorial(form) ? files.every((file) => isText(file)) : files.every((file) => isPicture(file));
    if (other) ctx.turn(turned(form, !pictorial(form)));
    try {
      const { given: came, refused: left } = await send(call, files, { left: passed, refuse, told: (share, file) => say(share, t('tune.sending', { name: file.name, p: percent(share) })) });
      const all = joined(filesOf(form), came);
      say(null, '');
      if (came.length) keep(all.list);
      refused = [...all.refused, ...left];
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
    if (!pathsOf(form).length) { under?.stop(); [under, known, readiness] = [null, '', null]; say(null, ''); show(null); ctx.ready(null); return; }
    const recipe = ctx.recipe();
    const key = readingKey(recipe);
    if (key === known) return;
    under?.stop();
    known = key;
    ctx.ready(null);
    [table, gallery].forEach((one) => one.element.classList.add('old'));
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
      show(null);
      complain(error);
    }
  }

  function told(item) {
    if (item.papers || item.photos) {
      say(null, '');
      if (item.papers && forgets(item.papers)) return;
      complain(...(item.why ? [item.why] : []));
      show(item);
      ctx.ready(item.why ? null : item);
    } else say(item.of ? item.done / item.of : 0, item.name ? t('tune.reading_one', { name: item.name, n: count(item.done + 1), of: count(item.of) }) : t('tune.counting'));
  }

  /** Documents that were set aside but are no longer there; without them it is read anew. */
  function forgets(papers) {
    const left = form.held.filter((name) => papers.some((paper) => isNamed(paper, name)));
    if (left.length === form.held.length) return false;
    ctx.set({ held: left });
    soon();
    return true;
  }

  function show(item) {
    readiness = item;
    table.show(item?.papers ? item : null);
    gallery.show(item?.photos ? item : null);
    rights.show(item?.photos ? { papers: [{ licence: '' }] } : item);
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
        ? dropArea({ accept: given.pictures.join(','), label: t('tune.drop_pictures'), choose: t('train.choose_files'), folder: t('train.choose_folder'), note: t('tune.picture_formats', { most: bytes(given.largest) }), take })
        : dropArea({ accept: given.suffixes.join(','), label: t('tune.drop'), choose: t('train.choose_files'), folder: t('train.choose_folder'), note: t('tune.formats', { most: bytes(given.largest) }), take }),
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
      redraw(root, title, choice, progress, where, problem, table.draw(), gallery.draw(), rights.draw());
      return root;
    },
    read: soon,
    get found() { return readiness?.why ? null : readiness; },
  };
}
