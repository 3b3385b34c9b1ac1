/* A lesson's words: an empty line parts paragraphs, *stars* lend weight. Text stays text. */
import { h } from '../core/dom.js';
import { language } from '../core/text.js';

export const inline = (words) => pieces(words[language()]);
export const paragraphs = (words) => words[language()].trim().split(/\n\s*\n/).map((one) => h('p', {}, pieces(one)));

const pieces = (text) => text.split(/(\*[^*\n]+\*)/).map((piece) => (/^\*[^*\n]+\*$/.test(piece) ? h('em', {}, piece.slice(1, -1)) : piece));
