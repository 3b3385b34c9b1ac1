/* What the models read: the lab's own stories, one's own files, a folder; and what they are asked as they grow. */
import { h, redraw } from '../core/dom.js';
import { bytes, languageName, percent, t } from '../core/text.js';
import { segments } from '../parts/controls.js';
import { Refusal } from '../core/server.js';
import { dropArea } from './drop.js';
import { MOST_PROMPTS, promptsOf, reads } from './recipe.js';
import { isFull, makeRoom } from './room.js';
import { joined, send, sentencesOf, tooLarge } from './upload.js';

const LARGEST = 32_000_000;
const PLAIN = /\.(txt|md|text)$/i;

/** The choice of data, for texts or for pictures. `set(changes)` keeps and redraws what depends on them. */
export function dataOf({ call, form, set, folders, text }) {
  const root = h('div', { class: 'choice' });
  const problem = h('p', { class: 'said', role: 'status' });

  function draw() {
    redraw(root, text ? textual() : pictorial());
    return root;
  }

  function textual() {
    const options = ['own', 'documents', ...(folders ? ['folder'] : [])];
    return [
      segments({ key: 'source', options: options.map((o) => [o, t('train.source.' + o)]), value: form.source, change: (source) => { set({ source }); draw(); } }),
      { own, documents, folder }[form.source]()];
  }

  function pictorial() {
    const options = ['shapes', ...(folders ? ['folder'] : [])];
    return [
      segments({ key: 'source', options: options.map((o) => [o, t('train.pictures.' + o)]), value: form.pictures, change: (pictures) => { set({ pictures }); draw(); } }),
      form.pictures === 'folder' ? folder() : h('p', { class: 'hint' }, t('train.shapes_line'))];
  }

  function own() {
    const choose = (language) => { set({ reads: language }); draw(); };
    return h('div', { class: 'controls' },
      segments({ key: 'reads', options: ['en', 'fr'].map((l) => [l, languageName(l)]), value: reads(form), change: choose }),
      h('span', { class: 'hint' }, t('train.own_line')));
  }

  function folder() {
    const input = h('input', { type: 'text', class: 'path', value: form.folder, placeholder: t('train.folder_example'), 'aria-label': t('train.folder'), spellcheck: 'false', 'data-key': 'folder', oninput: () => set({ folder: input.value.trim() }) });
    return h('div', {}, input, h('p', { class: 'hint' }, t(text ? 'train.folder_line' : 'train.picture_folder_line')));
  }

  function documents() {
    const place = dropArea({ accept: '.txt,.md,.text,text/plain,text/markdown', label: t('train.drop'), choose: t('train.choose_files'), folder: t('train.choose_folder'), take });
    return h('div', {}, place, problem, h('ul', { class: 'papers' }, form.documents.map(paper)));
  }

  const paper = (one) => h('li', {}, h('span', {}, one.title), h('em', {}, bytes(one.bytes)),
    h('button', { type: 'button', class: 'button quiet', 'aria-label': t('train.leave_out', { title: one.title }), onclick: () => { set({ documents: form.documents.filter((d) => d.path !== one.path) }); draw(); } }, '×'));

  function complain(errors) {
    problem.className = errors.length ? 'said bad' : 'said';
    redraw(problem, sentencesOf(errors).map((text) => h('p', {}, text)), isFull(errors) && makeRoom({ call, fail: (error) => complain([error]) }));
  }

  async function take(files, left) {
    if (!files.length) return;
    complain([]);
    try {
      const { given, refused } = await send(call, files, { left, refuse, told: (share) => { problem.textContent = t('train.sending', { p: percent(share) }); } });
      const all = joined(form.documents, given);
      set({ documents: all.list });
      draw();
      complain([...all.refused, ...refused]);
    } catch (error) { complain([error]); }
  }

  return { element: draw(), draw };
}

const refuse = (file) => (PLAIN.test(file.name) ? tooLarge(file, LARGEST) : new Refusal('document_kind', { title: file.name }));

/**
 * Up to six prompts, each a line to be edited; [MASK] is where a word is to be found.
 * `current()` gives them, `more(draw)` buttons beside.
 */
export function promptsField({ form, set, current = () => promptsOf(form), more: beside = () => null }) {
  const root = h('div', { class: 'prompts' });
  const keep = () => set({ prompts: [...root.querySelectorAll('input')].map((i) => i.value.slice(0, 400)).filter((v) => v.trim()) });

  function line(text, i) {
    const input = h('input', { type: 'text', class: 'line', value: text, maxlength: 400, spellcheck: 'false', 'aria-label': t('train.prompt', { n: i + 1 }), 'data-key': 'prompt-' + i, onchange: keep });
    const out = h('button', { type: 'button', class: 'button quiet', 'aria-label': t('train.leave_out', { title: text }), onclick: () => { input.value = ''; keep(); draw(); } }, '×');
    return h('div', {}, input, out);
  }

  function draw(more = false) {
    const texts = current();
    const room = texts.length < MOST_PROMPTS;
    redraw(root, h('p', { class: 'hint' }, t('train.prompts_line')), texts.map(line), more && room && line('', texts.length),
      h('div', { class: 'controls' },
        room && h('button', { type: 'button', class: 'button', 'data-key': 'add', onclick: () => { draw(true); [...root.querySelectorAll('input')].at(-1).focus(); } }, t('train.add_prompt')),
        form.prompts.length > 0 && h('button', { type: 'button', class: 'button quiet', 'data-key': 'default', onclick: () => { set({ prompts: [] }); draw(); } }, t('train.default_prompts')), beside(draw)));
    return root;
  }
  return { element: draw(), draw };
}
