/* Runs before anything is painted: the theme and language last chosen, or the system's, and the page. */
(() => {
  const root = document.documentElement;
  const saved = (key) => { try { return localStorage.getItem('pretext.' + key); } catch { return null; } };
  const asked = new URLSearchParams(location.search);
  const wish = asked.get('theme') || saved('theme');
  const dark = wish ? wish === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  root.dataset.theme = dark ? 'dark' : 'light';
  const speak = asked.get('lang') || saved('lang') || navigator.language || 'en';
  root.lang = speak.toLowerCase().startsWith('fr') ? 'fr' : 'en';
  const shown = document.head.appendChild(document.createElement('style'));
  shown.id = 'lab-shown';
  const page = asked.get('tab') || 'predict';
  if (/^[a-z-]+$/.test(page) && !location.hash.startsWith('#p=')) shown.textContent = `.lab-page:not(#page-${page}){display:none!important}`;
})();
