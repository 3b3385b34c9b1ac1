"""A lesson on paper: one HTML page without a script, its answers on a leaf of their own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from html import escape

from lab import saying
from lab.charts import Answer, Bar, Exhibit
from lab.lessons.beliefs import truth_of
from lab.lessons.grown import grown
from lab.lessons.schema import Figures, Growth, Guess, Lesson, Part, Read, Try, Words
from lab.lessons.sources import exhibit
from lab.session import Session
from lab.texts import LANGUAGES, say, sentence
from lab.types import Computer, LabError
from lab.views.bars import bars_svg
from lab.views.wire import data_url, png

STYLE = """
@page { margin: 18mm; }
body { font: 11.5pt/1.5 Georgia, serif; color: #1d1b20; max-width: 46em; margin: 2em auto; }
h1, h2, h3, figcaption, svg, table { font-family: system-ui, sans-serif; }
h1 { font-size: 20pt; line-height: 1.2; } h2 { font-size: 13pt; margin: 1.6em 0 .4em; }
.line, .source, figcaption { color: #5d5963; } .source { font-size: 9pt; }
ol.options { list-style: none; padding: 0; }
ol.options li { display: grid; grid-template-columns: 1fr 8em; gap: 1em; margin: .5em 0; }
ol.options span { border-bottom: 1px solid #b9b3a8; text-align: right; color: #5d5963; }
section, figure, li { break-inside: avoid; } figure { margin: 1em 0; }
.answers { break-before: page; } svg { max-width: 100%; height: auto; }
img { width: 128px; image-rendering: pixelated; } img.sheet { width: auto; max-width: 100%; }
.said b { background: #f3efe6; }
code { font: 9pt/1.4 ui-monospace, monospace; overflow-wrap: anywhere; }
.limits { border-left: 3px solid #8d8799; padding-left: 1em; }
"""


def handout(name: str, lesson: Lesson, language: str, session: Session) -> str:
    """The whole page in one language of the lab. What a lesson says is text, never HTML."""
    code = language if language in LANGUAGES else LANGUAGES[0]
    paper = _Paper(name, code, session)
    asked = "".join(paper.asked(part) for part in lesson.part)
    answered = "".join(
        paper.answered(number, part) for number, part in enumerate(_questions(lesson, code), 1)
    )
    further = "".join(
        f"<li>{escape(one.work)}. {escape(one.why.said()[code])} {escape(one.url)}</li>"
        for one in lesson.further
    )
    title = escape(lesson.title.said()[code])
    return (
        f'<!doctype html><html lang="{code}"><head><meta charset="utf-8"><title>{title}</title>'
        f"<style>{STYLE}</style></head><body><h1>{title}</h1>"
        f'<p class="line">{escape(lesson.line.said()[code])} '
        f"{escape(say(code, 'learn.minutes', n=lesson.minutes))} · Pretext Lab · {escape(name)}</p>"
        f'{asked}<section class="limits"><h2>{escape(say(code, "learn.limits"))}</h2>'
        f"{paper.paragraphs(lesson.limits)}</section>"
        f"<h2>{escape(say(code, 'learn.further'))}</h2><ul>{further}</ul>"
        f'<div class="answers"><h1>{escape(say(code, "learn.answers"))}</h1>{answered}</div>'
        "</body></html>"
    )


def _questions(lesson: Lesson, code: str) -> Iterator[Guess]:
    for part in lesson.part:
        if isinstance(part, Guess) and part.reader in ("", code):
            yield part


class _Paper:
    """Writes parts as HTML in one language."""

    def __init__(self, name: str, code: str, session: Session) -> None:
        self.name, self.code, self.session = name, code, session
        self.number = 0

    def asked(self, part: Part) -> str:
        """A part as it stands before anything is revealed."""
        if part.reader not in ("", self.code):
            return ""
        match part:
            case Read():
                return self.paragraphs(part.say)
            case Guess():
                self.number += 1
                options = "".join(
                    f"<li>{self.text(option.say)}<span>%</span></li>" for option in part.option
                )
                return (
                    f"<section><h2>{self.number}. {self.text(part.ask)}</h2>"
                    f'<ol class="options">{options}</ol></section>'
                )
            case Figures():
                labels = [self.text(case.label) for case in part.case] or [""]
                shown = "".join(
                    self.figure(exhibit(source, self.session), label)
                    for source, label in zip(part.cases, labels, strict=True)
                )
                return f"{self.head(part)}{shown}</section>"
            case Growth():
                inside = grown(part.runs, self.code, self.session)
                rest = escape(say(self.code, "learn.moments_more", name=self.name))
                return f'{self.head(part)}{inside}<p class="source">{rest}</p></section>'
            case Try():
                return self.paragraphs(part.say)

    def head(self, part: Figures | Growth) -> str:
        line = self.paragraphs(part.say) if part.say else ""
        return f"<section><h2>{self.text(part.title)}</h2>{line}"

    def answered(self, number: int, part: Guess) -> str:
        """A question with what turned out."""
        shown = exhibit(part.source, self.session) if part.source else Exhibit()
        try:
            truth = truth_of(part, shown)
        except LabError as error:
            return (
                f"<section><h3>{number}.</h3><p>{escape(sentence(self.code, error))}</p></section>"
            )
        told = "; ".join(
            f"{self.text(option.say)} {saying.share(self.code, share)}"
            for option, share in zip(part.option, truth, strict=True)
            if share >= 0.005
        )
        return (
            f"<section><h3>{number}. {self.text(part.ask)}</h3><p><b>{told}</b></p>"
            f"{self.figure(shown)}{self.paragraphs(part.after)}</section>"
        )

    def figure(self, shown: Exhibit, label: str = "") -> str:
        """A chart or answers, where they are from, and the commands that make them again.

        label  of the position of a slider, as HTML
        """
        inside = ""
        if shown.bars:
            inside = bars_svg(shown.bars, self.code, [self.value(bar) for bar in shown.bars])
        inside += "".join(self.answer(answer) for answer in shown.answers)
        inside += "".join(f"<p>{escape(sentence(self.code, e))}</p>" for _, e in shown.missing)
        inside += "".join(
            f'<p class="source">{escape(sentence(self.code, e))}</p>' for _, e in shown.refused
        )
        told = (say(self.code, f"notice.{n.key}", **n.facts) for n in shown.notices)
        inside += "".join(f'<p class="source">{escape(one)}</p>' for one in told)
        if not inside:
            return ""
        whence = say(self.code, f"learn.whence.{shown.whence}", date=shown.made)
        whence = " ".join([whence, *map(self.computer, shown.computers)])
        commands = "".join(f"<code>{escape(one)}</code><br>" for one in shown.commands)
        title = escape(say(self.code, f"figure.{shown.key}")) if shown.key else ""
        head = " · ".join(filter(None, (label and f"<b>{label}</b>", title)))
        return (
            f"<figure><figcaption>{head}</figcaption>{inside}"
            f'<p class="source">{escape(whence)}<br>{commands}</p></figure>'
        )

    def computer(self, one: Computer | None) -> str:
        """Which machine speed and memory are of."""
        if one is None:
            return say(self.code, "learn.computer_unknown")
        return say(self.code, "learn.computer", **asdict(one))

    def answer(self, answer: Answer) -> str:
        label = escape(answer.label.get(self.code, answer.key))
        if answer.picture:
            shown = [one for one in (answer.start, answer.picture, answer.nearest) if one]
            drawn = "".join(f'<img alt="{label}" src="{data_url(png(one))}"> ' for one in shown)
            return f"<p>{drawn}<br>{label}</p>"
        if answer.top:
            likely = [(escape(t.strip()), saying.share(self.code, p)) for t, p in answer.top[:5]]
            guesses = ", ".join(f"{word} {share}" for word, share in likely)
            return f"<p>{label}{saying.colon(self.code)} {guesses}</p>"
        if answer.passages:
            found = (f"<p>{self.pieces(one.pieces)} ({escape(one.document)})</p>"
                     for one in answer.passages)  # fmt: skip
            return f'<div class="said"><p>{label}</p>{"".join(found)}</div>'
        pieces = self.pieces(answer.tokens)
        bits = f"{saying.number(self.code, answer.bits, 1)} bits" if answer.bits is not None else ""
        return f'<p class="said">{label}{saying.colon(self.code)} {pieces}{bits}</p>'

    def pieces(self, pieces: Sequence[tuple[str, bool]]) -> str:
        """A text with what is marked of it."""
        return "".join(f"<b>{escape(p)}</b>" if marked else escape(p) for p, marked in pieces)

    def value(self, bar: Bar) -> str:
        if bar.unit == "share":
            return saying.share(self.code, bar.value)
        if bar.unit == "bytes":
            return saying.size(self.code, round(bar.value))
        whole = bar.unit == "rank" or bar.value >= 100
        return saying.number(self.code, bar.value, 0 if whole else 2 if bar.value >= 1 else 3)

    def text(self, words: Words) -> str:
        return _inline(words.said()[self.code])

    def paragraphs(self, words: Words) -> str:
        parts: Sequence[str] = re.split(r"\n\s*\n", words.said()[self.code].strip())
        return "".join(f"<p>{_inline(part)}</p>" for part in parts)


def _inline(text: str) -> str:
    """*stars* lend weight; all else is as it is written."""
    return re.sub(r"\*([^*\n]+)\*", r"<em>\1</em>", escape(text))
