/* A model's passport: where it comes from, what it read, what was measured, and what nobody knows. */
import { h, redraw } from '../core/dom.js';
import { language, more, sentence, t } from '../core/text.js';
import { menu } from './controls.js';
import { download } from './save.js';

const FEW = 6;
const SHOWN = 3;

/** The small button that opens the passport of a model: wherever one is chosen or named. */
export const passportButton = (call, model, title) => h('button', {
  type: 'button', class: 'plain passport-of', 'data-key': 'passport-' + model, 'aria-haspopup': 'dialog',
  'aria-label': `${t('passport.open')}: ${title}`, title: t('passport.help'), onclick: () => openPassport(call, model, title),
}, t('passport.open'));

/** The browser keeps the focus inside a modal dialog, closes it on Escape and gives the focus back. */
function openPassport(call, model, title) {
  const body = h('div', { class: 'inner' }, h('p', { class: 'hint', role: 'status' }, t('passport.reading')));
  const problem = h('p', { class: 'said', role: 'status' });
  const name = h('h2', { id: 'passport-title' }, title);
  const save = menu({ label: t('save.menu'), help: t('help.save'), items: () => ['markdown', 'json'].map((form) => [form === 'json' ? t('save.json') : 'Markdown', () => keep(form)]) });
  const sheet = h('dialog', { class: 'lab lab-sheet passport', 'aria-labelledby': 'passport-title' },
    h('header', {}, name, h('div', { class: 'chips' }, save, h('button', { type: 'button', class: 'button', 'data-key': 'close', onclick: () => sheet.close() }, t('picker.close')))), body, problem);
  sheet.addEventListener('close', () => sheet.remove());
  sheet.addEventListener('click', (e) => { if (e.target === sheet) sheet.close(); });

  async function keep(form) {
    try {
      const text = await call.passport_file({ name: model, form, language: language() });
      const [type, end] = form === 'json' ? ['application/json', 'json'] : ['text/markdown', 'md'];
      download(`${model.replace(/[^\w.-]+/g, '-')}-passport.${end}`, new Blob([text], { type }));
    } catch (error) { fail(error); }
  }

  function fail(error) { problem.className = 'said bad'; problem.textContent = error.key ? sentence(error) : t('error.unexpected', { why: error.message }); }

  document.body.append(sheet);
  sheet.showModal();
  call.passport(model).then((cards) => {
    const card = cards[language()];
    name.textContent = card.title;
    redraw(body, drawn(card));
  }).catch((error) => { redraw(body); fail(error); });
}

/** A card of `lab/passport/card.py`: its words are the server's, in the reader's language, and enter as text. */
export function drawn({ lead, parts, warnings }) {
  return [
    h('p', { class: 'lead-in' }, lead),
    warnings.length > 0 && h('section', { class: 'unknown', 'aria-label': t('passport.warnings') }, h('h3', {}, t('passport.warnings')), h('ul', {}, warnings.map((one) => h('li', {}, one)))),
    parts.map(part)].flat();
}

function part({ key, title, facts, strong, lines, code }) {
  const [first, ...others] = lines;
  const listed = strong ? others : lines;
  return h('section', { class: 'part ' + key }, h('h3', {}, title),
    facts.length > 0 && h('dl', {}, facts.map(([label, value]) => [h('dt', {}, label), h('dd', {}, value)])),
    strong && h('p', {}, h('b', {}, strong), ' ', first),
    listed.length > 0 && listed.length <= FEW && list(listed),
    listed.length > FEW && [list(listed.slice(0, SHOWN)), h('details', { class: 'quiet' }, h('summary', {}, more(listed.length - SHOWN)), list(listed.slice(SHOWN)))],
    code && h('pre', { tabindex: '0' }, code));
}

const list = (lines) => (lines.length === 1 ? h('p', {}, lines[0]) : h('ul', {}, lines.map((line) => h('li', {}, line))));
