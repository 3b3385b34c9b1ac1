/* What a person has set, kept across reloads and carried by a link. */

const KEY = 'pretext.predict';
const LARGEST_LINK = 6000;
const LONGEST_WORD = 200;
const PAUSE = 250;

/**
 * `fits[key](value)` says whether a value from storage or from a link may be taken for `key`,
 * wherever it stands; without one, anything of the default's own kind may.
 */
export function makeStore(defaults, fits) {
  const { found, before } = load();
  const state = merge(defaults, found, fits);
  let timer = 0;

  /** Writing waits a moment: a model that writes on changes the state at every token. */
  function save() { if (!timer) timer = setTimeout(write, PAUSE); }

  function write() {
    clearTimeout(timer);
    timer = 0;
    // A tree may outgrow what a browser keeps; the text and the settings must not be lost with it.
    try { localStorage.setItem(KEY, packed(state)); } catch {
      try { localStorage.setItem(KEY, packed(state, ['tree', 'own'])); } catch { /* forbidden: the link still works */ }
    }
  }
  addEventListener('pagehide', () => { if (timer) write(); });

  return {
    state,
    /** What stood here before a link replaced it; `null` when none did. */
    before: before && merge(defaults, before, fits),
    /** Change some values of a part ('masked', 'next', … or 'all'). */
    set(part, changes) {
      Object.assign(part === 'all' ? state : state[part], changes);
      save();
    },
    /** An address that reproduces this page; what is too long for one (a drawing) stays out. */
    link() {
      const small = pack(packed(state, ['own']));
      const found = small.length > LARGEST_LINK ? pack(packed(state, ['own', 'tree'])) : small;
      return location.origin + location.pathname + '#p=' + found;
    },
  };
}

const packed = (state, leaving = []) => JSON.stringify(state, (key, value) => (leaving.includes(key) ? undefined : value));

function load() {
  const linked = location.hash.match(/^#p=([\w-]+)$/);
  if (linked) {
    const found = unpack(linked[1]);
    history.replaceState(null, '', location.pathname + location.search);
    if (found) return { found, before: kept() };
  }
  return { found: kept() || {}, before: null };
}

function kept() {
  try { return JSON.parse(localStorage.getItem(KEY)); } catch { return null; }
}

/** A new object: the defaults, with what of `found` fits. An old or hostile link cannot break the page. */
export function merge(defaults, found, fits) {
  return Object.fromEntries(Object.entries(defaults).map(([key, known]) => {
    const kept = found?.[key];
    if (fits[key]) return [key, fits[key](kept) ? kept : structuredClone(known)];
    if (typeof known === 'object') return [key, merge(known, typeof kept === 'object' ? kept : {}, fits)];
    const same = typeof kept === typeof known && !(typeof kept === 'string' && kept.length > LONGEST_WORD);
    return [key, same ? kept : known];
  }));
}

function pack(text) {
  let binary = '';
  new TextEncoder().encode(text).forEach((byte) => { binary += String.fromCharCode(byte); });
  return btoa(binary).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
}

function unpack(text) {
  try {
    const binary = atob(text.replace(/-/g, '+').replace(/_/g, '/'));
    return JSON.parse(new TextDecoder().decode(Uint8Array.from(binary, (c) => c.charCodeAt(0))));
  } catch { return null; }
}
