/* What every lane has: a name, one line of explanation, a model picker, a save menu, a place for errors. */
import { h } from '../core/dom.js';
import { menu } from '../parts/controls.js';
import { picker } from '../parts/picker.js';
import { download, saveJson, savePng, saveSvg } from '../parts/save.js';
import { seesPanel } from '../parts/sees.js';
import { second } from './second.js';
import { Refusal } from '../core/server.js';
import { sentence, t } from '../core/text.js';

/**
 * ctx: {call, store, models, refresh, add}; options: {part, look, objective(), data(), changed(), playing()}.
 * Gives {element, main, side, controls, panel, choice, second, fail(error), wait(), tell(notices), ask(prompt, seed, model)}.
 */
export function frame(ctx, { part, look, objective, data, changed, playing }) {
  const { call, store } = ctx;
  const main = h('div');
  const side = h('div', { class: 'side' });
  const controls = h('div', { class: 'controls' });
  const problem = h('p', { class: 'said', role: 'status', 'aria-live': 'polite' });
  const panel = seesPanel(part);
  const name = () => `pretext-lab-${part}`;
  const quietly = (act) => () => Promise.resolve().then(act).catch(fail);
  const choice = picker({
    call, lane: look, objective, models: ctx.models, refresh: ctx.refresh, add: ctx.add,
    current: () => { const s = store.state[part]; return { model: modelOf(s, objective()), precision: s.precision }; },
    change: ({ model, precision }) => { const s = store.state[part]; store.set(part, { models: { ...s.models, [objective()]: model }, precision }); changed(); },
  });
  const save = menu({ label: t('save.menu'), help: t('help.save'), items: () => [
    [t('save.json'), quietly(() => saveJson(name(), data()))],
    [t('save.svg'), quietly(() => saveSvg(name(), element))],
    [t('save.png'), quietly(() => savePng(name(), element))],
    ...(playing ? [[t('save.film'), quietly(saveFilm)]] : []),
  ] });
  const other = second(ctx, { part, objective, changed: () => changed() });
  const element = h('section', { class: `lane ${look}`, 'aria-label': t(`lane.${part}.title`), id: `lane-${part}` },
    h('header', {},
      h('div', {}, h('h2', {}, t(`lane.${part}.title`)), h('p', {}, t(`lane.${part}.line`))),
      h('div', { class: 'tools' }, other.element, save, choice.element)),
    h('div', { class: 'body' }, main, side), problem, panel.element);

  async function saveFilm() {
    if (!playing()) throw new Refusal('nothing_to_save');
    const film = await call.film({ name: playing(), format: 'gif', objective: objective(), dark: document.documentElement.dataset.theme === 'dark' });
    download(name() + '.gif', await (await fetch(film)).blob());
  }

  function fail(error) {
    if (!error.key) console.error(error);
    problem.className = 'said bad';
    problem.textContent = error.key ? sentence(error) : t('error.unexpected', { why: error.message });
  }
  return {
    element, main, side, controls, panel, fail, second: other,
    /** The names of the models in use. */
    choice: { set() { choice.set(); other.set(); } },
    /** Notices are true sentences that are not errors: a text cut at the context, say. */
    legend: () => t('beside.legend', { mine: other.mine(), other: other.title() }),
    wait() { problem.className = 'said'; problem.textContent = t('wait.model'); },
    tell(notices = []) { problem.className = 'said'; problem.textContent = notices.map((n) => t('notice.' + n.key, n.facts)).join(' '); },
    ask(prompt, seed = 0, model = modelOf(store.state[part], objective())) {
      const s = store.state[part];
      if (!model) throw new Refusal('no_model');
      return { model, objective: objective(), precision: s.precision, size: s.size.layers ? s.size : null, prompt, seed };
    },
  };
}

export const modelOf = (state, objective) => state.models[objective] || '';

/** Tell whoever measures that a lane has been redrawn for an input that came at `since`. */
export function drawn(lane, since) { dispatchEvent(new CustomEvent('pretext:drawn', { detail: { lane, ms: performance.now() - since } })); }
