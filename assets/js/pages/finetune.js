/* One's own documents taught to a model: read, learnt, watched, judged. */
import { whenShown } from '../core/pages.js';
import { door } from '../core/server.js';
import { t } from '../core/text.js';
import { runDesk } from '../train/desk.js';
import { setUp } from '../tune/form.js';
import { nearTo } from '../tune/near.js';
import { memory as remember, refill, VIEWS } from '../tune/recipe.js';
import { verdicts } from '../tune/verdict.js';

export function mount(root, { server, given }) { whenShown('finetune', () => begin(root, door(server), given)); }

function begin(root, call, given) {
  const memory = remember(given.presets);
  runDesk(root, {
    name: 'finetune', title: () => t('tune.title'), look: 'train tune', call, memory, given, setUp, beside: true, views: VIEWS,
    refill: (name, recipe, documents) => refill(memory.state, given.presets, name, recipe, documents),
    near: (run) => nearTo({ call, run }),
    after: (ctx) => [verdicts(ctx)],
  });
}
