/* A place to drop files and folders on, or to choose them; folders are gone through, and each file knows its place in them. */
import { h } from '../core/dom.js';

/** Files taken of what is dropped at once; those beyond are counted alone. */
const MOST_FILES = 10_000;

/**
 * `take(files, left)` is given what was dropped or chosen, and how many files more there were. `accept`: ends of
 * names, for the chooser; `folder`: what the button says that chooses a whole folder, if there is one.
 */
export function dropArea({ accept, label, choose, folder, note, take }) {
  const chooser = (more) => {
    const input = h('input', { type: 'file', multiple: true, class: 'unseen', tabindex: '-1', 'aria-hidden': true, ...more, onchange: () => { take(...chosen([...input.files])); input.value = ''; } });
    return input;
  };
  const opener = (key, text, input) => h('button', { type: 'button', class: 'button', 'data-key': key, onclick: () => input.click() }, text);
  const files = chooser({ accept });
  const whole = folder && chooser({ webkitdirectory: true });
  const over = (e) => { e.preventDefault(); place.classList.toggle('over', e.type === 'dragover'); };
  const place = h('div', { class: 'drop', ondragover: over, ondragleave: over, ondrop: async (e) => { over(e); take(...await dropped(e.dataTransfer)); } },
    h('span', {}, label), opener('choose', choose, files), whole && opener('choose-folder', folder, whole), files, whole, note && h('small', {}, note));
  return place;
}

/** Where a file lies in what was given: its name, after the folders that it came in. */
export const placeOf = (file) => file.place || file.webkitRelativePath || file.name;

function chosen(files) {
  const seen = files.filter((file) => !placeOf(file).split('/').some(isHidden));
  return [seen.slice(0, MOST_FILES), Math.max(0, seen.length - MOST_FILES)];
}

const isHidden = (name) => name.startsWith('.');

async function dropped(data) {
  const entries = [...data.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.some((entry) => entry.isDirectory)) return [[...data.files], 0];
  const found = { files: [], left: 0 };
  for (const entry of entries) await within(entry, found);
  return [found.files, found.left];
}

async function within(entry, found) {
  if (isHidden(entry.name)) return;
  if (entry.isFile) {
    if (found.files.length >= MOST_FILES) { found.left += 1; return; }
    const file = await new Promise((done, failed) => entry.file(done, failed));
    found.files.push(Object.assign(file, { place: entry.fullPath }));
    return;
  }
  const reader = entry.createReader();
  // A reader gives at most a hundred at a time, and none when it is done.
  for (;;) {
    const some = await new Promise((done, failed) => reader.readEntries(done, failed));
    if (!some.length) return;
    for (const one of some) await within(one, found);
  }
}
