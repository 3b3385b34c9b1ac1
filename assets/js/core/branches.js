/* What a model wrote, as a tree: every alternative taken is kept and can be returned to. */

const REMEMBERED = 24;
const MOST_NODES = 20_000;

/**
 * A node: {parent, text, id, p, top: [[text, p]], top_ids, entropy, chosen}. `chosen` marks a branch
 * taken by hand. `leaf` is where the writing stands; -1 is the sentence itself.
 */
export function branches(saved, keep) {
  let tree = saved;
  const past = new Map();

  const save = () => keep(tree);
  const children = (at) => tree.nodes.flatMap((node, i) => (node.parent === at ? [i] : []));
  return {
    get nodes() { return tree.nodes; },
    get leaf() { return tree.leaf; },
    /** Another sentence has its own tree; coming back to the first finds it as it was. */
    root(text) {
      if (tree.text === text) return;
      if (tree.nodes.length) past.set(tree.text, tree);
      if (past.size > REMEMBERED) past.delete(past.keys().next().value);
      tree = past.get(text) || { text, nodes: [], leaf: -1 };
      save();
    },
    go(at) { tree.leaf = at; save(); },
    /** Write a token after the leaf; one that stands there already is walked to, not doubled. */
    add(token, chosen = false) {
      const there = children(tree.leaf).find((i) => tree.nodes[i].id === token.id);
      if (there === undefined) {
        const { text, id, p, top, top_ids, entropy } = token;
        tree.nodes.push({ parent: tree.leaf, text, id, p, top, top_ids, entropy, chosen });
      }
      tree.leaf = there ?? tree.nodes.length - 1;
      save();
    },
    /** Write the j-th of what was likely here, chosen by hand. */
    take(guess, j) {
      const [text, p] = guess.top[j];
      this.add({ ...guess, text, p, id: guess.top_ids[j] }, true);
    },
    /** Node numbers from the first token written to the leaf. */
    path() {
      const found = [];
      for (let i = tree.leaf; i >= 0; i = tree.nodes[i].parent) found.push(i);
      return found.reverse();
    },
    /** Token ids that a continuation must start with, and what they read as. */
    written() { return this.path().map((i) => tree.nodes[i].id); },
    text() { return this.path().map((i) => tree.nodes[i].text).join(''); },
    /** Runs of tokens without a fork: [{first, last, text, kids: [run, …]}]. */
    runs() {
      const under = new Map();
      tree.nodes.forEach(({ parent }, i) => (under.has(parent) ? under.get(parent).push(i) : under.set(parent, [i])));
      const kids = (at) => under.get(at) || [];
      const from = (at) => kids(at).map((first) => {
        let last = first;
        let { text } = tree.nodes[first];
        while (kids(last).length === 1) { [last] = kids(last); text += tree.nodes[last].text; }
        return { first, last, text, kids: from(last) };
      });
      return from(-1);
    },
    get forked() { return new Set(tree.nodes.map((node) => node.parent)).size < tree.nodes.length; },
  };
}

/** Whether a tree from elsewhere hangs together: a parent stands before its child, so no path goes round. */
export function sound(tree) {
  return typeof tree?.text === 'string' && Array.isArray(tree.nodes) && tree.nodes.length <= MOST_NODES
    && tree.nodes.every(isNode) && Number.isInteger(tree.leaf) && tree.leaf >= -1 && tree.leaf < tree.nodes.length;
}

function isNode(node, i) {
  return Number.isInteger(node?.parent) && node.parent >= -1 && node.parent < i
    && typeof node.text === 'string' && Number.isInteger(node.id) && [node.p, node.entropy].every(isFigure)
    && Array.isArray(node.top) && node.top.every((pair) => Array.isArray(pair) && typeof pair[0] === 'string' && typeof pair[1] === 'number')
    && Array.isArray(node.top_ids) && node.top_ids.length === node.top.length && node.top_ids.every(Number.isInteger);
}

const isFigure = (v) => v === null || v === undefined || typeof v === 'number';
