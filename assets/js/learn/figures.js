/* A chart or answers, and where a part has several, a slider that goes through them. */
import { h, redraw } from '../core/dom.js';
import { language, sentence, t } from '../core/text.js';
import { fill } from '../parts/controls.js';
import { exhibit } from './exhibit.js';
import { inline, paragraphs } from './words.js';

/** ctx: {call, lesson, part, place}. Gives {element}. */
export function figures(ctx) {
  const { call, lesson, part, place } = ctx;
  const cases = part.case;
  const shown = h('div', { class: 'shown', 'aria-live': 'polite' });
  const known = new Map();
  let at = 0;
  const element = h('section', { class: 'panel shows', 'data-part': place },
    h('h2', {}, inline(part.title)), part.say && h('div', { class: 'prose' }, paragraphs(part.say)), cases.length > 0 && slider(), shown);

  function slider() {
    const output = h('output', {});
    const input = h('input', { type: 'range', min: 0, max: cases.length - 1, step: 1, value: '0', 'data-key': `case-${place}`, 'aria-label': element_label(), oninput: () => { at = +input.value; word(); look(); } });
    function word() { output.textContent = cases[at].label[language()]; input.setAttribute('aria-valuetext', output.textContent); fill(input); }
    word();
    return h('p', { class: 'cases' }, input, output);
  }

  function element_label() { return part.title[language()].replaceAll('*', ''); }

  async function look(fresh = false) {
    const mine = at;
    if (fresh) known.delete(mine);
    if (!known.has(mine)) {
      if (!shown.children.length) redraw(shown, h('p', { class: 'hint' }, t('wait.model')));
      try { known.set(mine, await call.show({ name: lesson.name, part: place, case: mine })); }
      catch (error) { if (mine === at) redraw(shown, h('p', { class: 'said bad' }, error.key ? sentence(error) : t('error.unexpected', { why: error.message }))); return; }
    }
    if (mine === at) redraw(shown, exhibit({ ...ctx, at: () => mine }, known.get(mine), { again: () => look(true) }));
  }

  look();
  return { element };
}
