"""Word documents, by python-docx: paragraphs, lists, tables, text boxes; insertions accepted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

from lab.documents.base import Dropped, Reader, Section
from lab.documents.readers._outline import outlined
from lab.documents.readers._package import opened, row_of

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
BREAKS = {f"{W}tab": "\t", f"{W}br": "\n", f"{W}cr": "\n", f"{W}noBreakHyphen": "-"}
ASIDE = {f"{W}footnoteReference", f"{W}endnoteReference"}


class Docx(Reader):
    """Word since 2007."""

    name: ClassVar[str] = "docx"
    suffixes: ClassVar[tuple[str, ...]] = (".docx", ".docm", ".dotx")

    def read(self, path: Path, dropped: Dropped) -> Iterator[Section]:
        from docx import Document

        with opened(path):
            document: Any = Document(str(path))
        headings = {
            style.style_id
            for style in document.styles
            if style.name and style.name.lower().startswith(("heading", "title", "titre"))
        }
        dropped("page_headers", _furniture(document))
        yield from outlined(_blocks(document.element.body, headings, dropped))


def _furniture(document: Any) -> int:
    """How many headers and footers of pages say something."""
    sides = [side for part in document.sections for side in (part.header, part.footer)]
    return sum(
        any(paragraph.text.strip() for paragraph in side.paragraphs)
        for side in sides
        if not side.is_linked_to_previous
    )


def _blocks(body: Any, headings: set[str], dropped: Dropped) -> Iterator[tuple[bool, str]]:
    """Each paragraph or table of a body, whatever controls it is wrapped in."""
    waiting = list(body)[::-1]
    while waiting:
        element = waiting.pop()
        if element.tag == f"{W}p":
            style = element.find(f"{W}pPr/{W}pStyle")
            named = style is not None and style.get(f"{W}val") in headings
            yield named, _text(element, dropped)
        elif element.tag == f"{W}tbl":
            rows = (_row(row, dropped) for row in element.iter(f"{W}tr"))
            yield False, "\n".join(row for row in rows if row)
        elif element.tag in {f"{W}sdt", f"{W}sdtContent", f"{W}ins", f"{W}customXml"}:
            waiting += list(element)[::-1]


def _row(row: Any, dropped: Dropped) -> str:
    # A table within a cell brings rows of its own, which are met by themselves.
    cells = [
        " ".join(_text(p, dropped) for p in cell.findall(f"{W}p")) for cell in row.iter(f"{W}tc")
        if next(cell.iterancestors(f"{W}tr")) is row
    ]  # fmt: skip
    return row_of(cells) if any(cell.strip() for cell in cells) else ""


def _text(paragraph: Any, dropped: Dropped) -> str:
    """A paragraph's words: what was deleted is left out, what was inserted is in."""
    found: list[str] = []
    for element in paragraph.iter():
        if element.tag == f"{W}t":
            if next(element.iterancestors(FALLBACK), None) is None:
                found.append(element.text or "")
        elif element.tag in BREAKS and element.getparent().tag == f"{W}r":
            found.append(BREAKS[element.tag])
        elif element.tag in ASIDE:
            dropped("notes")
        elif element.tag == f"{W}del":
            dropped("deletions")
    return "".join(found)


READER = Docx()
