/* The header: name, navigation, what this machine is, language and theme. */
import { h, redraw } from '../core/dom.js';
import { door } from '../core/server.js';
import { bytes, language, onLanguage, speak, t } from '../core/text.js';

export function mount(root, { server, given }) {
  const call = door(server);
  let machine = null;

  function go(page) {
    for (const name of given.pages) document.getElementById('page-' + name)?.toggleAttribute('hidden', name !== page);
    dispatchEvent(new CustomEvent('pretext:page', { detail: page }));
    draw();
  }
  const here = () => {
    const name = location.hash.replace(/^#/, '').split(/[?=]/)[0];
    return given.pages.includes(name) ? name : given.pages[0];
  };

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
      h('a', { class: 'skip', href: '#sentence', onclick: (e) => { e.preventDefault(); document.getElementById('sentence')?.focus(); } }, t('shell.skip')),
      h('div', { class: 'top', role: 'banner' },
        h('a', { class: 'logo', href: '#' + given.pages[0], 'data-key': 'logo' },
          h('i', { 'aria-hidden': true }, ['masked', 'next', 'noise'].map((c) => h('b', { style: { background: `var(--${c})` } }))),
          'Pretext Lab'),
        h('nav', { 'aria-label': t('shell.pages') }, given.pages.map((name) =>
          h('a', { href: '#' + name, 'data-key': name, 'aria-current': here() === name ? 'page' : null }, t('page.' + name)))),
        h('div', { class: 'chips' },
          machine && h('span', { class: 'chip machine', title: t('shell.machine') },
            [machine.accelerator || 'CPU', bytes(machine.memory), machine.offline ? t('shell.offline') : null].filter(Boolean).join(' · ')),
          h('button', { type: 'button', class: 'chip', lang: other, 'data-key': 'language', onclick: () => speak(other) }, other === 'fr' ? 'Français' : 'English'),
          h('button', { type: 'button', class: 'chip', 'data-key': 'theme', 'aria-label': t(dark ? 'shell.light' : 'shell.dark'), title: t(dark ? 'shell.light' : 'shell.dark'), onclick: theme }, '◐'))));
    document.body.classList.toggle('dark', dark);
  }

  addEventListener('hashchange', () => go(here()));
  onLanguage(draw);
  go(here());
  call.machine().then((found) => { machine = found; draw(); }).catch(() => { /* the page works without knowing */ });
}
