"""Cut a stream of text into parts that stand on their own: at headings, else at paragraph ends."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lab.documents.base import Section

SIZE = 20_000
"""Characters of a part, about: some ten pages."""
AHEAD = 8 * SIZE
"""Characters waited for before a text without any empty line is cut all the same."""
TITLE = 80
"""Characters of a title at most."""

PROSE = re.compile(
    "\n\n[ \t]*("
    "(?:chapter|chapitre|part|partie|book|livre|titre|section|article|art\\.|acte?|scene|scène"
    "|letter|lettre|canto|chant|annexe|appendix)"
    "[ \u00a0]+(?:[ivxlc]+|[lrd]?\\.?\\d[\\d.\\-]*|one|two|three|four|five|six|seven|eight|nine|ten"
    "|first|second|third|last|premi(?:er|ère)|deuxième|seconde?|troisième|dernière?|ier)"
    "\\b[^\n]{0,80}"
    "|(?:pr[eé]face|prologue|[eé]pilogue|foreword|introduction|conclusion|avant-propos)"
    "|(?-i:[IVXLC]{1,7})\\.?"
    ")(?=[ \t]*(?:\n|\\Z))",
    re.IGNORECASE,
)
"""A chapter or an article of a plain text: a short line of its own, empty lines around it."""


@dataclass(frozen=True, slots=True)
class Heading:
    """Where a heading begins in a run of text, and what it says."""

    at: int
    title: str


class Headings:
    """Finds the headings of plain prose. Other kinds of text have finders of their own."""

    def find(self, text: str) -> Iterator[Heading]:
        """Those of one run of text, in their order; runs come in theirs."""
        for found in PROSE.finditer(text):
            yield Heading(found.start(1), found[1])


def parts(runs: Iterable[str], headings: Headings | None = None) -> Iterator[Section]:
    """The text of `runs` in sections of SIZE characters or less, each under its heading.

    No character is lost but blanks around a part; memory does not grow with the text.
    """
    finder = headings or Headings()
    title, number, open_text = "", 1, ""
    for block in _blocks(runs):
        begins = [*finder.find(block), Heading(len(block), "")]
        open_text += block[: begins[0].at]
        for heading, following in itertools.pairwise([None, *begins]):
            assert following is not None
            if heading is not None:
                yield from _cut(open_text, title, number)
                title, number = _short(heading.title), 1
                open_text = block[heading.at : following.at]
            *whole, open_text = _pieces(open_text)
            for piece in whole:
                yield from _cut(piece, title, number)
                number += 1
    yield from _cut(open_text, title, number)


def bounded(section: Section) -> Iterator[Section]:
    """The section itself, or parts of it where it is too long to be one."""
    if len(section.text) <= 2 * SIZE:
        yield section
        return
    for number, piece in enumerate(_pieces(section.text), start=1):
        yield from _cut(piece, section.title, number)


def _blocks(runs: Iterable[str]) -> Iterator[str]:
    """The same text in runs that end before an empty line, so that no heading is cut in two."""
    # A file's first line may be a heading as well: there is nothing before it.
    left = "\n\n"
    for run in itertools.chain(runs, [None]):
        if run is None:
            yield left
            return
        left += run
        end = left.rfind("\n\n")
        if end <= 0 and len(left) > AHEAD:
            end = max(left.rfind("\n", 1), left.rfind(" ", 1), 0) or len(left)
        if end > 0:
            yield left[:end]
            left = left[end:]


def _pieces(text: str) -> list[str]:
    """The text cut to pieces of SIZE at most; the last one is what is left over."""
    found: list[str] = []
    at = 0
    while len(text) - at > SIZE:
        end = _end(text, at)
        found.append(text[at:end])
        at = end
    return [*found, text[at:]]


def _end(text: str, at: int) -> int:
    """Where the piece that begins at `at` had best end."""
    for mark in ("\n\n", "\n", " "):
        if (end := text.rfind(mark, at + SIZE // 4, at + SIZE)) > 0:
            return end
    return at + SIZE


def _cut(text: str, title: str, number: int) -> Iterator[Section]:
    """A section of the text, if there is any; without a heading its first words are its title."""
    if text := text.strip("\n"):
        if text.isspace():
            return
        named = title or _short(text[: 4 * TITLE].strip().split("\n", 1)[0])
        yield Section(f"{title} ({number})" if title and number > 1 else named, text)


def _short(title: str) -> str:
    title = " ".join(title.split())
    return title if len(title) <= TITLE else title[: TITLE - 1].rstrip() + "…"
