/* What a run was really told and made of: its recipe, its surroundings, its tokenizer. */
import { h, redraw } from '../core/dom.js';
import { bytes, sentence, t } from '../core/text.js';
import { drawStrip } from '../parts/strip.js';
import { download } from '../parts/save.js';
import { count } from './words.js';

export function configuration(call, run, story) {
  const tokens = h('div', { class: 'cut' });
  if (run.objective !== 'image') call.tokens({ name: run.name }).then((found) => cut(tokens, found), (error) => redraw(tokens, error.key ? sentence(error) : ''));
  const whole = { run: run.name, recipe: story.recipe, about: story.about };
  return h('div', { class: 'configuration' }, tokens,
    table(t('train.recipe'), story.recipe, true),
    Object.keys(story.about).length > 0 && table(t('train.about_run'), story.about, false),
    h('button', { type: 'button', class: 'plain', onclick: () => download(run.name + '.json', new Blob([JSON.stringify(whole, null, 1)], { type: 'application/json' })) }, t('save.json')));
}

/** The tokenizer: its size, and the first sentence in its pieces. */
function cut(root, found) {
  if (!found) return redraw(root, h('p', { class: 'hint' }, t('train.no_tokenizer')));
  const strip = h('p', { class: 'strip cutting', role: 'group', 'aria-label': t('train.tokenizer') });
  drawStrip(strip, found.cut.map((text) => ({ text, state: 'given', start: 0 })), { label: (x) => x.text });
  return redraw(root, h('h4', {}, t('train.tokenizer')),
    h('p', { class: 'hint' }, t(found.documents ? 'train.tokenizer_line' : 'train.tokenizer_alone', { n: count(found.vocabulary), documents: count(found.documents), train: count(found.train), held: count(found.held), size: bytes(found.bytes) })), strip);
}

function table(title, values, open) {
  const rows = flat(values).map(([key, value]) => h('tr', {}, h('th', { scope: 'row' }, key), h('td', {}, value)));
  return h('details', { class: 'quiet', open: open || null }, h('summary', {}, h('b', {}, title)), h('div', { class: 'scroll', tabindex: '0' }, h('table', {}, h('tbody', {}, rows))));
}

/** Nested values under dotted keys, as `--set` of the command line takes them. */
function flat(values, before = '') {
  return Object.entries(values ?? {}).flatMap(([key, value]) => {
    const name = before + key;
    if (value && typeof value === 'object' && !Array.isArray(value)) return flat(value, name + '.');
    if (Array.isArray(value) && value.some((x) => x && typeof x === 'object')) return value.flatMap((x, i) => flat(x, `${name}.${i}.`));
    return [[name, Array.isArray(value) ? value.join(' | ') : String(value ?? '')]];
  });
}
