/* What is asked about a sentence once the fingers rest: its layers, its training task, its attention. */
import { h, redraw } from '../core/dom.js';
import { latest } from '../core/server.js';
import { chance, t } from '../core/text.js';
import { segments } from '../parts/controls.js';
import { shadeFor } from './shared.js';

/**
 * prompt(lens) gives the question; about() changes with every other sentence; take(reading) gets
 * one that has its layers; draw() and panel() show what came; fail(error) tells what did not.
 */
export function insight(ctx, lane, { part, prompt, about, take, draw, panel, fail }) {
  const { call, store } = ctx;
  const state = () => store.state[part];
  const heads = h('span');
  let [sees, attention] = [null, null];

  const deepen = latest(() => call.read(lane.ask(prompt(true))), take, fail, { about });
  const look = latest(() => call.sees(lane.ask(prompt(false), 1)), (value) => { sees = value; panel(); }, () => lane.panel.clear(), { about });
  const attend = latest(() => call.attend({ ask: lane.ask(prompt(false)), place: state().place }), (value) => { attention = value; draw(); }, fail, { about });

  return {
    heads, deepen, look,
    get sees() { return sees; },
    forget() { [sees, attention] = [null, null]; },
    /** The chosen token may lie beyond the end of a sentence that has been shortened. */
    attend(count) { if (state().view === 'attention' && state().place >= 0 && state().place < count) attend(); },
    choose(place) { store.set(part, { place }); attend(); },
    line: () => t(state().place >= 0 ? 'lane.attention.shown' : 'lane.attention.choose'),
    /** One token's attention over the others, 0 to 1 each; null unless it is shown and known. */
    row() {
      const { view, layer, head, place } = state();
      const known = view === 'attention' && attention?.place === place;
      return known ? attentionRow(attention, layer, head) : null;
    },
    drawHeads(shown) {
      if (!shown) return redraw(heads);
      const options = [[-1, t('control.all_heads')], ...attention.weights[0].map((_, i) => [i, String(i + 1)])];
      return redraw(heads, segments({ key: 'head', options, value: state().head, change: (head) => { store.set(part, { head }); draw(); } }));
    },
    shade: (strip, tokens, range) => shadeFor(strip, tokens, sees, range),
  };
}

export const attentionTitle = (share) => t('strip.attention', { p: chance(share) });

/** One token's attention: the chosen layer, one head or their mean. */
function attentionRow(attention, layer, head) {
  const last = attention.weights.length - 1;
  const heads = attention.weights[layer < 0 ? last : Math.min(Math.max(layer - 1, 0), last)];
  if (head >= 0 && heads[head]) return heads[head];
  return heads[0].map((_, j) => heads.reduce((sum, row) => sum + row[j], 0) / heads.length);
}
