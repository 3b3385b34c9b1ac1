/* One probe, several models side by side: asked, compared, kept. */
import { h, redraw } from '../core/dom.js';
import { whenShown, wished } from '../core/pages.js';
import { door, follow } from '../core/server.js';
import { onLanguage, sentence, t } from '../core/text.js';
import { choices } from '../examine/choices.js';
import { chooser } from '../examine/chooser.js';
import { results } from '../examine/results.js';

const KEY = 'pretext.examine';
const DEFAULTS = { probe: 'minimal-pairs', languages: [], models: [], few: true, files: {} };

export function mount(root, { server, given }) { whenShown('examine', () => begin(root, door(server), given)); }

function begin(root, call, given) {
  const state = { ...DEFAULTS, ...kept() };
  let [models, probes, found, stream] = [[], [], [], null];
  const said = h('p', { class: 'said', role: 'status', 'aria-live': 'polite' });
  const bars = h('div', { class: 'asking' });
  const set = (changes) => { Object.assign(state, changes); try { localStorage.setItem(KEY, JSON.stringify(state)); } catch { /* private mode */ } draw(); };
  const form = choices({ call, most: given.largest, state, set, models: () => models, probes: () => probes, ask, stop });
  const which = chooser({ call, models: () => models });
  const shown = results({ call, state, models: () => models, probes: () => probes });

  function draw() {
    form.draw(Boolean(stream));
    shown.draw(found.filter((one) => one.probe === state.probe && one.data === form.data()));
  }

  function fail(error) { said.className = 'said bad'; said.textContent = error.key ? sentence(error) : t('error.unexpected', { why: error.message }); }

  async function ask(asked) {
    said.className = 'said';
    said.textContent = '';
    const lines = new Map(asked.models.map((id) => [id, line(id)]));
    const data = form.data();
    redraw(bars, [...lines.values()].map(({ element }) => element));
    try {
      stream = follow(call, await call.examine(asked), (items) => items.forEach((item) => take({ data, ...item }, lines)));
      draw();
      await stream.done;
    } catch (error) { fail(error); }
    stream = null;
    redraw(bars);
    draw();
  }

  function take(item, lines) {
    if ('total' in item) return lines.get(item.model)?.tell(item);
    lines.get(item.model)?.tell({ done: 1, total: 1 });
    // What is found anew stands in the place of what was found before of the same model.
    found = [item, ...found.filter((one) => about(one) !== about(item))];
    return draw();
  }

  function line(id) {
    const bar = h('i');
    const name = models.find((m) => m.id === id)?.title ?? id;
    const element = h('div', {}, h('span', {}, name), h('div', { class: 'progress', 'aria-hidden': true }, bar));
    return { element, tell({ done, total }) { bar.style.width = (100 * done / total).toFixed(1) + '%'; } };
  }

  function stop() { stream?.stop(); }

  async function load() {
    [models, probes] = await Promise.all([call.models(), call.probes()]);
    if (!probes.some((p) => p.name === state.probe)) state.probe = DEFAULTS.probe;
    const before = given.home ? await call.findings() : [];
    const seen = new Set();
    found = before.filter((one) => !seen.has(about(one)) && seen.add(about(one)));
  }

  function place() {
    redraw(root, h('div', { class: 'desk examine', role: 'main', id: 'main-examine' },
      h('div', { class: 'ask' }, h('h1', {}, t('examine.title'))), which.element, form.element, bars, said, shown.element));
    which.draw();
    draw();
  }

  /** A lesson may have set this page up; it asks the lab's own questions. */
  function prepare() { const wish = wished('examine'); if (wish) set({ files: {}, ...wish }); }

  addEventListener('pretext:page', (e) => { if (e.detail === 'examine') prepare(); });
  load().catch(fail).finally(() => { place(); prepare(); document.documentElement.dataset.ready = 'true'; });
  onLanguage(place);
}

const about = (one) => [one.probe, one.model, one.data].join(' ');

function kept() { try { return JSON.parse(localStorage.getItem(KEY)) || {}; } catch { return {}; } }
