"""OpenDocument text, as LibreOffice writes it: a zip whose content.xml says everything."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

from lab.documents.base import Dropped, Reader, Section, refused
from lab.documents.readers._outline import outlined
from lab.documents.readers._package import opened, part, row_of, xml

OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
SPACES = 1000
"""Blanks that one element may stand for."""


class Odt(Reader):
    """OpenDocument text."""

    name: ClassVar[str] = "odt"
    suffixes: ClassVar[tuple[str, ...]] = (".odt", ".ott")

    def read(self, path: Path, dropped: Dropped) -> Iterator[Section]:
        with opened(path) as archive:
            if b"encryption-data" in part(archive, "META-INF/manifest.xml"):
                raise refused("paper_encrypted")
            root = xml(archive, "content.xml")
        body = root.find(f"{OFFICE}body/{OFFICE}text")
        yield from outlined(_blocks(body if body is not None else root, dropped))


def _blocks(body: Any, dropped: Dropped) -> Iterator[tuple[bool, str]]:
    waiting = list(body)[::-1]
    while waiting:
        element = waiting.pop()
        if element.tag in {f"{TEXT}h", f"{TEXT}p"}:
            yield element.tag == f"{TEXT}h", _text(element, dropped)
        elif element.tag == f"{TABLE}table":
            rows = [_row(row, dropped) for row in element.iter(f"{TABLE}table-row")]
            yield False, "\n".join(row for row in rows if row)
        elif element.tag == f"{TEXT}tracked-changes":
            dropped("deletions", len(element))
        else:
            # A section, a list, an item, a table of contents.
            waiting += list(element)[::-1]


def _row(row: Any, dropped: Dropped) -> str:
    cells = [
        " ".join(_text(p, dropped) for p in cell.iter(f"{TEXT}p"))
        for cell in row.findall(f"{TABLE}table-cell")
    ]
    return row_of(cells) if any(cell.strip() for cell in cells) else ""


def _text(paragraph: Any, dropped: Dropped) -> str:
    """The words of a paragraph in their order, notes and annotations left out."""
    found: list[str] = []
    waiting: list[Any] = [paragraph]
    while waiting:
        element = waiting.pop()
        if isinstance(element, str):
            found.append(element)
            continue
        if element.tag in {f"{TEXT}note", f"{OFFICE}annotation"}:
            dropped("notes")
            continue
        found.append(_sign(element))
        inside: list[Any] = [element.text or ""]
        for child in element:
            inside += [child, child.tail or ""]
        waiting += inside[::-1]
    return "".join(found)


def _sign(element: Any) -> str:
    """What an element stands for by itself."""
    if element.tag == f"{TEXT}s":
        count = element.get(f"{TEXT}c", "1")
        return " " * min(SPACES, int(count) if count.isdecimal() else 1)
    return {f"{TEXT}tab": "\t", f"{TEXT}line-break": "\n"}.get(element.tag, "")


READER = Odt()
