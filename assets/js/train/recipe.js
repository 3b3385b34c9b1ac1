/* What a person has set for the next training, kept across reloads, and the recipes that come of it. */
import { merge } from '../core/store.js';
import { language, t } from '../core/text.js';
import { carriable, carry, isDocument, NOTHING, present, withCarried } from './carried.js';
import { among, documents, line, MOST_GIVEN, remembered, whole, within, words } from './memory.js';

export const FAMILY = ['next', 'masked', 'span', 'diffusion'];
export const OBJECTIVES = [...FAMILY, 'image'];
export const ACCENT = { next: 'next', masked: 'masked', span: 'noise', diffusion: 'noise', image: 'noise' };
export const MOST_PROMPTS = 6;
export const MOST_SHOWN = 12;
const KEY = 'pretext.pretrain';
export const LONGEST_PROMPT = 400;
const READERS = ['en', 'fr'];
const RATIO = 0.15;
export const PROMPTS = ['train.prompt1', 'train.prompt2', 'train.prompt3'];

/** Where texts and pictures begin: the recipes that ship. */
function knobsOf(recipe) {
  const { size, data, optimiser } = recipe;
  return {
    layers: size.layers, width: size.width, heads: size.heads, seed: recipe.seed, steps: recipe.steps, rows: recipe.rows,
    length: data.length, vocabulary: data.vocabulary, optimiser: optimiser.name, rate: optimiser.rate, decay: optimiser.decay,
    weightDecay: optimiser.weight_decay, dropout: recipe.dropout, ratio: recipe.settings.ratio ?? RATIO, keep: recipe.checkpoint_every, look: recipe.measure_every, log: recipe.log,
  };
}

export const kindOf = (objective) => (objective === 'image' ? 'image' : 'text');

export function defaults(recipes) {
  return {
    mode: 'family', members: FAMILY, objective: 'next', text: knobsOf(recipes.next), image: knobsOf(recipes.image),
    source: 'own', reads: '', documents: [], folder: '', pictures: 'shapes', prompts: [], shown: [], carried: NOTHING, chart: 'bits', log10: false,
  };
}

/** The bounds of what is kept. */
const FITS = {
  mode: among('family', 'one'), objective: among(...OBJECTIVES), source: among('own', 'documents', 'folder'), reads: among('', ...READERS),
  pictures: among('shapes', 'folder'), chart: among('bits', 'loss', 'pace', 'tokens'), optimiser: among('muon', 'adamw'), log: among('', 'tensorboard'),
  members: (v) => Array.isArray(v) && v.length > 0 && v.every((x) => FAMILY.includes(x)),
  prompts: words(MOST_PROMPTS, LONGEST_PROMPT), shown: words(MOST_SHOWN, 100), folder: line(1000), documents, carried: carriable,
  layers: whole(1, 24), width: whole(32, 1024), heads: whole(1, 16), seed: whole(0, 2 ** 31 - 1), steps: whole(1, 1e7), rows: whole(1, 4096),
  length: whole(8, 2048), vocabulary: whole(300, 65_536), rate: within(1e-6, 1), decay: within(0, 1), weightDecay: within(0, 1), dropout: within(0, 0.9),
  ratio: within(0.01, 0.99), keep: whole(1, 1e7), look: whole(1, 1e7),
};

export const memory = (recipes) => remembered(KEY, defaults(recipes), FITS);

export const reads = (form) => form.reads || language();

/** The prompts watched: one's own, or the page's in the language of the text that is read. */
export const promptsOf = (form) => (form.prompts.length ? form.prompts : PROMPTS.map((key) => window.PRETEXT_TEXTS[reads(form)][key]));

/** The objectives to be trained, and how long in steps they warm up: one in twenty. */
export const chosen = (form) => (form.mode === 'family' ? FAMILY.filter((o) => form.members.includes(o)) : [form.objective]);
const warmup = (steps) => Math.min(500, Math.round(steps / 20));

/** Recipes for what is set, what a duplicated run was told beyond it among them. */
export const recipesOf = (form, given) => plain(form, given).map((made) => withCarried(form.carried, made));

/** What the form itself makes: of a family, recipes that differ in their objective alone. */
export function plain(form, given) {
  const family = form.mode === 'family' ? 'family-' + Math.random().toString(36).slice(2, 8) : '';
  return chosen(form).map((objective) => one(form, given[objective], objective, family));
}

function one(form, base, objective, family) {
  const k = form[kindOf(objective)];
  const image = objective === 'image';
  const hides = objective === 'masked' || objective === 'span';
  return {
    ...base, title: '', objective, family, steps: k.steps, rows: k.rows, seed: k.seed, dropout: k.dropout, log: k.log,
    checkpoint_every: k.keep, measure_every: k.look, prompts: image ? [] : promptsOf(form),
    settings: { ...base.settings, ...(hides ? { ratio: k.ratio } : {}) },
    size: { layers: k.layers, width: k.width, heads: k.heads, seed: k.seed },
    optimiser: { ...base.optimiser, name: k.optimiser, rate: k.rate, warmup: warmup(k.steps), decay: k.decay, weight_decay: k.weightDecay },
    data: { ...base.data, ...(image ? pictures(form) : { paths: paths(form), language: reads(form), vocabulary: k.vocabulary, length: k.length }) },
  };
}

const pictures = (form) => ({ pictures: form.pictures, paths: form.pictures === 'folder' && form.folder ? [form.folder] : [] });
const paths = (form) => ({ own: [], documents: form.documents.map((d) => d.path), folder: [form.folder].filter(Boolean) })[form.source];

const isDefault = ({ prompts, data }) => prompts.join('\n') === PROMPTS.map((key) => window.PRETEXT_TEXTS[data.language][key]).join('\n');

/** A run's recipe back in the form, to be changed and begun anew. `documents`: those of its texts that are still here. */
export function refill(form, given, name, recipe, documents) {
  const { left, gone } = present(recipe, documents);
  const kind = kindOf(recipe.objective);
  const where = kind === 'image' ? drawn(recipe.data) : { ...read(recipe.data, documents.slice(0, MOST_GIVEN)), prompts: isDefault(recipe) ? [] : [...recipe.prompts] };
  // A number beyond what the form can keep stays the form's own there, and is carried along.
  const filled = merge(form, { ...form, mode: 'one', objective: recipe.objective, [kind]: knobsOf(recipe), ...where, carried: NOTHING }, FITS);
  return { ...filled, carried: carry(name, left, plain(filled, given)[0], gone) };
}

function read({ paths, language: reads }, documents) {
  if (!paths.length) return { source: 'own', reads };
  if (documents.length || paths.every(isDocument)) return { source: 'documents', reads, documents };
  return { source: 'folder', reads, folder: paths[0] };
}

const drawn = (data) => (data.pictures === 'folder' ? { pictures: 'folder', folder: data.paths[0] ?? '' } : { pictures: 'shapes' });

/** What stops the start before the server is asked, as the key of a sentence; '' for nothing. */
export function lacks(form) {
  const text = chosen(form).some((o) => o !== 'image');
  if (text && form.source === 'documents' && !form.documents.length) return 'train.lacks_documents';
  if (text && form.source === 'folder' && !form.folder.trim()) return 'train.lacks_folder';
  return !text && form.pictures === 'folder' && !form.folder.trim() ? 'train.lacks_folder' : '';
}

export const nameOf = (objective) => t('train.objective.' + objective);
