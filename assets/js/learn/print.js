/* A hand-out: a page of its own, shown to be printed; where no window may open, it is kept as a file. */
import { download } from '../parts/save.js';

export function print(html, name) {
  const file = new Blob([html], { type: 'text/html' });
  const url = URL.createObjectURL(file);
  const shown = window.open(url, '_blank');
  if (!shown) download(`${name}.html`, file);
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
