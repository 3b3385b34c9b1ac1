/* What to ask, and whom: a card a probe, a switch a model. */
import { h, redraw } from '../core/dom.js';
import { language, languageName, t } from '../core/text.js';
import { segments } from '../parts/controls.js';
import { titleOf } from '../parts/picker.js';
import { own } from './own.js';

const MOST = 12;
const FEW = 60;
const BEGINNERS = ['tiny-next-en', 'tiny-masked-en', 'smollm2-135m'];
const OBJECTIVE = { causal: 'next', masked: 'masked', seq2seq: 'noise', unet: 'noise' };

/** Probes that ask all they have, however few one wants. */
const WHOLE = ['languages', 'memorisation'];

/** ctx: {call, most, state, set, models(), probes(), ask(asked), stop()}. Gives {element, draw(busy), data()}: the name of what is asked. */
export function choices({ call, most, state, set, models, probes, ask, stop }) {
  const element = h('section', { class: 'panel' });
  const probe = () => probes().find((p) => p.name === state.probe);
  const mine = own({ call, most, state, set, probe });
  const fits = (m) => m.ready && probe()?.kinds.includes(m.kind);
  const chosen = () => {
    const own = state.models.filter((id) => models().some((m) => m.id === id && fits(m)));
    return own.length ? own : BEGINNERS.filter((id) => models().some((m) => m.id === id && fits(m)));
  };

  function spoken() {
    const all = probe().languages;
    const wanted = state.languages.filter((code) => all.includes(code));
    return wanted.length ? wanted : all.length === 2 ? [language()] : all;
  }

  function card(one) {
    const pressed = one.name === state.probe;
    return h('button', { type: 'button', class: 'card', 'data-key': 'probe-' + one.name, 'aria-pressed': String(pressed), onclick: () => set({ probe: one.name, languages: [] }) },
      h('b', {}, t(`probe.${one.name}.title`)), h('span', {}, t(`probe.${one.name}.asks`)));
  }

  function model(m) {
    const now = chosen();
    const on = now.includes(m.id);
    const press = () => set({ models: on ? now.filter((id) => id !== m.id) : [...now, m.id].slice(-MOST) });
    return h('button', { type: 'button', class: `chip switch ${OBJECTIVE[m.kind]}`, 'data-key': 'model-' + m.id, 'aria-pressed': String(on), onclick: press }, titleOf(m));
  }

  function languages() {
    const all = probe().languages;
    if (all.length < 2 || mine.file()) return null;
    if (all.length > 2) return several(all);
    const now = spoken();
    const options = [...all.map((code) => [code, languageName(code)]), ['all', t('examine.both')]];
    return segments({ key: 'spoken', options, value: now.length > 1 ? 'all' : now[0], change: (code) => set({ languages: code === 'all' ? all : [code] }) });
  }

  /** Of many languages all are asked, or those that are pressed. */
  function several(all) {
    const some = state.languages.filter((code) => all.includes(code));
    const chip = (key, on, label, press) => h('button', { type: 'button', class: 'chip switch', 'data-key': 'spoken-' + key, 'aria-pressed': String(on), onclick: press }, label);
    const one = (code) => {
      const on = some.includes(code);
      const left = on ? some.filter((other) => other !== code) : all.filter((other) => other === code || some.includes(other));
      return chip(code, on, languageName(code), () => set({ languages: left.length < all.length ? left : [] }));
    };
    return h('div', { class: 'switches spoken', role: 'group', 'aria-label': t('examine.languages') },
      chip('all', !some.length, t('examine.all_languages', { n: all.length }), () => set({ languages: [] })), all.map(one));
  }

  /** The base of a model that is chosen, where it can be asked too and is not: for what a fine-tuning changed. */
  function bases() {
    const now = chosen();
    const lacking = new Set(models().filter((m) => now.includes(m.id) && m.base && !now.includes(m.base)).map((m) => m.base));
    const able = models().filter((m) => lacking.has(m.id) && fits(m));
    return able.length > 0 && h('p', { class: 'bases' }, able.map((m) => h('button', { type: 'button', class: 'chip', 'data-key': 'base-' + m.id, onclick: () => set({ models: [m.id, ...now].slice(0, MOST) }) }, t('examine.add_base', { base: titleOf(m) }))),
      h('span', { class: 'hint' }, t('examine.base_hint')));
  }

  function draw(busy) {
    if (!probe()) return redraw(element, h('p', { class: 'hint' }, t('wait.model')));
    const able = models().filter(fits);
    const asked = { models: chosen(), probe: state.probe, languages: spoken(), most: state.few ? FEW : 0, given: mine.file()?.path ?? '' };
    mine.draw();
    const sizes = segments({ key: 'amount', options: [['few', t('examine.few', { n: FEW })], ['all', t('examine.all')]], value: state.few ? 'few' : 'all', change: (v) => set({ few: v === 'few' }) });
    return redraw(element,
      h('h2', {}, t('examine.what')), h('div', { class: 'cards', role: 'group', 'aria-label': t('examine.what') }, probes().map(card)),
      h('h2', {}, t('examine.whom')), h('div', { class: 'switches', role: 'group', 'aria-label': t('examine.whom') }, able.map(model)), bases(), mine.element,
      h('div', { class: 'controls' }, languages(), WHOLE.includes(state.probe) ? null : sizes,
        busy ? h('button', { type: 'button', class: 'button', 'data-key': 'stop', onclick: stop }, t('examine.stop'))
          : h('button', { type: 'button', class: 'button great', 'data-key': 'put', disabled: !asked.models.length, onclick: () => ask(asked) }, t('examine.ask'))),
      h('p', { class: 'hint' }, t('examine.hint')));
  }
  return { element, draw, data: () => mine.file()?.title ?? 'own' };
}
