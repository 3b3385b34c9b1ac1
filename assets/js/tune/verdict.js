/* What came of a run: the advice and its reasons, what was gained, forgotten and learnt by heart; and what to take home. */
import { h, redraw } from '../core/dom.js';
import { follow } from '../core/server.js';
import { languageName, number, percent, sentence, t } from '../core/text.js';
import { ACCENT, nameOf } from '../train/recipe.js';
import { ALIVE, count } from '../train/words.js';
import { takeHome } from './home.js';
import { compared } from './rights.js';

/** ctx: {call, home: whether this page is only its owner's}. Gives {element, draw(runs), translate()}. */
export function verdicts(ctx) {
  const root = h('div', { class: 'verdicts' });
  const cards = new Map();
  let order = '';

  function draw(runs) {
    const done = runs.filter((run) => run.model && !ALIVE.has(run.state));
    for (const name of cards.keys()) if (!done.some((run) => run.name === name)) cards.delete(name);
    for (const run of done) if (!cards.has(run.name)) cards.set(run.name, card(ctx, run));
    done.forEach((run) => cards.get(run.name).tell(run));
    const now = done.map((run) => run.name).join();
    if (now !== order) redraw(root, done.map((run) => cards.get(run.name).element));
    order = now;
  }

  return { element: root, draw, translate() { cards.forEach((one) => one.draw()); } };
}

function card({ call, home }, run) {
  const element = h('section', { class: `panel verdict ${ACCENT[run.objective]}`, 'data-run': run.name });
  const problem = h('p', { class: 'said', role: 'status', 'aria-live': 'polite' });
  const parcels = takeHome({ call, run, fail });
  let found = null;
  let taken = null;
  let closest = null;
  let judging = false;
  let at = '';

  async function load() {
    try {
      [found, taken] = await Promise.all([call.verdicts({ name: run.name }), home ? call.home({ name: run.name }) : null]);
      closest = found.at(-1)?.copied ? await call.sheet({ name: run.name, file: 'closest.png' }).catch(() => null) : null;
      draw();
    } catch (error) { fail(error); }
  }

  function fail(error) { problem.className = 'said bad'; problem.textContent = error.key ? sentence(error) : t('error.unexpected', { why: error.message }); }

  async function judge() {
    judging = true;
    problem.className = 'said';
    problem.textContent = t(run.objective === 'image' ? 'tune.judging_pictures' : 'tune.judging');
    draw();
    try {
      await follow(call, await call.judge({ name: run.name }), () => {}).done;
      problem.textContent = '';
    } catch (error) { fail(error); }
    judging = false;
    await load();
    draw();
  }

  function draw() {
    element.setAttribute('aria-label', t('tune.verdict_of', { name: titleOf(run) }));
    const now = found?.at(-1);
    const press = run.mine && h('button', { type: 'button', class: 'button', 'data-key': 'judge', disabled: judging, onclick: judge }, t(judging ? 'tune.judging_now' : now ? 'tune.judge_again' : 'tune.judge'));
    redraw(element,
      h('header', { class: 'over' }, h('div', {}, h('h2', {}, t('tune.verdict')), h('p', { class: 'hint' }, titleOf(run), now && ` · ${dated(now.made)}`)), press),
      problem,
      now ? whole(now, closest) : found && h('p', { class: 'hint' }, t(run.objective === 'image' ? 'tune.unjudged_pictures' : 'tune.unjudged')),
      found?.length > 1 && h('details', { class: 'quiet' }, h('summary', { 'data-key': 'earlier' }, h('b', {}, t('tune.earlier')), h('span', {}, t(found.length > 2 ? 'tune.earlier_line' : 'tune.earlier_one', { n: found.length - 1 }))),
        h('div', { class: 'within' }, found.slice(0, -1).reverse().map((one) => h('article', { class: 'earlier' }, h('h3', {}, dated(one.made)), whole(one))))),
      taken && home && parcels.draw(taken));
  }

  return {
    element,
    draw,
    /** A run that went on has another model; what was said of the old one is looked up anew. */
    tell(fresh) {
      run = fresh;
      const key = `${run.state} ${run.step}`;
      if (key !== at) load();
      at = key;
    },
  };
}

const titleOf = (run) => run.title || nameOf(run.objective);
const dated = (made) => new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(made));
const signed = (v, digits = 2) => (v < 0 ? '−' : '+') + number(Math.abs(v), digits);
const fine3 = (v) => number(v, 3);
const change = (base, tuned) => (tuned < base ? '−' : '+') + percent(Math.abs(tuned / base - 1));

function whole(verdict, closest = null) {
  if (verdict.gain?.measure === 'denoising') return ofPictures(verdict, closest);
  return [
    h('div', { class: 'quarters' }, advice(verdict), gained(verdict.gain), forgot(verdict.general), heart(verdict.memorised)),
    h('ul', { class: 'reasons' }, verdict.reasons.map(({ key, facts }) => h('li', {}, t('verdict.' + key, { ...facts, ...(facts.language ? { language: languageName(facts.language) } : {}) })))),
    verdict.memorised?.longest > 0 && h('figure', { class: 'quoted' }, h('figcaption', {}, t(verdict.memorised.longest > 1 ? 'tune.longest' : 'tune.longest_one', { n: count(verdict.memorised.longest), written: count(verdict.memorised.written) })), h('blockquote', {}, verdict.memorised.text)),
    h('p', { class: 'hint' }, verdict.by && t('tune.by.' + verdict.by) + ' ', t('tune.overlap', { count: count(verdict.overlaps) })),
    verdict.rights && h('div', { class: 'rights' }, compared(verdict.rights))];
}

const quarter = (title, big, look, ...lines) => h('div', { class: look }, h('small', {}, title), h('b', {}, big), lines.map((text) => h('span', {}, text)));

const advice = ({ advice: said }, line = t('tune.advice_line.' + said)) => quarter(t('tune.advice'), t('verdict.' + said), 'advice ' + said, line);

function gained(gain) {
  if (!gain) return quarter(t('tune.learned'), '–', '', t('tune.none_held'));
  return quarter(t('tune.learned'), change(gain.base, gain.tuned), '', t('tune.bits', { base: number(gain.base, 2), tuned: number(gain.tuned, 2), measure: t('measure.' + gain.measure) }), t('tune.interval', { low: signed(gain.low), high: signed(gain.high), n: count(gain.documents) }));
}

function forgot(general) {
  const each = Object.entries(general);
  if (!each.length) return quarter(t('tune.forgot'), '–', '', t('tune.not_measured'));
  const worst = each.reduce((a, b) => (b[1].tuned / b[1].base > a[1].tuned / a[1].base ? b : a))[1];
  return quarter(t('tune.forgot'), change(worst.base, worst.tuned), '', ...each.map(([language, c]) => t('tune.forgot_line', { language: languageName(language), base: number(c.base, 2), tuned: number(c.tuned, 2) })));
}

function heart(memorised) {
  if (!memorised) return quarter(t('tune.heart'), '–', '', t('tune.not_measured'));
  return quarter(t('tune.heart'), t('tune.heart_of', { whole: count(memorised.learnt_whole), asked: count(memorised.asked) }), '', t('tune.heart_line', { learnt: percent(memorised.learnt), held: percent(memorised.held) }));
}

/** Of a picture model: errors in the place of bits, and copies in the place of what is said by heart. `closest`: the closest pair, a sheet of two. */
function ofPictures({ gain, general, copied, ...verdict }, closest) {
  const known = Object.entries(general);
  const [, worst] = known.reduce((a, b) => (b[1].tuned / b[1].base > a[1].tuned / a[1].base ? b : a));
  return [
    h('div', { class: 'quarters' }, advice(verdict, verdict.advice === 'keep' ? t('tune.keep_pictures') : undefined),
      quarter(t('tune.learned'), change(gain.base, gain.tuned), '', t('tune.errors', { base: fine3(gain.base), tuned: fine3(gain.tuned) }), t('tune.picture_interval', { low: signed(gain.low, 3), high: signed(gain.high, 3), n: count(gain.documents) })),
      quarter(t('tune.forgot'), change(worst.base, worst.tuned), '', ...known.map(([name, c]) => t('tune.known_line', { what: t('verdict.set.' + name), base: fine3(c.base), tuned: fine3(c.tuned) }))),
      copied ? quarter(t('tune.copies'), t('tune.heart_of', { whole: count(copied.copies), asked: count(copied.drawn) }), '', t('tune.copies_line', { near: fine3(copied.distance), real: fine3(copied.distance_held) })) : quarter(t('tune.copies'), '–', '', t('tune.not_measured'))),
    h('ul', { class: 'reasons' }, verdict.reasons.map(({ key, facts }) => h('li', {}, t('verdict.' + key, facts)))),
    closest && h('figure', { class: 'pairof' }, h('img', { class: 'pixels', src: closest, alt: t('tune.closest') }), h('figcaption', {}, t('tune.closest'))),
    verdict.rights && h('div', { class: 'rights' }, compared(verdict.rights))];
}
