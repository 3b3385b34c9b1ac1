/* One run as it grows: what it makes of each prompt at the moment chosen, and the guesses behind each word. */
import { h, redraw } from '../core/dom.js';
import { chance, t } from '../core/text.js';
import { drawBars, shown } from '../parts/bars.js';
import { drawStrip, surprise } from '../parts/strip.js';
import { ACCENT, nameOf } from './recipe.js';
import { ACTIVE, count } from './words.js';

/** ctx: {sheet(run, file), act: the buttons of a run, beside: whether step 0 stands beside the moment, near(run), where what was learnt can be looked through}. Gives {element, tell(run), show(story, moment)}. */
export function growing(ctx, run) {
  const accent = ACCENT[run.objective];
  const state = h('span', { class: 'hint' });
  const bar = h('i');
  const buttons = h('div', { class: 'tools' });
  const lines = h('div', { class: 'lines' });
  const guesses = h('div', { class: 'guesses' });
  const problem = h('p', { class: 'said bad', hidden: 'hidden' });
  const notices = h('ul', { class: 'notices' });
  const near = ctx.near?.(run);
  const element = h('article', { class: `lane grow ${accent}`, 'data-run': run.name, 'aria-label': nameOf(run.objective) },
    h('header', {}, h('div', {}, h('h3', {}, run.title || nameOf(run.objective)), state), buttons),
    h('div', { class: 'progress', 'aria-hidden': true }, bar), problem, notices, lines, near?.element, guesses);
  let drawn = '';
  let panes = [];
  let told = '';
  let now = run;

  function tell(fresh) {
    now = fresh;
    const place = now.state === 'queued' && now.place > 0 ? ` (${now.place + 1})` : '';
    state.textContent = `${t('run.state.' + now.state)}${place} · ${t('train.step_of', { n: count(now.step), of: count(now.steps) })}`;
    bar.style.width = (100 * now.step / now.steps).toFixed(1) + '%';
    element.classList.toggle('active', ACTIVE.has(now.state));
    near?.tell(now);
    problem.hidden = !now.why;
    problem.textContent = now.why ? t('error.' + now.why.key, now.why.facts) : '';
    state.dataset.state = now.state;
    const kind = now.state + now.model;
    if (kind !== told) redraw(buttons, ctx.act(now));
    told = kind;
  }

  /** The last sample at or before `moment`. */
  function show(story, moment) {
    const step = story ? Math.max(-1, ...[...story.samples.keys()].filter((at) => at <= moment)) : -1;
    redraw(notices, story ? noticesOf(now, story).map((words) => h('li', {}, words)) : []);
    const key = `${step < 0 ? state.dataset.state : ''} ${document.documentElement.lang} ${step} ${story?.begun} ${story?.samples.get(step)?.length}`;
    if (key === drawn) return;
    drawn = key;
    if (step < 0) { panes = []; redraw(lines, h('p', { class: 'hint' }, state.dataset.state === 'queued' ? t('train.not_yet') : ACTIVE.has(state.dataset.state) ? t(ctx.beside ? (run.objective === 'image' ? 'tune.pictures_waits' : 'tune.waits') : 'train.waits') : '')); redraw(guesses); return; }
    const said = story.samples.get(step).filter(Boolean);
    if (said[0]?.file) pictures(said[0], step, ctx.beside && story.samples.get(0)?.[0]); else words(said, step, ctx.beside && story.samples.get(0)?.filter(Boolean));
  }

  /** `base`: what was said before the first step, to stand beside. */
  function words(said, step, base) {
    element.dataset.step = step;
    const sides = base ? [[t('train.base'), base], [t('train.tuned', { n: count(step) }), said]] : [['', said]];
    if (panes.length !== sides.length || panes[0].length !== said.length) {
      panes = sides.map(([, of]) => of.map(() => ({ before: h('span', { class: 'before' }), strip: h('span', { class: 'strip', role: 'group' }) })));
      lines.classList.toggle('pair', sides.length > 1);
      redraw(lines, sides.map(([title], side) => h('div', {}, title && h('h4', {}, title), panes[side].map((pane) => h('p', { class: 'line' }, pane.before, pane.strip, side === sides.length - 1 && near && [' ', near.button(() => pane.text)])))));
    }
    sides.forEach(([title, of], side) => {
      const head = lines.children[side].querySelector('h4');
      if (head) head.textContent = title;
      of.forEach((one, i) => line(one, panes[side][i]));
    });
    rest(said);
  }

  /** A model that writes on gives what it wrote alone: its prompt stands before it. */
  function line({ text, tokens, why }, pane) {
    const { before, strip } = pane;
    pane.text = '';
    if (why) { before.textContent = `${text} — ${t('error.' + why.key, why.facts)}`; redraw(strip); return; }
    const all = tokens.map((x) => ({ start: 0, ...x }));
    before.textContent = run.objective === 'next' ? text : '';
    pane.text = (before.textContent + all.map((x) => (x.state === 'masked' ? wordOf(x) : x.text)).join('')).trim();
    strip.setAttribute('aria-label', t('train.makes_of', { text }));
    const first = all.findIndex(guessed);
    drawStrip(strip, all, {
      tab: Math.max(0, first), text: wordOf,
      point: (i) => { if (i !== null && guessed(all[i])) bars(all[i]); },
      act: (i) => { if (guessed(all[i])) bars(all[i]); },
      look: (x) => (guessed(x) ? 'predicted' : x.state === 'masked' ? 'masked' : ''),
      title: (x) => (guessed(x) ? chance(sureness(x)) : x.state === 'masked' ? t('train.nothing') : null),
      label: (x) => (guessed(x) ? `${wordOf(x)}, ${x.state === 'masked' ? chance(sureness(x)) : surprise(x)}` : x.state === 'masked' ? t('train.nothing') : x.text),
    });
  }

  /** Until someone points at a word: the first one that had to be found. */
  function rest(said) {
    const one = said.flatMap((s) => s.tokens).find(guessed);
    if (one) bars(one); else drawBars(guesses, [], t('train.nothing'));
  }

  function bars(token) {
    drawBars(guesses, [{ title: t(token.state === 'masked' ? 'train.guesses' : 'train.instead', { word: shown(wordOf(token)) }), pairs: token.top.slice(0, 4), truth: wordOf(token) }]);
  }

  /** `base`: the sheet of before the first step, to stand above. */
  async function pictures(sample, step, base) {
    element.dataset.step = step;
    redraw(guesses);
    const sheets = await Promise.all((base ? [base, sample] : [sample]).map((one) => ctx.sheet(run.name, one.file).catch(() => '')));
    if (element.dataset.step !== String(step) || sheets.includes('')) return;
    if (base) { redraw(lines, sheets.map((url, side) => [h('h4', {}, side ? t('train.tuned', { n: count(step) }) : t('train.base')), h('img', { class: 'pixels sheet', src: url, alt: t('tune.sheet', { n: count(side ? step : 0) }) })])); return; }
    const [url] = sheets;
    const names = sample.classes.filter(Boolean).map((name) => { const said = t('class.' + name); return said.startsWith('class.') ? name : said; });
    const image = lines.querySelector('img') ?? h('img', { class: 'pixels sheet' });
    Object.assign(image, { src: url, alt: t('train.sheet', { n: count(step), names: names.join(', ') }) });
    if (!image.isConnected) redraw(lines, image, h('p', { class: 'names' }, names.map((name) => h('span', {}, name))));
  }

  return { element, tell, show };
}

/** What happened on the way, in words; that it ended before its last step, too. */
function noticesOf(run, story) {
  const last = new Map(story.notices.map(([, key, facts]) => [key, facts]));
  const said = [...last].map(([key, facts]) => t('run.note.' + key, facts));
  if (run.state === 'finished' && run.step < run.steps) said.push(t('run.note.enough'));
  const best = turnedBack(story.held);
  return best ? [...said, t('run.note.by_heart', { at: count(best.step) })] : said;
}

/** The best look at held-out text, where the last one is worse beyond what chance explains: the two intervals part. */
function turnedBack(held) {
  const looks = held.filter((x) => x.low != null);
  if (!looks.length) return null;
  const best = looks.reduce((a, b) => (b.bits_per_byte < a.bits_per_byte ? b : a));
  return looks.at(-1).low > best.high ? best : null;
}

/** A hidden word's own place shows what the model would put there. */
const guessed = (x) => x.state !== 'given' && x.top.length > 0;
const wordOf = (x) => (x.state !== 'masked' ? x.text : x.top.length ? ' ' + (x.top[0][0].replace(/^ /, '') || '␣') : ' ?');
const sureness = (x) => (x.state === 'masked' ? x.top[0]?.[1] : x.p);
