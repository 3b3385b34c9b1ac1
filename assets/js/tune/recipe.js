/* What a person has set for the next fine-tuning: a preset and what differs from it, kept across reloads. */
import { merge } from '../core/store.js';
import { language, t } from '../core/text.js';
import { carriable, carry, isDocument, NOTHING, present, withCarried } from '../train/carried.js';
import { changed, same, valueOf } from '../train/dotted.js';
import { among, documents, line, MOST_GIVEN, remembered, whole, within, words } from '../train/memory.js';
import { LONGEST_PROMPT, MOST_PROMPTS, MOST_SHOWN, OBJECTIVES, PROMPTS } from '../train/recipe.js';

const KEY = 'pretext.finetune';
const yes = (v) => typeof v === 'boolean';
export const VIEWS = ['loss', 'bits', 'forgets', 'pace', 'tokens'];

/** Settings that the page can change, by their dotted keys, with what may be kept of each. */
const SETTINGS = {
  base: line(300), objective: among(...OBJECTIVES), steps: whole(1, 1e6), rows: whole(1, 4096), weights: among('fp32', 'bf16', 'int8', 'nf4'),
  start: among('trained', 'random'), learns: among('adapter', 'all'), dropout: within(0, 0.9), noise: within(0, 100), recompute: yes,
  patience: whole(0, 1000), keep: among('last', 'best'), precision: among('auto', 'bf16', 'fp32'), seed: whole(0, 2 ** 31 - 1),
  checkpoint_every: whole(1, 1e6), measure_every: whole(1, 1e6), 'data.length': whole(8, 2048), 'data.mirror': yes,
  'lora.rank': whole(1, 256), 'lora.alpha': whole(1, 1024), 'lora.targets': words(20, 60), 'lora.rank_stabilised': yes, 'lora.magnitude': yes,
  'optimiser.name': among('adamw', 'muon', 'adamw8bit'), 'optimiser.rate': within(1e-7, 1), 'optimiser.warmup': whole(0, 100_000), 'optimiser.decay': within(0, 1),
  'optimiser.weight_decay': within(0, 1), 'optimiser.clip': within(0.001, 1000),
};
const changes = (v) => v !== null && typeof v === 'object' && !Array.isArray(v) && Object.entries(v).every(([key, value]) => SETTINGS[key]?.(value));

/** The bounds of what else is kept. */
const FITS = {
  changes, source: among('documents', 'folder', 'example'), folder: line(1000), documents, pictures: documents, licence: line(80), held: words(500, 300),
  prompts: words(MOST_PROMPTS, LONGEST_PROMPT), shown: words(MOST_SHOWN, 100), carried: carriable, chart: among(...VIEWS),
};

export function memory(presets) {
  const known = Object.keys(presets);
  const defaults = { preset: known.includes('balanced') ? 'balanced' : known[0], changes: {}, source: 'documents', folder: '', documents: [], pictures: [], licence: '', held: [], prompts: [], shown: [], carried: NOTHING, chart: VIEWS[0], log10: false };
  return remembered(KEY, defaults, { ...FITS, preset: among(...known) });
}

/** Whether pictures are taught; the presets of either kind have a list of files of its own. */
export const pictorial = (form) => form.preset === 'pictures';
export const filesOf = (form) => (pictorial(form) ? form.pictures : form.documents);

/** The form turned to pictures or to texts: another preset, and no setting that belongs to the other kind. */
export const turned = (form, pictures) => ({ preset: pictures ? 'pictures' : 'balanced', changes: {}, source: form.source === 'folder' ? 'folder' : 'documents' });

/** The whole recipe, what a duplicated run was told beyond the form's knobs with it. */
export const recipeOf = (form, presets, models, reads) => withCarried(form.carried, plain(form, presets, models, reads));

/** What the form itself makes. `models`: those that can be taught; a base that is not here, or cannot be taught so, gives way to one that `reads` the documents' language. */
export function plain(form, presets, models, reads) {
  const recipe = changed(presets[form.preset], Object.entries(form.changes));
  recipe.base = baseOf(recipe, models, reads);
  Object.assign(recipe.data, { paths: pathsOf(form), licence: form.licence, held_out: pictorial(form) ? [] : form.held });
  recipe.prompts = promptsOf(form);
  recipe.title = titleOf(form);
  return recipe;
}

function baseOf({ base, objective }, models, reads) {
  const can = models.filter((m) => m.ready && m.objectives.includes(objective));
  if (!models.length || can.some((m) => m.id === base)) return base;
  return (can.find((m) => m.languages.includes(reads)) ?? can[0])?.id ?? base;
}

export function pathsOf(form) {
  if (form.source === 'example') return ['example:' + language()];
  return form.source === 'folder' ? [form.folder.trim()].filter(Boolean) : filesOf(form).map((d) => d.path);
}

/** The prompts watched: one's own, or beginnings that the example's documents go on with, or the page's. */
export function promptsOf(form) {
  if (pictorial(form)) return [];
  if (form.prompts.length) return form.prompts;
  const texts = window.PRETEXT_TEXTS[language()];
  return (form.source === 'example' ? ['tune.prompt1', 'tune.prompt2', 'tune.prompt3'] : PROMPTS).map((key) => texts[key]);
}

function titleOf(form) {
  const [first] = { example: [t('tune.example_title')], folder: [form.folder.replace(/[\\/]+$/, '').split(/[\\/]/).at(-1)], documents: filesOf(form).slice(0, 1).map((d) => d.title.split('/')[0]) }[form.source];
  return [first, t('tune.preset.' + form.preset)].filter(Boolean).join(' · ').slice(0, 120);
}

/** A run's recipe back in the form: the nearest preset, what differs from it, and what no knob here can say. */
export function refill(form, presets, name, recipe, given) {
  const { left, gone } = present(recipe, given);
  const listed = given.slice(0, MOST_GIVEN);
  const differing = (preset) => Object.fromEntries(Object.entries(SETTINGS).filter(([key, fits]) => fits(valueOf(recipe, key)) && !same(valueOf(recipe, key), valueOf(preset, key))).map(([key]) => [key, valueOf(recipe, key)]));
  const image = recipe.objective === 'image';
  const found = Object.entries(presets).filter(([, one]) => (one.objective === 'image') === image).map(([known, preset]) => [known, differing(preset)]);
  const [preset, differences] = found.reduce((best, one) => (Object.keys(one[1]).length < Object.keys(best[1]).length ? one : best));
  const wanted = { preset, changes: differences, prompts: [...recipe.prompts], licence: recipe.data.licence, held: image ? [] : [...recipe.data.held_out], ...from(recipe.data, image, listed) };
  const filled = merge(form, { ...form, ...wanted, carried: NOTHING }, { ...FITS, preset: among(preset) });
  return { ...filled, carried: carry(name, left, plain(filled, presets, [], ''), gone) };
}

function from({ paths: [path = ''] }, image, given) {
  if (path.startsWith('example:')) return { source: 'example' };
  return given.length || !path || isDocument(path) ? { source: 'documents', [image ? 'pictures' : 'documents']: given } : { source: 'folder', folder: path };
}

/** What of a recipe decides how its documents are read and laid out. */
export const readingKey = ({ base, objective, settings, data, rows, seed }) => JSON.stringify([base, objective, settings, { ...data, licence: '' }, rows, seed]);
