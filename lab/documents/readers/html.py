"""Pages of the web, by beautifulsoup: their text, without scripts, menus and notices."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from lab.documents.base import Dropped, Reader, Section
from lab.documents.readers._markup import blocks, soup_of
from lab.documents.readers._outline import outlined
from lab.documents.readers._plain import refuse_binary
from lab.documents.text import encoding_of, stream

DECLARED = re.compile(rb"""<meta[^>]+charset\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)
LINKED = re.compile(
    rb"""<(?:a|link)\b(?=[^>]{0,500}\brel\s*=\s*["']?[\w -]{0,60}\blicense\b)"""
    rb"""[^>]{0,500}\bhref\s*=\s*["']?([^"'>\s]{1,200})""",
    re.IGNORECASE,
)
"""A link to the page's licence, as HTML marks it."""
LARGEST = 60_000_000
"""Characters of a page at most: its tree takes many times as much."""


class Html(Reader):
    """HTML of any age."""

    name: ClassVar[str] = "html"
    suffixes: ClassVar[tuple[str, ...]] = (".html", ".htm", ".xhtml")
    plain: ClassVar[bool] = True

    def read(self, path: Path, dropped: Dropped) -> Iterator[Section]:
        encoding = _encoding(path)
        refuse_binary(path, encoding)
        text = "".join(stream(path, encoding))
        dropped("characters_beyond", max(0, len(text) - LARGEST))
        soup = soup_of(text[:LARGEST])
        yield from outlined(blocks(soup, dropped))

    def licence(self, path: Path) -> str:
        with path.open("rb") as file:
            found = LINKED.search(file.read(LARGEST))
        return found[1].decode("utf-8", "replace") if found else super().licence(path)


def _encoding(path: Path) -> str:
    """UTF-8 where it fits, whatever the page says of itself; else what it says; else a guess."""
    found = encoding_of(path)
    with path.open("rb") as file:
        declared = DECLARED.search(file.read(4096))
    if found.startswith("utf") or declared is None:
        return found
    name = declared[1].decode("ascii")
    try:
        "".encode(name)
    except LookupError:
        return found
    return name


READER = Html()
