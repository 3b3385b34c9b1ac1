/* Which model? Four questions, and the catalogue in the order in which it answers them, with the reasons. */
import { h, redraw } from '../core/dom.js';
import { latest } from '../core/server.js';
import { bytes, languageName, more, number, percent, sentence, t, within } from '../core/text.js';
import { passportButton } from '../parts/passport.js';
import { titleOf } from '../parts/picker.js';

const KEY = 'pretext.choose';
const TASKS = ['write', 'fill', 'repair', 'draw', 'understand'];
const LICENCES = ['any', 'open', 'commercial'];
const LANGUAGES = ['en', 'fr', 'ar', 'de', 'es', 'hi', 'it', 'pl', 'pt', 'sw', 'tr', 'zh'];
const SIZES = [1, 2, 4, 8, 16, 32];
const GIGA = 1e9;
const FEW = 5;
const OPEN = { language: '', task: '', memory: 0, licence: 'any' };

/** Gives {element, draw()}; nothing is asked of the server before the panel is opened. */
export function chooser({ call, models }) {
  const wish = { ...OPEN, task: 'write', ...kept() };
  let [found, opened] = [null, false];
  const list = h('div', { class: 'ranked', 'aria-live': 'polite' });
  const form = h('div', { class: 'wish' });
  const problem = h('p', { class: 'said', role: 'status' });
  const title = h('b');
  const lead = h('span');
  const element = h('details', { class: 'panel quiet chooser', ontoggle: () => { opened = element.open; if (opened) ask(); } }, h('summary', { 'data-key': 'chooser' }, title, lead), form, list, problem);
  const look = latest(() => call.choose({ ...wish, task: wish.task || null }), (choices) => { found = choices; problem.textContent = ''; rank(); }, (error) => { problem.className = 'said bad'; problem.textContent = error.key ? sentence(error) : t('error.unexpected', { why: error.message }); });
  const ask = () => look();

  function put(changes) {
    Object.assign(wish, changes);
    try { localStorage.setItem(KEY, JSON.stringify(wish)); } catch { /* private mode */ }
    questions();
    ask();
  }

  /** A question of few answers, as buttons. */
  const few = (key, options) => h('div', { class: 'question' }, h('h3', { id: 'ask-' + key }, t('choose.' + key)),
    h('div', { class: 'segments', role: 'group', 'aria-labelledby': 'ask-' + key }, options.map(([value, label]) => h('button', { type: 'button', 'data-key': `wish-${key}-${value}`, 'aria-pressed': String(wish[key] === value), onclick: () => put({ [key]: value }) }, label))));

  /** A question of many, as a menu. */
  function many(key, options) {
    const input = h('select', { 'data-key': 'wish-' + key, 'aria-labelledby': 'ask-' + key, onchange: () => put({ [key]: key === 'memory' ? +input.value : input.value }) }, options.map(([value, label]) => h('option', { value }, label)));
    input.value = String(wish[key]);
    return h('div', { class: 'question' }, h('h3', { id: 'ask-' + key }, t('choose.' + key)), h('div', { class: 'control' }, input));
  }

  function questions() {
    redraw(form,
      few('task', [...TASKS.map((task) => [task, t('choose.' + task)]), ['', t('choose.any')]]),
      many('language', [['', t('choose.any')], ...LANGUAGES.map((code) => [code, languageName(code)])]),
      many('memory', [['0', t('choose.any')], ...SIZES.map((size) => [String(size * GIGA), bytes(size * GIGA).replace(/[.,]0/, '')])]),
      few('licence', LICENCES.map((one) => [one, t('choose.' + one)])));
  }

  function rank() {
    if (!found) return;
    const [fits, fails] = [found.filter((one) => one.fits), found.filter((one) => !one.fits)];
    redraw(list,
      h('h3', {}, t(fits.length ? 'choose.fits' : 'choose.none')),
      fits.length > 0 && h('ol', {}, fits.slice(0, FEW).map(line)),
      fits.length > FEW && rest(fits.slice(FEW), FEW + 1),
      fails.length > 0 && h('details', { class: 'quiet' }, h('summary', {}, t('choose.fails')), h('ul', {}, fails.map(line))),
      h('p', { class: 'not-shown' }, t('choose.cannot')));
  }

  const rest = (some, start) => h('details', { class: 'quiet' }, h('summary', {}, more(some.length)), h('ol', { start }, some.map(line)));

  function line(one) {
    const model = models().find((m) => m.id === one.model);
    const name = model ? titleOf(model) : one.title;
    const reasons = one.reasons.filter((r) => one.fits || r.answer === 'no');
    return h('li', { class: 'ranking' }, h('div', {}, h('b', {}, name), ' ', passportButton(call, one.model, name)),
      h('ul', { class: 'grounds' }, reasons.map((r) => h('li', { class: r.answer }, word(r))), one.measured.map((m) => h('li', { class: 'fact' }, measured(m)))));
  }

  function draw() {
    title.textContent = t('choose.title');
    lead.textContent = t('choose.lead');
    questions();
    rank();
  }
  return { element, draw };
}

function word({ key, facts }) {
  const told = { ...facts };
  if ('size' in told) told.size = bytes(told.size);
  if ('language' in told) told.language = languageName(told.language);
  return t('because.' + key, told);
}

/** As the terminal says it (`lab/saying.py`). */
function measured({ probe, measure, figure }) {
  const shown = (v) => (figure.unit === 'share' ? percent(v) : number(v, 2));
  const value = within(shown, figure);
  const about = [measure && t('measure.' + measure), `n = ${number(figure.items, 0)}`].filter(Boolean).join(', ');
  const what = figure.name === 'drawn' ? '' : languageName(figure.name) + ' ';
  return t('choose.measured', { title: t(`probe.${probe}.title`), figure: `${what}${t('figure.' + figure.key)} ${value} (${about})` });
}

function kept() {
  try {
    const own = JSON.parse(localStorage.getItem(KEY)) || {};
    return Object.fromEntries(Object.keys(OPEN).filter((key) => typeof own[key] === typeof OPEN[key]).map((key) => [key, own[key]]));
  } catch { return {}; }
}
