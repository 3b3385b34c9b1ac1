/* A second model beside the lane's own, asked the very same with the same seed: base and tuned, say. */
import { h } from '../core/dom.js';
import { follow, latest } from '../core/server.js';
import { t } from '../core/text.js';
import { menu } from '../parts/controls.js';
import { titleOf } from '../parts/picker.js';

/** ctx: {store, models}. `changed()` is told of a choice. Gives {element, set, on, id, title, mine, pair(group, groups)}. */
export function second(ctx, { part, objective, changed }) {
  const { store } = ctx;
  const state = () => store.state[part];
  const own = () => state().models[objective()] || '';
  const known = (id) => ctx.models().find((m) => m.id === id);
  const name = (id) => { const found = known(id); return found ? titleOf(found) : id; };
  const fits = (m) => m?.ready && m.objectives.includes(objective()) && m.id !== own();
  const id = () => { const found = state().beside[objective()]; return fits(known(found)) ? found : ''; };

  const choose = (found) => { store.set(part, { beside: { ...state().beside, [objective()]: found } }); set(); changed(); };
  const list = menu({ label: '', help: t('help.beside'), items: () => {
    const base = known(known(own())?.base);
    const others = ctx.models().filter((m) => fits(m) && m.id !== base?.id);
    return [
      ...(id() ? [[t('beside.none'), () => choose('')]] : []),
      ...(base ? [madeFrom(base)] : []),
      ...others.map((m) => [titleOf(m), () => choose(m.id)]),
    ];
  } });
  /** What the lane's own model was made from; where that cannot be asked here, why not. */
  function madeFrom(base) {
    if (fits(base)) return [t('beside.base', { model: titleOf(base) }), () => choose(base.id)];
    return [t(base.ready ? 'beside.base_cannot' : 'beside.base_absent', { model: titleOf(base) })];
  }
  function set() { list.firstChild.textContent = id() ? t('beside.with', { model: name(id()) }) : t('beside.menu'); list.classList.toggle('on', Boolean(id())); }

  set();
  return {
    element: list, set, id,
    get on() { return Boolean(id()); },
    title: () => name(id()),
    mine: () => name(own()),
    /** Distributions of both, each under its model's name; one piece of text may be several to the other model. */
    pair: (mine, theirs) => [{ ...mine, by: name(own()) }, ...theirs.map((group) => ({ ...group, by: name(id()), look: 'second' }))],
  };
}

/** What a second model answers: asked again with every question of the lane, its own answer never in the way. */
export function answer(lane, { ask, about, draw }) {
  let value = null;
  const run = latest(ask, (found) => { value = found; draw(); }, (error) => { value = null; lane.fail(error); }, { about });
  return {
    get value() { return lane.second.on ? value : null; },
    ask() { if (lane.second.on) run(); },
    forget() { value = null; },
  };
}

/** The steps of a second model's prediction, collected while the first one plays. */
export function companion(lane, { call, first, begin, about, draw }) {
  let steps = [];
  let stream = null;
  let turn = 0;
  const before = latest(first, (step) => { if (!stream) { steps = [step]; draw(); } }, lane.fail, { about });
  return {
    /** Its step with this number, or the last that it has come to. */
    at: (number) => (lane.second.on ? steps[Math.min(number, steps.length - 1)] ?? null : null),
    reset() {
      turn += 1;
      stream?.stop();
      [stream, steps] = [null, []];
      if (lane.second.on) before();
    },
    async begin() {
      if (!lane.second.on || stream) return;
      const mine = ++turn;
      try {
        const name = await call.start(begin());
        if (mine !== turn) { call.stop(name).catch(() => {}); return; }
        steps = [];
        stream = follow(call, name, (items) => { if (mine === turn) { steps.push(...items); draw(); } });
        await stream.done;
      } catch (error) { if (mine === turn) lane.fail(error); }
    },
    leave() { turn += 1; stream?.stop(); },
  };
}

/** A place under the lane's own text for what the second model makes of it. */
export function underneath(lane) {
  const head = h('h4', {});
  const strip = h('div', { class: 'strip', role: 'group' });
  const element = h('div', { class: 'underneath', hidden: 'hidden' }, head, strip);
  return {
    element, strip,
    /** Show it or not, with the model's name. */
    set(shown) {
      element.hidden = !shown;
      if (shown) { head.textContent = lane.second.title(); strip.setAttribute('aria-label', t('beside.strip', { model: lane.second.title() })); }
    },
  };
}

/** Where another model's pieces of the text begin inside the piece `x`. */
export const within = (tokens, x) => (tokens ?? []).filter((y) => y.start >= x.start && y.start < x.end);

/** The score that the second model gave to the same piece of the text; none where it cuts it otherwise. */
export function counterparts(tokens) {
  const known = new Map((tokens ?? []).filter((x) => x.start >= 0).map((x) => [`${x.start}-${x.end}`, x]));
  return (x) => known.get(`${x.start}-${x.end}`);
}
