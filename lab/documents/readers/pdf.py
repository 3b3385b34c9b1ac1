"""PDF, by pypdf: what a page writes as letters. Pictures of text need OCR, and are told of."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

from lab.documents.base import Dropped, Reader, Section, fact, refused
from lab.documents.pages import flowing, without_furniture
from lab.documents.parts import parts

SPARSE = 4
"""Letters a page, on average, below which a document is taken for pictures of pages."""
MOST = 50_000
"""Pages that are read; of those beyond it is told that they were not."""
FIRST = 3
"""Pages looked into where none has any text."""
RIGHTS = re.compile(
    rb"xmpRights:WebStatement(?:=[\"']|>)([^<\"']{1,300})"
    rb"|<dc:rights>\s*<rdf:Alt>\s*<rdf:li[^>]{0,100}>([^<]{1,300})"
)
"""Where XMP, the description within a PDF, states its licence."""
DESCRIBED = 1 << 18
"""Bytes of that which are looked at."""


class Pdf(Reader):
    """PDF of any version."""

    name: ClassVar[str] = "pdf"
    suffixes: ClassVar[tuple[str, ...]] = (".pdf",)

    def read(self, path: Path, dropped: Dropped) -> Iterator[Section]:
        from pypdf.errors import LimitReachedError, PyPdfError

        logging.getLogger("pypdf").setLevel(logging.CRITICAL)
        try:
            pages = _pages(path, dropped)
        except LimitReachedError as error:
            deep = "depth" in str(error).lower()
            key = "paper_nested" if deep else "paper_overlong"
            raise refused(key, why=fact(error)) from error
        except PyPdfError as error:
            raise refused("paper_broken", why=fact(error) or "PDF") from error
        if not pages:
            raise refused("paper_empty")
        letters = sum(letter.isalnum() for page in pages for letter in page[:200])
        if letters < SPARSE * len(pages):
            raise refused("paper_scanned", pages=len(pages))
        dropped("pages_without_text", sum(not page.strip() for page in pages))
        yield from parts(flowing(without_furniture(pages, dropped), dropped))

    def licence(self, path: Path) -> str:
        from pypdf import PdfReader

        described: Any = PdfReader(path).root_object.get("/Metadata")
        # Read as it lies there: parsed, its entities could be a bomb.
        found = RIGHTS.search(described.get_object().get_data()[:DESCRIBED]) if described else None
        return (found[1] or found[2]).decode("utf-8", "replace") if found else ""


def _pages(path: Path, dropped: Dropped) -> list[str]:
    """The text of each page; a page that breaks the library is left out and counted."""
    from pypdf import PdfReader
    from pypdf.errors import DependencyError, PyPdfError

    reader = PdfReader(path)
    if reader.is_encrypted:
        try:
            # Many are locked against changes only, and open with no password at all.
            opened = bool(reader.decrypt(""))
        except (DependencyError, NotImplementedError):
            opened = False
        if not opened:
            raise refused("paper_encrypted")
    found: list[str] = []
    wrong: Exception | None = None
    for number, page in enumerate(reader.pages, start=1):
        if number > MOST:
            dropped("pages_beyond", len(reader.pages) - MOST)
            break
        try:
            found.append(_text(page))
        except (PyPdfError, ValueError, TypeError, KeyError, AttributeError, IndexError) as error:
            wrong = error
            dropped("pages_broken", 1, number)
    if not any(page.strip() for page in found):
        if wrong is not None:
            raise wrong
        for page in reader.pages[:FIRST]:
            # What is too large to unpack reads as nothing: asked for outright, it is refused.
            if (contents := page.get_contents()) is not None:
                contents.get_data()
    return found


def _text(page: Any) -> str:
    return str(page.extract_text())


READER = Pdf()
