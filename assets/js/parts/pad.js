/* One's own picture: drawn here with a finger or a mouse, or taken from a file. */
import { h } from '../core/dom.js';
import { t } from '../core/text.js';

const SIDE = 192;
const SENT = 64;
const COLOURS = ['#1d1b20', '#c8324b', '#e8a33d', '#2f8f5b', '#2b6cb0', '#ffffff'];
const LARGEST_FILE = 24_000_000;

export function pad({ value, change, fail }) {
  const canvas = h('canvas', { class: 'pixels pad', width: SIDE, height: SIDE, role: 'img', 'aria-label': t('pad.canvas') });
  canvas.style.width = canvas.style.height = '132px';
  const pen = canvas.getContext('2d');
  let colour = COLOURS[0];
  let last = null;

  function wipe() { pen.fillStyle = '#f4efe6'; pen.fillRect(0, 0, SIDE, SIDE); }
  const spot = (e) => { const box = canvas.getBoundingClientRect(); return [(e.clientX - box.left) * SIDE / box.width, (e.clientY - box.top) * SIDE / box.height]; };
  canvas.addEventListener('pointerdown', (e) => { last = spot(e); canvas.setPointerCapture(e.pointerId); stroke(e); });
  canvas.addEventListener('pointermove', (e) => { if (last) stroke(e); });
  for (const end of ['pointerup', 'pointercancel']) canvas.addEventListener(end, () => { if (last) { last = null; send(); } });

  function stroke(e) {
    const to = spot(e);
    pen.strokeStyle = colour; pen.lineWidth = 20; pen.lineCap = pen.lineJoin = 'round';
    pen.beginPath(); pen.moveTo(...last); pen.lineTo(to[0] + 0.01, to[1]); pen.stroke();
    last = to;
  }

  /** Small enough for a link-free save and for the model, which is smaller still. */
  function send() {
    const small = Object.assign(document.createElement('canvas'), { width: SENT, height: SENT });
    small.getContext('2d').drawImage(canvas, 0, 0, SENT, SENT);
    change(small.toDataURL('image/png'));
  }

  function choose(c) {
    colour = c;
    swatches.forEach((b, i) => b.setAttribute('aria-pressed', String(COLOURS[i] === c)));
  }
  const swatches = COLOURS.map((c, i) => h('button', { type: 'button', style: { background: c }, 'aria-label': t('pad.colour', { n: i + 1 }), 'aria-pressed': String(c === colour), onclick: () => choose(c) }));
  const file = h('input', { type: 'file', accept: 'image/png,image/jpeg,image/webp', class: 'unseen', tabindex: '-1', onchange: () => { if (file.files[0]) open(file.files[0]); file.value = ''; } });

  /** The middle square of a picture, made small here: nothing larger leaves the browser. */
  async function open(blob) {
    if (blob.size > LARGEST_FILE) return fail?.({ key: 'picture_too_heavy', facts: { most: LARGEST_FILE / 1e6 } });
    try {
      const picture = await createImageBitmap(blob);
      const side = Math.min(picture.width, picture.height);
      wipe();
      pen.imageSmoothingQuality = 'high';
      pen.drawImage(picture, (picture.width - side) / 2, (picture.height - side) / 2, side, side, 0, 0, SIDE, SIDE);
      picture.close();
      send();
    } catch { fail?.({ key: 'picture_broken', facts: {} }); }
    return undefined;
  }

  wipe();
  if (value()) { const kept = new Image(); kept.onload = () => pen.drawImage(kept, 0, 0, SIDE, SIDE); kept.src = value(); }
  const element = h('details', { class: 'own' }, h('summary', { class: 'hint' }, t('pad.open')),
    h('div', { class: 'controls' }, canvas, h('div', { class: 'swatches', role: 'group', 'aria-label': t('pad.colours') }, swatches),
      h('button', { type: 'button', class: 'button', onclick: () => file.click() }, t('pad.file')), file,
      h('button', { type: 'button', class: 'button quiet', onclick: () => { wipe(); change(''); } }, t('pad.clear')),
      h('p', { class: 'hint' }, t('pad.hint'))));
  element.open = Boolean(value());
  return element;
}
