"""Plain text as it lies there: notes, Markdown, logs, TeX; cut at its headings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from lab.documents.base import Dropped, Reader, Section
from lab.documents.parts import Heading, Headings, parts
from lab.documents.readers._plain import checked

MARKED = re.compile(
    "\n(?:(?P<fence>```|~~~)|#{1,6}[ \t]+(?P<title>[^\n]+)"
    "|(?P<lined>[^\\s|>#\\-*+][^\n]{0,200})\n(?:={3,}|-{3,})[ \t]*(?=\n|\\Z))"
)
"""Headings of Markdown, and the fences of programs within which # means something else."""
UNDERLINED = re.compile('\n(?P<title>\\S[^\n]{0,200})\n([=\\-~^"*+#])\\2{2,}[ \t]*(?=\n|\\Z)')
"""Headings of reStructuredText."""
TEX = re.compile(r"\n[ \t]*\\(?:part|chapter|section|subsection)\*?\{(?P<title>[^{}\n]*)")


class Markdown(Headings):
    """Headings of Markdown; what stands between fences is a program."""

    def __init__(self) -> None:
        self.fenced = False

    def find(self, text: str) -> Iterator[Heading]:
        for found in MARKED.finditer(text):
            if found["fence"]:
                self.fenced = not self.fenced
            elif not self.fenced:
                yield Heading(found.start() + 1, (found["title"] or found["lined"]).strip("# "))


class Pattern(Headings):
    """Headings that one expression finds: its group `title` says what they are called."""

    def __init__(self, pattern: re.Pattern[str]) -> None:
        self.pattern = pattern

    def find(self, text: str) -> Iterator[Heading]:
        for found in self.pattern.finditer(text):
            yield Heading(found.start() + 1, found["title"])


class Plain(Reader):
    """Text without a format of its own."""

    name: ClassVar[str] = "text"
    suffixes: ClassVar[tuple[str, ...]] = (
        "", ".txt", ".text", ".md", ".markdown", ".rst", ".tex", ".log", ".org", ".adoc",
    )  # fmt: skip
    plain: ClassVar[bool] = True

    def read(self, path: Path, dropped: Dropped) -> Iterator[Section]:
        return parts(checked(path, dropped), headings_of(path.suffix.lower()))


def headings_of(suffix: str) -> Headings:
    """What finds the headings in a file of this kind."""
    if suffix in {".md", ".markdown"}:
        return Markdown()
    if suffix == ".rst":
        return Pattern(UNDERLINED)
    if suffix == ".tex":
        return Pattern(TEX)
    return Headings()


READER = Plain()
