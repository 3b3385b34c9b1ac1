/* The licence of the documents, as their owner states it, beside that of the base: what is known to conflict, in words. */
import { h, redraw } from '../core/dom.js';
import { language, t } from '../core/text.js';

const OTHER = 'other';
const LONGEST = 80;

/** ctx: {call, form, licences: those to choose from, recipe(), set(changes)}. Gives {element, show(readiness or null), draw()}. */
export function rightsOf({ call, form, licences, recipe, set }) {
  const root = h('div', { class: 'rights' });
  const answer = h('div', { role: 'status', 'aria-live': 'polite' });
  let papers = [];
  let typed = false;
  let turn = 0;

  /** Asked anew each time: a slow answer is never told of another choice. */
  async function compare() {
    const mine = turn += 1;
    try {
      const found = await call.rights({ recipe: recipe(), found: papers.map((paper) => paper.licence) });
      if (mine === turn) redraw(answer, stating(), compared(found));
    } catch { if (mine === turn) redraw(answer); }
  }

  /** Those that state a licence of their own, the first few by name. */
  function stating() {
    const own = papers.filter((paper) => paper.licence);
    return own.length > 0 && h('p', { class: 'hint' }, t('tune.licence_found', { names: own.slice(0, 3).map((paper) => `${paper.name} (${called(paper.licence)})`).join(', ') + (own.length > 3 ? ' …' : '') }));
  }

  function put(licence) { set({ licence }); compare(); }

  function choose(value) {
    typed = value === OTHER;
    put(typed ? '' : value);
    drawChoice();
    if (typed) root.querySelector('input').focus();
  }

  const choice = h('div', { class: 'choose' });
  function drawChoice() {
    typed ||= form.licence !== '' && !licences.includes(form.licence);
    const input = h('select', { 'data-key': 'licence', onchange: () => choose(input.value) }, ['', ...licences, OTHER].map((name) => h('option', { value: name }, called(name))));
    input.value = typed ? OTHER : form.licence;
    const name = typed && h('input', { type: 'text', class: 'path', value: form.licence, maxlength: LONGEST, spellcheck: 'false', 'aria-label': t('tune.licence_name'), placeholder: 'CC-BY-3.0', 'data-key': 'licence-name', onchange: () => put(name.value.trim()) });
    redraw(choice, h('label', { class: 'control' }, h('span', {}, t('tune.licence')), input), name, h('p', { class: 'hint' }, t('tune.licence_line')));
  }

  return {
    element: root,
    show(readiness) {
      papers = readiness ? readiness.papers.filter((paper) => !paper.why) : [];
      root.hidden = !papers.length;
      if (papers.length) compare();
    },
    draw() {
      drawChoice();
      redraw(root, choice, answer);
      root.hidden = !papers.length;
      if (papers.length) compare();
      return root;
    },
  };
}

/** A licence by its name; those that are no name of a licence, in words. */
const called = (name) => window.PRETEXT_TEXTS[language()]['licence.' + (name || 'unstated')] ?? name;

/** What a comparison of licences came to, with its grounds. */
export function compared({ answer, base, documents, grounds }) {
  return [
    h('p', { class: 'answer ' + answer }, h('b', {}, t('rights.' + answer)), ' ', t('rights.compared', { base: called(base), documents: documents.map(called).join(', ') })),
    grounds.length > 0 && h('ul', {}, grounds.map(({ key, facts }) => h('li', {}, t('rights.' + key, facts)))),
    h('p', { class: 'hint' }, t('rights.caution'))];
}
