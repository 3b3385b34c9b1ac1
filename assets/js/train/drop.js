/* A place to drop files on, or to choose them; folders dropped are gone through. */
import { h } from '../core/dom.js';

const MOST_FILES = 500;

/** `take(files)` is given what was dropped or chosen. `accept`: ends of names, for the chooser. */
export function dropArea({ accept, label, choose, note, take }) {
  const file = h('input', { type: 'file', multiple: true, accept, class: 'unseen', tabindex: '-1', 'aria-hidden': true, onchange: () => { take([...file.files]); file.value = ''; } });
  const button = h('button', { type: 'button', class: 'button', 'data-key': 'choose', onclick: () => file.click() }, choose);
  const over = (e) => { e.preventDefault(); place.classList.toggle('over', e.type === 'dragover'); };
  const place = h('div', { class: 'drop', ondragover: over, ondragleave: over, ondrop: async (e) => { over(e); take(await filesOf(e.dataTransfer)); } },
    h('span', {}, label), button, file, note && h('small', {}, note));
  return place;
}

async function filesOf(dropped) {
  const entries = [...dropped.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.some((entry) => entry.isDirectory)) return [...dropped.files];
  const found = [];
  for (const entry of entries) await within(entry, found);
  return found;
}

async function within(entry, found) {
  if (found.length >= MOST_FILES || entry.name.startsWith('.')) return;
  if (entry.isFile) { found.push(await new Promise((done, failed) => entry.file(done, failed))); return; }
  const reader = entry.createReader();
  // A reader gives at most a hundred at a time, and none when it is done.
  for (;;) {
    const some = await new Promise((done, failed) => reader.readEntries(done, failed));
    if (!some.length) return;
    for (const one of some) await within(one, found);
  }
}
