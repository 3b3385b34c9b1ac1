/* Denoising: words, cut pieces or pixels are drowned in noise; the model brings them back. */
import { h, redraw } from '../core/dom.js';
import { t } from '../core/text.js';
import { segments } from '../parts/controls.js';
import { frame } from './frame.js';
import { pictureMode } from './picture.js';
import { wordsMode } from './words.js';

const OBJECTIVE = { words: 'diffusion', spans: 'span', picture: 'image' };

export function denoise(ctx) {
  const { store } = ctx;
  const state = () => store.state.denoise;
  const objective = () => OBJECTIVE[state().mode];
  let mode = null;

  const lane = frame(ctx, {
    part: 'denoise', look: 'noise', objective,
    data: () => ({ text: store.state.text, settings: { ...state(), own: undefined }, ...mode?.data() }),
    playing: () => mode?.playing(), changed: () => mode?.changed(),
  });
  const modes = segments({ key: 'mode', options: Object.keys(OBJECTIVE).map((v) => [v, t('mode.' + v)]), value: state().mode, change: (v) => { store.set('denoise', { mode: v }); start(); } });
  const room = h('div');
  lane.main.append(h('div', { class: 'controls' }, modes), room);

  function start() {
    mode?.leave();
    lane.tell([]);
    redraw(lane.side);
    lane.choice.set();
    mode = (state().mode === 'picture' ? pictureMode : wordsMode)(ctx, lane, objective());
    redraw(room, mode.element);
    mode.read(performance.now());
  }

  let begun = false;
  return {
    element: lane.element,
    read(since) { if (begun) mode.read(since); else { begun = true; start(); } },
    leave: () => mode?.leave(),
    point: (range) => mode?.point?.(range),
  };
}
