/* Take a view home: its data as JSON, its picture as SVG or PNG, a denoising as an animation. */
import { Refusal } from '../core/server.js';

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
  if (!blob) throw new Refusal('nothing_to_save');
  download(name + '.png', blob);
}

/** An SVG file is a document of its own: the theme stands on its root, and the styles lie inside. */
async function portrait(element) {
  const box = element.getBoundingClientRect();
  const copy = element.cloneNode(true);
  mirror(element, copy);
  copy.style.margin = '0';
  copy.setAttribute('xmlns', 'http://www.w3.org/1999/xhtml');
  const style = (await stylesheet()).replace(/&/g, '&amp;').replace(/</g, '&lt;');
  return `<svg xmlns="http://www.w3.org/2000/svg" data-theme="${document.documentElement.dataset.theme}" width="${box.width}" height="${box.height}">`
    + '<foreignObject width="100%" height="100%"><html xmlns="http://www.w3.org/1999/xhtml" style="overflow:hidden;background:none!important">'
    + `<head><style>${style}</style></head><body class="lab lab-view" style="margin:0;background:none!important">`
    + `${new XMLSerializer().serializeToString(copy)}</body></html></foreignObject></svg>`;
}

/** Values of fields and the pixels of canvases are not in the markup: carry them over. */
function mirror(from, to) {
  const copies = to.querySelectorAll('input,select,canvas');
  from.querySelectorAll('input,select,canvas').forEach((old, i) => {
    if (old.tagName === 'CANVAS') copies[i].replaceWith(still(old));
    else if (old.tagName === 'SELECT') [...copies[i].options].forEach((o) => o.toggleAttribute('selected', o.value === old.value));
    else copies[i].setAttribute('value', old.value);
  });
}

function still(canvas) {
  const image = Object.assign(document.createElement('img'), { src: canvas.toDataURL(), className: canvas.className, width: canvas.width, height: canvas.height });
  image.style.cssText = canvas.style.cssText;
  return image;
}

/** The page's own rules with the fonts put inside: an SVG file may fetch nothing. */
async function stylesheet() {
  const sheets = [...document.querySelectorAll('link[rel=stylesheet][href^="/lab/"]')];
  const rules = await Promise.all(sheets.map(async (sheet) => (await fetch(sheet.href)).text()));
  const parts = rules.join('\n').split(/url\(\.\.\/(fonts\/[^)]+)\)/);
  return (await Promise.all(parts.map((part, i) => (i % 2 ? inline('/lab/' + part) : part)))).join('');
}

async function inline(address) {
  const blob = await (await fetch(address)).blob();
  return new Promise((done, failed) => {
    const reader = new FileReader();
    reader.onload = () => done(`url(${reader.result})`);
    reader.onerror = () => failed(reader.error);
    reader.readAsDataURL(blob);
  });
}
