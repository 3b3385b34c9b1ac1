/* What a model wrote, as a tree: every alternative taken is kept and can be returned to. */

const REMEMBERED = 24;

/**
 * A node: {parent, text, id, p, top: [[text, p]], top_ids, entropy, chosen}. `chosen` marks a branch
 * taken by hand. `leaf` is where the writing stands; -1 is the sentence itself.
 */
export function branches(saved, keep) {
  let tree = saved.nodes ? saved : { text: '', nodes: [], leaf: -1 };
  const past = new Map();

  const save = () => keep(tree);
  const children = (at) => tree.nodes.flatMap((node, i) => (node.parent === at ? [i] : []));
  return {
    get nodes() { return tree.nodes; },
    get leaf() { return tree.leaf; },
    children,
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
      return tree.leaf;
    },
    /** Node numbers from the first token written to `at`. */
    path(at = tree.leaf) {
      const found = [];
      for (let i = at; i >= 0; i = tree.nodes[i].parent) found.unshift(i);
      return found;
    },
    /** Token ids that a continuation from `at` must start with. */
    written(at = tree.leaf) { return this.path(at).map((i) => tree.nodes[i].id); },
    /** Runs of tokens without a fork: [{first, last, text, kids: [run, …]}]. */
    runs(from = -1) {
      return children(from).map((first) => {
        let last = first;
        let text = tree.nodes[first].text;
        for (let kids = children(last); kids.length === 1; kids = children(last)) { [last] = kids; text += tree.nodes[last].text; }
        return { first, last, text, kids: this.runs(last) };
      });
    },
    get forked() { return tree.nodes.some((_, i) => children(i).length > 1) || children(-1).length > 1; },
  };
}
