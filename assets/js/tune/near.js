/* “Why does it say that?”: the passages a run learnt that come nearest to what it said. Similar, which is not why. */
import { h, redraw } from '../core/dom.js';
import { sentence, t } from '../core/text.js';
import { passages } from '../parts/passages.js';
import { ALIVE, count } from '../train/words.js';

/** ctx: {call, run}. Gives {element, button(text()), tell(run)}. */
export function nearTo({ call, run }) {
  const element = h('section', { class: 'near', role: 'status', hidden: 'hidden' });
  const buttons = new Set();
  let turn = 0;
  let can = false;

  async function ask(text) {
    const mine = ++turn;
    element.hidden = false;
    redraw(element, h('p', { class: 'hint' }, t('tune.reading')));
    try {
      const found = await call.near({ name: run.name, text: text.slice(0, 2000) });
      if (mine !== turn) return;
      redraw(element,
        h('div', { class: 'asked' }, h('h4', {}, t('near.near', { text })), h('button', { type: 'button', class: 'plain', onclick: close }, t('near.close'))),
        h('p', { class: 'hint' }, t('notice.similar_not_causal')),
        passages(found.passages),
        h('p', { class: 'hint' }, t(found.cut ? 'near.cut' : 'near.of', { n: count(found.of) })));
    } catch (error) {
      if (mine === turn) redraw(element, h('p', { class: 'said' }, error.key ? sentence(error) : t('error.unexpected', { why: error.message })));
    }
  }

  function close() { turn += 1; element.hidden = true; redraw(element); }

  return {
    element,
    /** By a sample; `text` gives what it says now. */
    button(text) {
      const made = h('button', { type: 'button', class: 'plain why', 'data-key': 'near', hidden: !can && 'hidden', onclick: () => ask(text()) }, t('near.why'));
      buttons.add(made);
      return made;
    },
    /** Whoever may change a run may see what it learnt, once it has. */
    tell(now) {
      can = now.mine && Boolean(now.model) && !ALIVE.has(now.state);
      buttons.forEach((one) => { one.hidden = !can; });
    },
  };
}
