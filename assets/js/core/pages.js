/* Which page is shown. The address says it (?tab=NAME; Gradio keeps ?page for itself), so that a reload and the back button stay true. */

const root = document.documentElement;
const wishes = new Map();

export const shownPage = () => root.dataset.page;

/** The page the address asks for; a link to a prediction leads to where predictions are made. */
export function asked(pages) {
  const name = location.hash.startsWith('#p=') ? null : new URLSearchParams(location.search).get('tab');
  return pages.includes(name) ? name : pages[0];
}

/** The address of a page; what else the address says (language, theme) stays. */
export function addressOf(page, first) {
  const query = new URLSearchParams(location.search);
  query.delete('lesson');
  if (page === first) query.delete('tab'); else query.set('tab', page);
  return location.pathname + (query.size ? '?' + query : '');
}

/** Show a page and tell it so. */
export function show(page) {
  root.dataset.page = page;
  document.getElementById('lab-shown').textContent = `.lab-page:not(#page-${page}){display:none!important}`;
  dispatchEvent(new CustomEvent('pretext:page', { detail: page }));
}

/** Build a page when it is first shown: one that is not looked at asks the server nothing. */
export function whenShown(page, build) {
  const look = () => {
    if (shownPage() !== page) return;
    removeEventListener('pretext:page', look);
    build();
  };
  addEventListener('pretext:page', look);
  look();
}

/** Go to another page from within one. */
export const visit = (page) => dispatchEvent(new CustomEvent('pretext:visit', { detail: page }));

/** How a page is to be set up when it is shown next. */
export const wish = (page, settings) => wishes.set(page, settings);

/** What was wished of a page, once; `null` for nothing. */
export function wished(page) {
  const found = wishes.get(page) ?? null;
  wishes.delete(page);
  return found;
}

/** Ask the Predict page to use a model for an objective, and go there. */
export function tryIn(model, objective) {
  wish('predict', { model, objective });
  visit('predict');
}
