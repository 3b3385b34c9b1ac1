/* The header: name, navigation, what this machine is, language and theme. */
import { h, redraw } from '../core/dom.js';
import { addressOf, asked, show } from '../core/pages.js';
import { door } from '../core/server.js';
import { bytes, language, onLanguage, speak, t } from '../core/text.js';

export function mount(root, { server, given }) {
  const call = door(server);
  let machine = null;

  const [first] = given.pages;
  const here = () => asked(given.pages);

  /** Show what the address says, from the top. */
  function arrive() { show(here()); scrollTo(0, 0); draw(); }

  function go(page) {
    if (page !== here()) history.pushState(null, '', addressOf(page, first));
    arrive();
  }

  /** A link to a page is followed here; with a key held it opens as any link does. */
  function follow(event, page) {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    go(page);
  }

  const link = (page, attributes, ...inside) => h('a', { href: addressOf(page, first), onclick: (e) => follow(e, page), ...attributes }, inside);

  /** Past the header, to what the page begins with. */
  function skip(event) {
    event.preventDefault();
    const main = document.querySelector(`#page-${here()} [role=main]`);
    main?.setAttribute('tabindex', '-1');
    (document.querySelector(`#page-${here()} [data-first]`) || main)?.focus();
  }

  function theme() {
    const next = document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark';
    document.documentElement.dataset.theme = next;
    document.body.classList.toggle('dark', next === 'dark');
    try { localStorage.setItem('pretext.theme', next); } catch { /* it lasts for this page */ }
    draw();
  }

  function draw() {
    const dark = document.documentElement.dataset.theme === 'dark';
    const other = language() === 'fr' ? 'en' : 'fr';
    redraw(root,
      h('a', { class: 'skip', href: '#main', onclick: skip }, t(here() === first ? 'shell.skip' : 'shell.skip_main')),
      h('div', { class: 'top', role: 'banner' },
        link(first, { class: 'logo', 'data-key': 'logo' },
          h('i', { 'aria-hidden': true }, ['masked', 'next', 'noise'].map((c) => h('b', { style: { background: `var(--${c})` } }))),
          'Pretext Lab'),
        h('nav', { 'aria-label': t('shell.pages') }, given.pages.map((name) =>
          link(name, { 'data-key': name, 'aria-current': here() === name ? 'page' : null }, t('page.' + name)))),
        h('div', { class: 'chips' },
          machine && h('span', { class: 'chip machine', title: t('shell.machine') },
            [machine.accelerator || 'CPU', bytes(machine.memory), machine.offline ? t('shell.offline') : null].filter(Boolean).join(' · ')),
          h('button', { type: 'button', class: 'chip', lang: other, 'data-key': 'language', onclick: () => speak(other) }, other === 'fr' ? 'Français' : 'English'),
          h('button', { type: 'button', class: 'chip', 'data-key': 'theme', 'aria-label': t(dark ? 'shell.light' : 'shell.dark'), title: t(dark ? 'shell.light' : 'shell.dark'), onclick: theme }, '◐'))));
    document.body.classList.toggle('dark', dark);
  }

  addEventListener('popstate', arrive);
  addEventListener('pretext:visit', (e) => go(e.detail));
  onLanguage(draw);
  show(here());
  draw();
  call.machine().then((found) => { machine = found; draw(); }).catch(() => { /* the page works without knowing */ });
}
