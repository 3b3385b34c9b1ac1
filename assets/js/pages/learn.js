/* Lessons: their list, and one of them being read. The address says which (&lesson=NAME). */
import { h, redraw } from '../core/dom.js';
import { whenShown } from '../core/pages.js';
import { door } from '../core/server.js';
import { language, onLanguage, sentence, t } from '../core/text.js';
import { notebook } from '../learn/notebook.js';
import { reading } from '../learn/reading.js';
import { shelf } from '../learn/shelf.js';

export function mount(root, { server, given }) { whenShown('learn', () => begin(root, door(server), given)); }

function begin(root, call, given) {
  const notes = notebook();
  let lessons = [];
  let trouble = null;
  let open = null; // the lesson being read

  const asked = () => new URLSearchParams(location.search).get('lesson') ?? '';
  const found = (name) => lessons.find((one) => one.name === name && !one.why);

  function go(name) {
    const query = new URLSearchParams(location.search);
    if (name) query.set('lesson', name); else query.delete('lesson');
    history.pushState(null, '', location.pathname + '?' + query);
    draw();
    scrollTo(0, 0);
    root.querySelector('h1')?.focus();
  }

  /** The next lesson, after this one. */
  const after = (name) => lessons.filter((one) => !one.why)[lessons.findIndex((one) => one.name === name) + 1];

  function draw() {
    open?.leave();
    const lesson = found(asked());
    open = lesson ? reading({ call, given, notes, lesson, go, next: after(lesson.name) }) : null;
    const inside = open ? open.element : shelf({ lessons, notes, go });
    redraw(root, h('div', { class: 'desk learn', role: 'main', id: 'main-learn' }, trouble && h('p', { class: 'said bad', role: 'alert' }, trouble), inside));
    document.title = lesson ? `${lesson.title[language()]} · Pretext Lab` : 'Pretext Lab';
  }

  call.lessons().then((all) => { lessons = all; }, (error) => { trouble = error.key ? sentence(error) : t('error.unexpected', { why: error.message }); })
    .finally(() => { draw(); document.documentElement.dataset.ready = 'true'; });
  onLanguage(draw);
  addEventListener('popstate', draw);
  addEventListener('pretext:page', (e) => { if (e.detail !== 'learn') open?.leave(); });
}
