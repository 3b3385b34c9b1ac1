/*
 * A duplicate is the run's own recipe. What the form has no knob for is carried along: said in a line, let go of when
 * a person asks, and wherever the form has come to say something else than it said when it was filled.
 */
import { h } from '../core/dom.js';
import { t } from '../core/text.js';
import { changed, same, valueOf } from './dotted.js';

const PARTS = ['settings', 'size', 'data', 'optimiser', 'lora'];
const OWN = ['title', 'family'];
const KEY = /^(?:(\w+)\.)?[a-z]\w*$/i;
const DOCUMENT = 'document:';
const [MOST, LARGEST, SHOWN] = [60, 600_000, 70];

/** `kept`: {key, told by the run, said by the form}, either absent where that says nothing; `gone`: documents that are no longer here. */
export const NOTHING = { from: '', objective: '', gone: 0, kept: [] };

/** Whether what a browser kept may be believed. */
export const carriable = (v) => typeof v?.from === 'string' && v.from.length <= 200 && typeof v.objective === 'string' && Number.isInteger(v.gone)
  && Array.isArray(v.kept) && v.kept.length <= MOST && v.kept.every((one) => known(one?.key)) && JSON.stringify(v).length <= LARGEST;

function known(key) {
  const [, part] = (typeof key === 'string' && key.match(KEY)) || ['', ''];
  return part === undefined || PARTS.includes(part);
}

/** What a run was told beyond what the form, filled with it, has `made` of it. */
export function carry(from, recipe, made, gone) {
  const [told, said] = [recipe, made].map((one) => Object.fromEntries(flat(one)));
  const kept = Object.keys({ ...said, ...told }).filter((key) => !OWN.includes(key) && !same(told[key], said[key]));
  return { from: from.slice(0, 200), objective: recipe.objective, gone, kept: kept.map((key) => ({ key, told: told[key], said: said[key] })) };
}

const flat = (recipe) => Object.entries(recipe).flatMap(([key, value]) => (PARTS.includes(key) ? Object.entries(value).map(([name, one]) => [`${key}.${name}`, one]) : [[key, value]]));

/** What of it still holds for what the form has `made`; members of a family differ in their objective alone. */
function holding({ objective, kept }, made) {
  if (made.objective !== objective || made.family) return [];
  const found = kept.filter(({ key, said }) => same(said, valueOf(made, key)));
  const paths = found.find(({ key }) => key === 'data.paths')?.told ?? made.data.paths;
  return found.filter(({ key, told }) => key !== 'data.repeat' || told?.length === paths.length);
}

export const withCarried = (carried, made) => changed(made, holding(carried, made).map(({ key, told }) => [key, told]));

/** A recipe of which those documents are left that are still here, and how many are gone. */
export function present(recipe, documents) {
  const here = new Set(documents.map((d) => d.path));
  const { paths, repeat } = recipe.data;
  const stays = paths.map((path) => !path.startsWith(DOCUMENT) || here.has(path));
  const left = (list) => list.filter((_, i) => stays[i]);
  return { left: { ...recipe, data: { ...recipe.data, paths: left(paths), repeat: left(repeat) } }, gone: stays.filter((stay) => !stay).length };
}

export const isDocument = (path) => path.startsWith(DOCUMENT);

/** The line that says what is carried, with a button that lets go of it; nothing where nothing is. */
export function carriedLine(carried, made, drop) {
  const held = holding(carried, made);
  const gone = carried.gone > 0 && carried.objective === made.objective && !made.family;
  if (!held.length && !gone) return null;
  const what = held.map(({ key, told }) => (told === undefined ? t('train.not_set', { key }) : `${key} = ${shown(told)}`)).join(', ');
  return h('p', { class: 'carried hint', role: 'status' },
    [held.length > 0 && t('train.also_kept', { run: carried.from, what }), gone && t('train.carried_gone', { run: carried.from, n: carried.gone })].filter(Boolean).join(' '), ' ',
    h('button', { type: 'button', class: 'plain', 'data-key': 'drop-carried', onclick: drop }, t('train.drop_carried')));
}

function shown(value) {
  const text = Array.isArray(value) ? `[${value.join(', ')}]` : typeof value === 'string' ? value || '“”' : JSON.stringify(value);
  return text.length > SHOWN ? text.slice(0, SHOWN) + '…' : text;
}
