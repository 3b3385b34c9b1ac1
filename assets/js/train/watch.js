/* Follow the runs: every second while something trains, less often else; only what is new is sent. */

const [OFTEN, SELDOM, AFTER_TROUBLE] = [1000, 5000, 3000];
const MOST_POINTS = 800;

const blank = () => ({ begun: 0, curves: {}, held: [], general: {}, looked: 0, samples: new Map(), told: 0, recipe: null, about: {}, notices: [] });

/**
 * shown() gives the names of runs to follow whole; changed(fresh) is told after each answer, with the
 * names of those that have news; failed(error) when there was none. Gives {runs, busy, story(name), look(), recipe(name)}.
 */
export function watcher({ call, shown, active, awake, changed, failed }) {
  const stories = new Map();
  let runs = [];
  let stamp = 0;
  let timer = 0;
  let any = false;
  let busy = null;
  let again = false;

  async function once() {
    const names = shown();
    const known = Object.fromEntries(names.map((name) => [name, seen(stories.get(name))]));
    const answer = await call.watch({ known, stamp });
    runs = answer.runs ?? runs;
    [stamp, any] = [answer.stamp, answer.busy];
    const fresh = Object.entries(answer.news).filter(([, news]) => news).filter(([name, news]) => take(name, news)).map(([name]) => name);
    for (const name of stories.keys()) if (!runs.some((run) => run.name === name)) stories.delete(name);
    changed(fresh);
  }

  /** True when something is new. */
  function take(name, news) {
    const story = news.whole || !stories.has(name) ? blank() : stories.get(name);
    stories.set(name, story);
    story.begun = news.begun;
    if (news.whole) [story.recipe, story.about] = [news.recipe, news.about];
    for (const [curve, points] of Object.entries(news.curves)) story.curves[curve] = fewer([...(story.curves[curve] ?? []), ...points]);
    story.held.push(...news.held);
    for (const [language, looks] of Object.entries(news.general)) (story.general[language] ??= []).push(...looks);
    story.looked += Math.max(0, ...Object.values(news.general).map((looks) => looks.length));
    for (const { step, prompt, data } of news.samples) {
      if (!story.samples.has(step)) story.samples.set(step, []);
      story.samples.get(step)[prompt] = data;
    }
    story.told += news.samples.length;
    story.notices = news.notices;
    return news.whole || news.held.length > 0 || news.samples.length > 0 || Object.values(news.curves).some((points) => points.length);
  }

  /** Now, whatever the clock says; what is under way is waited for and then looked after. */
  async function look() {
    clearTimeout(timer);
    if (busy) { again = true; await busy; return; }
    let pause = SELDOM;
    busy = once().then(() => { pause = active(runs) ? OFTEN : SELDOM; }, (error) => { pause = AFTER_TROUBLE; failed(error); });
    await busy;
    busy = null;
    if (again) { again = false; await look(); return; }
    clearTimeout(timer);
    timer = setTimeout(() => (awake() ? look() : sleep()), document.hidden ? SELDOM : pause);
  }

  /** Another page is shown: nothing is asked until this one is back. */
  function sleep() { timer = setTimeout(() => (awake() ? look() : sleep()), OFTEN); }

  return {
    get runs() { return runs; },
    /** Whether any run trains or waits, another page's too. */
    get busy() { return any; },
    story: (name) => stories.get(name),
    look,
    /** A run that is not followed: its recipe, its surroundings. */
    async recipe(name) {
      if (stories.get(name)?.recipe) return stories.get(name);
      const { news } = await call.watch({ known: { [name]: {} } });
      return news[name];
    },
  };
}

const seen = (story) => (story ? { begun: story.begun, step: lastStep(story), held: story.held.length, general: story.looked, samples: story.told } : {});
const lastStep = (story) => Math.max(-1, ...Object.values(story.curves).map((points) => points.at(-1)?.[0] ?? -1));

/** Points are left out, never averaged: each that is shown was measured. The first and the last stay. */
function fewer(points) {
  return points.length <= MOST_POINTS ? points : points.filter((_, i) => i % 2 === 0 || i === points.length - 1);
}
