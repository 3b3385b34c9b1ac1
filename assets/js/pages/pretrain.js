/* From random weights to words: set up, watch them grow, keep the runs. */
import { whenShown } from '../core/pages.js';
import { door } from '../core/server.js';
import { t } from '../core/text.js';
import { runDesk } from '../train/desk.js';
import { setUp } from '../train/form.js';
import { memory as remember, refill } from '../train/recipe.js';

export function mount(root, { server, given }) { whenShown('pretrain', () => begin(root, door(server), given)); }

function begin(root, call, given) {
  const memory = remember(given.recipes);
  runDesk(root, {
    name: 'pretrain', title: () => t('train.title'), look: 'train', call, memory, given, setUp,
    refill: (name, recipe, documents) => refill(memory.state, given.recipes, name, recipe, documents),
    views: ['bits', 'loss', 'pace', 'tokens'],
  });
}
