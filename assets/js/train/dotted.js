/* Settings by their dotted keys, as `--set` of the command line names them. */

export const valueOf = (recipe, key) => key.split('.').reduce((place, name) => place?.[name], recipe);

export function put(recipe, key, value) {
  const names = key.split('.');
  const last = names.pop();
  names.reduce((place, name) => place[name], recipe)[last] = value;
}

/** A copy in which some are replaced: [[key, value], …]. */
export function changed(recipe, changes) {
  const found = structuredClone(recipe);
  for (const [key, value] of changes) put(found, key, value);
  return found;
}

export const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
