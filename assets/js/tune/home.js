/* What of a run can be taken home: its adapter where it is one, a whole model, a GGUF, each packed when it is asked for; where it lies, and the command that makes it again. */
import { h, redraw } from '../core/dom.js';
import { follow } from '../core/server.js';
import { bytes, t } from '../core/text.js';

/** ctx: {call, run, fail(error)}. Gives {draw({folder, whole, command}) -> element}; `whole`: every weight has learnt. */
export function takeHome({ call, run, fail }) {
  const root = h('div', { class: 'home' });
  const row = h('div', { class: 'parcels', role: 'status', 'aria-live': 'polite' });
  let kinds = [];
  let packing = '';
  let parcel = null;

  async function pack(what) {
    [packing, parcel] = [what, null];
    show();
    try {
      await follow(call, await call.pack({ name: run.name, what }), ([found]) => { parcel = found; }).done;
    } catch (error) { fail(error); }
    packing = '';
    show();
    row.querySelector('a')?.focus();
  }

  function show() {
    redraw(row,
      kinds.map((what) => h('button', { type: 'button', class: 'button', 'data-key': 'pack-' + what, disabled: packing !== '', onclick: () => pack(what) }, t(packing === what ? 'tune.packing' : 'tune.parcel.' + what))),
      parcel && h('a', { href: `/take/${encodeURIComponent(run.name)}/${parcel.file}`, download: '', 'data-key': 'fetch' }, t('tune.fetch_parcel', { file: parcel.file, size: bytes(parcel.bytes) })));
    return row;
  }

  return {
    draw({ folder, whole, command }) {
      kinds = [...(whole ? [] : ['adapter']), 'whole', ...(run.objective === 'next' ? ['gguf'] : [])];
      return redraw(root,
        !run.recorded && h('div', { class: 'take' }, h('span', {}, t('tune.pack')), h('div', {}, show(), h('p', { class: 'hint' }, [t(whole ? 'tune.pack_whole' : 'tune.pack_line'), kinds.includes('gguf') && t('tune.pack_gguf')].filter(Boolean).join(' ')))),
        line(t(whole ? 'tune.whole' : 'tune.adapter'), folder, 'copy-folder'), line(t('tune.command'), command, 'copy-command'));
    },
  };
}

function line(label, text, key) {
  const says = h('button', { type: 'button', class: 'button', 'data-key': key, onclick: async () => { try { await navigator.clipboard.writeText(text); says.textContent = t('predict.copied'); } catch { getSelection().selectAllChildren(code); } } }, t('tune.copy'));
  const code = h('code', { tabindex: '0' }, text);
  return h('div', { class: 'take' }, h('span', {}, label), code, says);
}
