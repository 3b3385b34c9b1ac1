/* A file of one's own in the place of the lab's questions: dropped or chosen, named, taken away again. */
import { h, redraw } from '../core/dom.js';
import { Refusal } from '../core/server.js';
import { bytes, percent, sentence, t } from '../core/text.js';
import { dropArea } from '../train/drop.js';
import { send, suffixOf, tooLarge } from '../train/upload.js';

const TEXT = '.txt';

/** ctx: {call, most (bytes of a file), state, set(changes), probe()}. Gives {element, draw(), file()}: what is given for the probe of now, or null. */
export function own({ call, most, state, set, probe }) {
  const element = h('div', { class: 'own' });
  const said = h('p', { class: 'said', role: 'status', 'aria-live': 'polite' });
  const file = () => state.files?.[state.probe] ?? null;
  const keep = (given) => set({ files: { ...state.files, [state.probe]: given } });
  const tell = (words, bad) => { said.className = bad ? 'said bad' : 'said'; said.textContent = words; };

  function refuse(one) {
    const kinds = probe().reads;
    if (!kinds.includes(suffixOf(one.name))) return new Refusal('probe_file', { file: one.name, kinds: kinds.join(', ') });
    return tooLarge(one, most);
  }

  async function take(files) {
    if (!files.length) return;
    tell('');
    try {
      const { given, refused } = await send(call, files.slice(0, 1), { refuse, told: (share, one) => tell(t('examine.sending', { name: one.name, p: percent(share) })) });
      tell(refused.length ? sentence(refused[0]) : '', true);
      if (given.length) keep(given[0]);
    } catch (error) { tell(error.key ? sentence(error) : t('error.unexpected', { why: error.message }), true); }
  }

  function draw() {
    const kinds = probe()?.reads ?? [];
    if (!kinds.length) return redraw(element);
    const now = file();
    return redraw(element,
      h('h2', {}, t(kinds.includes(TEXT) ? 'examine.own_text' : 'examine.own')),
      now
        ? h('p', { class: 'given' }, h('span', {}, t('examine.asked_of', { title: now.title, size: bytes(now.bytes) })),
          h('button', { type: 'button', class: 'button', 'data-key': 'away', 'aria-label': t('examine.away', { title: now.title }), onclick: () => { tell(''); keep(null); } }, '×'))
        : dropArea({ accept: kinds.join(','), label: t('examine.drop'), choose: t('train.choose_files'), note: t('examine.kinds', { kinds: kinds.join(', '), most: bytes(most) }), take }),
      h('p', { class: 'hint' }, t(`probe.${state.probe}.columns`)), said);
  }
  return { element, draw, file };
}
