/* What a person has set, kept across reloads and carried by a link. */

const KEY = 'pretext.predict';
const LARGEST_LINK = 6000;

export function makeStore(defaults) {
  const state = merge(structuredClone(defaults), load());
  const listeners = new Map();

  function save() {
    try { localStorage.setItem(KEY, JSON.stringify(state)); } catch { /* full or forbidden: the link still works */ }
  }

  return {
    state,
    /** Change some values of a part ('masked', 'next', … or 'all') and tell who listens to it. */
    set(part, changes) {
      Object.assign(part === 'all' ? state : state[part], changes);
      save();
      (listeners.get(part) || []).forEach((listener) => listener(changes));
    },
    on(part, listener) {
      listeners.set(part, [...(listeners.get(part) || []), listener]);
    },
    /** An address that reproduces this page; what is too long for one (a drawing) stays out. */
    link() {
      const small = structuredClone(state);
      for (const part of Object.values(small)) if (part && typeof part === 'object') { delete part.own; }
      let packed = pack(small);
      if (packed.length > LARGEST_LINK) { for (const part of Object.values(small)) if (part && typeof part === 'object') delete part.tree; packed = pack(small); }
      return location.origin + location.pathname + '#p=' + packed;
    },
    forget() { try { localStorage.removeItem(KEY); } catch { /* nothing was kept */ } },
  };
}

function load() {
  const linked = location.hash.match(/^#p=([\w-]+)$/);
  if (linked) {
    const found = unpack(linked[1]);
    history.replaceState(null, '', location.pathname + location.search);
    if (found) return found;
  }
  try { return JSON.parse(localStorage.getItem(KEY)) || {}; } catch { return {}; }
}

/** Take from `found` what has the shape of the defaults: an old or hostile link cannot break the page. */
function merge(defaults, found) {
  for (const key of Object.keys(defaults)) {
    const kept = found?.[key];
    if (kept === undefined || kept === null) continue;
    const known = defaults[key];
    if (known === null) { defaults[key] = kept; continue; }
    if (Array.isArray(known) ? Array.isArray(kept) : typeof kept === typeof known && !Array.isArray(kept)) {
      defaults[key] = typeof known === 'object' && !Array.isArray(known) ? merge(known, kept) : kept;
    }
  }
  return defaults;
}

function pack(object) {
  const raw = new TextEncoder().encode(JSON.stringify(object));
  let binary = '';
  raw.forEach((byte) => { binary += String.fromCharCode(byte); });
  return btoa(binary).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
}

function unpack(text) {
  try {
    const binary = atob(text.replace(/-/g, '+').replace(/_/g, '/'));
    return JSON.parse(new TextDecoder().decode(Uint8Array.from(binary, (c) => c.charCodeAt(0))));
  } catch { return null; }
}
