/* What a second model writes on from the same sentence with the same seed, under what the first one writes. */
import { drawBars, entropyNote, shown } from '../parts/bars.js';
import { drawStrip, surprise } from '../parts/strip.js';
import { t } from '../core/text.js';
import { answer, underneath } from './second.js';
import { writing } from './writing.js';

/** prompt(): the lane's question; seed(): its draw; draw(): told when something came. */
export function otherHand(lane, { call, prompt, seed, about, draw }) {
  const room = underneath(lane);
  let words = [];
  const ask = (changes, draws = 0) => lane.ask({ ...prompt(false), written: words.map((x) => x.id), ...changes }, draws, lane.second.id());
  const reading = answer(lane, { about, draw, ask: () => call.read(ask({ written: [] })) });
  const pen = writing({
    call, failed: lane.fail, changed: () => {}, ended: () => {},
    ask: (steps) => ask({ steps }, seed()),
    take: (steps) => { steps.forEach((step) => { if (step.end !== 'eos') words.push(...step.tokens); }); draw(); },
  });

  const typed = () => reading.value?.tokens.filter((x) => x.state === 'given') ?? [];

  function point(x) {
    if (!x?.top?.length) return;
    drawBars(lane.side, [{ by: lane.second.title(), look: 'second', title: t('lane.next.instead', { word: shown(x.text) }), note: entropyNote(x.entropy), pairs: x.top, truth: x.text }]);
  }

  return {
    element: room.element,
    get reading() { return reading.value; },
    read: () => reading.ask(),
    write(steps) { if (lane.second.on) pen.write(steps); },
    pause: () => pen.pause(),
    /** Another sentence, or from its end again. */
    reset() { pen.pause(); words = []; },
    forget() { reading.forget(); },
    draw() {
      room.set(lane.second.on && words.length > 0);
      if (room.element.hidden) return;
      const all = [...typed(), ...words.map((x) => ({ ...x, state: 'predicted', start: -1, end: -1 }))];
      drawStrip(room.strip, all, {
        tab: all.length - 1, point: (i) => { if (i !== null) point(all[i]); }, act: (i) => point(all[i]),
        look: (x) => (x.state === 'predicted' ? 'predicted' : ''), title: surprise, label: (x) => `${x.text}, ${surprise(x)}`,
      });
      if (pen.on) room.strip.scrollTop = room.strip.scrollHeight;
    },
  };
}
