/* What a part shows: bars or answers, where they are from, how to make them again, and a button that does. */
import { h, redraw } from '../core/dom.js';
import { follow } from '../core/server.js';
import { number, sentence, t } from '../core/text.js';
import { visit, wish } from '../core/pages.js';
import { configuration } from '../train/configuration.js';
import { answers } from './answers.js';
import { bars } from './bars.js';

/** ctx: {call, given, lesson, part, place, at()}; `again()` draws anew what has changed. */
export function exhibit(ctx, shown, { again }) {
  const { call, lesson, place } = ctx;
  const part = { name: lesson.name, part: place, case: ctx.at?.() ?? 0 };
  const problem = h('p', { class: 'said', role: 'status' });
  const act = h('span', { class: 'buttons' });
  const source = sourceOf(ctx.part, part.case);
  const fail = (error) => { problem.className = 'said bad'; problem.textContent = error.key ? sentence(error) : t('error.unexpected', { why: error.message }); };

  const rest = () => redraw(act, source?.probe && button('run', t('learn.run_here'), ask), source?.runs.length > 0 && shown.repeatable && button('train', t('learn.train_here'), train));
  const button = (key, label, press) => h('button', { type: 'button', class: 'button', 'data-key': `${key}-${place}`, onclick: press }, label);

  /** The probe, put to the same models on this machine. */
  async function ask() {
    const bar = h('i');
    const name = h('span', {}, '');
    redraw(act, h('span', { class: 'asking one' }, name, h('span', { class: 'progress' }, bar)));
    try {
      const stream = follow(call, await call.again(part), (items) => items.forEach((item) => {
        if ('total' in item) { name.textContent = item.model; bar.style.width = (100 * item.done / item.total).toFixed(1) + '%'; }
        else if (item.why) fail(item.why);
      }));
      await stream.done;
      again();
    } catch (error) { fail(error); }
    rest();
  }

  /** The runs, made anew: they are watched where runs are. */
  async function train() {
    try {
      const names = await call.repeat(part);
      const page = shown.founded ? 'finetune' : 'pretrain';
      wish(page, { shown: names });
      visit(page);
    } catch (error) { fail(error); }
  }

  rest();
  return h('figure', { class: 'exhibit' },
    shown.key && h('figcaption', {}, h('b', {}, t('figure.' + shown.key)), measures(shown)),
    shown.bars.length > 0 && bars(shown), shown.answers.length > 0 && answers(shown.answers),
    shown.missing.map(([name, why]) => h('p', { class: 'said' }, `${name}: ${sentence(why)}`)),
    shown.refused.map(([, why]) => h('p', { class: 'hint refused' }, sentence(why))),
    shown.notices.map((n) => h('p', { class: 'hint' }, t('notice.' + n.key, n.facts))),
    h('div', { class: 'whence' }, h('span', { class: 'hint' }, [t('learn.whence.' + shown.whence, { date: shown.made }), ...shown.computers.map(machine)].join(' ')), act),
    problem,
    shown.commands.length > 0 && h('details', { class: 'quiet' }, h('summary', {}, t('learn.commands')), h('pre', { tabindex: '0' }, shown.commands.join('\n'))),
    source?.runs.length > 0 && settings(call, source.runs));
}

/** Speed and memory are those of a machine. */
const machine = (computer) => (computer ? t('learn.computer', computer) : t('learn.computer_unknown'));

const sourceOf = (part, at) => part.source ?? part.case?.[at]?.source;

/** Of bars that are not all the same quantity, it is said what each is. */
function measures(shown) {
  const kinds = [...new Set(shown.bars.map((bar) => bar.measure).filter(Boolean))];
  return kinds.length ? h('span', { class: 'hint' }, ' · ' + kinds.map((kind) => t('measure.' + kind)).join(', ')) : null;
}

/** The true configuration of each run, one click away. */
function settings(call, runs) {
  const inside = h('div', {});
  const open = async (name) => {
    const { news } = await call.watch({ known: { [name]: {} } });
    redraw(inside, h('h3', {}, name), configuration(call, { name, objective: news[name].recipe.objective }, news[name]));
  };
  return h('details', { class: 'quiet' }, h('summary', {}, t('learn.settings')),
    h('p', { class: 'buttons' }, runs.map((name) => h('button', { type: 'button', class: 'chip', onclick: () => open(name).catch(() => {}) }, name))), inside);
}
