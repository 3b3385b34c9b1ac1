/* Room on a full shelf: documents that no training and no list uses are deleted, once a person was asked. */
import { h, redraw } from '../core/dom.js';
import { bytes, t } from '../core/text.js';
import { count } from './words.js';

export const isFull = (errors) => errors.some((error) => error.key === 'shelf_full');

/** Documents that any list of this browser holds, whichever page it is of. */
const listed = () => [...new Set(JSON.stringify({ ...localStorage }).match(/document:[0-9a-f]{64}/g))];

/** A button that finds them, asks and deletes. */
export function makeRoom({ call, fail }) {
  const root = h('div', { class: 'controls', role: 'status' });
  const button = (key, press) => h('button', { type: 'button', class: 'button', 'data-key': key, onclick: async () => { try { await press(); } catch (error) { fail(error); } } }, t('train.room.' + key));
  const say = (key, facts, ...buttons) => { redraw(root, h('p', {}, t('train.room.' + key, facts)), buttons); root.querySelector('button')?.focus(); };

  function begin() { redraw(root, button('find', find)); }

  async function find() {
    const found = await call.unused({ names: listed() });
    if (!found.count) say('nothing', {});
    else say('ask', { n: count(found.count), size: bytes(found.bytes) }, button('keep', begin), button('delete', clear));
  }

  async function clear() {
    const found = await call.clear({ names: listed() });
    say('done', { n: count(found.count), size: bytes(found.bytes) });
  }

  begin();
  return root;
}
