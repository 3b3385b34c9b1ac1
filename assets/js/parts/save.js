/* Take a view home: its data as JSON, its picture as SVG or PNG, a denoising as an animation. */
import { t } from '../core/text.js';

export function download(name, blob) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

export const saveJson = (name, data) => download(name + '.json', new Blob([JSON.stringify(data, null, 1)], { type: 'application/json' }));

/** The element as it stands, in an SVG that carries the page's styles and fonts with it. */
export async function saveSvg(name, element) { download(name + '.svg', new Blob([await portrait(element)], { type: 'image/svg+xml' })); }

export async function savePng(name, element) {
  const box = element.getBoundingClientRect();
  const image = new Image();
  image.src = 'data:image/svg+xml;charset=utf-8,' + encodeURIComponent(await portrait(element));
  await image.decode();
  const canvas = Object.assign(document.createElement('canvas'), { width: box.width * 2, height: box.height * 2 });
  canvas.getContext('2d').drawImage(image, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise((done) => canvas.toBlob(done, 'image/png'));
  if (!blob) throw new Error(t('error.nothing_to_save'));
  download(name + '.png', blob);
}

async function portrait(element) {
  const box = element.getBoundingClientRect();
  const copy = element.cloneNode(true);
  mirror(element, copy);
  copy.style.margin = '0';
  copy.setAttribute('xmlns', 'http://www.w3.org/1999/xhtml');
  const root = document.documentElement;
  const xml = new XMLSerializer().serializeToString(copy);
  const style = `${await stylesheet()}`.replace(/</g, '&lt;').replace(/&(?!lt;)/g, '&amp;');
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${box.width}" height="${box.height}"><foreignObject width="100%" height="100%">`
    + `<html xmlns="http://www.w3.org/1999/xhtml" data-theme="${root.dataset.theme}" style="${vars(root)};overflow:hidden;background:none!important"><head><style>${style}</style></head><body class="lab lab-view" style="margin:0;background:none">${xml}</body></html></foreignObject></svg>`;
}

/** Values of fields and the pixels of canvases are not in the markup: carry them over. */
function mirror(from, to) {
  const [a, b] = [from.querySelectorAll('input,select,canvas'), to.querySelectorAll('input,select,canvas')];
  a.forEach((old, i) => {
    if (old.tagName === 'CANVAS') { const img = document.createElement('img'); img.src = old.toDataURL(); img.className = old.className; img.style.cssText = old.style.cssText; img.width = old.width; img.height = old.height; b[i].replaceWith(img); }
    else if (old.tagName === 'SELECT') [...b[i].options].forEach((o) => o.toggleAttribute('selected', o.value === old.value));
    else b[i].setAttribute('value', old.value);
  });
}

const vars = (root) => ['--paper', '--card', '--ink', '--soft', '--line', '--wash', '--edge', '--masked', '--masked-wash', '--next', '--next-wash', '--noise', '--noise-wash', '--ui', '--text', '--mono', '--round']
  .map((v) => `${v}:${getComputedStyle(root).getPropertyValue(v).replace(/"/g, "'")}`).join(';');

/** The page's own rules with the fonts put inside: an SVG file may fetch nothing. */
async function stylesheet() {
  const css = await (await fetch('/lab/app.css')).text();
  const parts = css.split(/url\((fonts\/[^)]+)\)/);
  const whole = await Promise.all(parts.map((part, i) => (i % 2 ? inline('/lab/' + part) : part)));
  return whole.join('');
}

async function inline(address) {
  const blob = await (await fetch(address)).blob();
  return new Promise((done) => { const reader = new FileReader(); reader.onload = () => done(`url(${reader.result})`); reader.readAsDataURL(blob); });
}
