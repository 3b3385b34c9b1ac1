/* Runs before anything is painted: the theme and language last chosen, or the system's. */
(() => {
  const root = document.documentElement;
  const saved = (key) => { try { return localStorage.getItem('pretext.' + key); } catch { return null; } };
  const asked = new URLSearchParams(location.search);
  const wish = asked.get('theme') || saved('theme');
  const dark = wish ? wish === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  root.dataset.theme = dark ? 'dark' : 'light';
  const speak = asked.get('lang') || saved('lang') || navigator.language || 'en';
  root.lang = speak.toLowerCase().startsWith('fr') ? 'fr' : 'en';
})();
