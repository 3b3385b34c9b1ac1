"""Electronic books: a zip of pages, read in the order of the book's spine."""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import unquote

from lab.documents.base import Dropped, Reader, Section, refused
from lab.documents.readers._markup import blocks, soup_of
from lab.documents.readers._outline import outlined
from lab.documents.readers._package import opened, part, xml

CONTAINER = "META-INF/container.xml"
SECRET = "META-INF/encryption.xml"
PAGES = {"application/xhtml+xml", "text/html"}


class Epub(Reader):
    """EPUB 2 and 3, without digital locks."""

    name: ClassVar[str] = "epub"
    suffixes: ClassVar[tuple[str, ...]] = (".epub",)

    def read(self, path: Path, dropped: Dropped) -> Iterator[Section]:
        with opened(path) as archive:
            names = set(archive.namelist())
            pages = [page for page in _spine(archive, dropped) if page in names]
            if SECRET in names and _is_locked(archive, pages):
                raise refused("paper_encrypted")
            for page in pages:
                yield from outlined(blocks(soup_of(part(archive, page)), dropped))

    def licence(self, path: Path) -> str:
        with opened(path) as archive:
            rights = _first(xml(archive, _package(archive)), "rights")
        return "" if rights is None else (rights.text or "")


def _package(archive: zipfile.ZipFile) -> str:
    """The name of the part that says what the book consists of."""
    rootfile = _first(xml(archive, CONTAINER), "rootfile")
    return unquote(rootfile.get("full-path", "")) if rootfile is not None else ""


def _spine(archive: zipfile.ZipFile, dropped: Dropped) -> list[str]:
    """The names of the book's pages in reading order; its tables of contents are left out."""
    package = _package(archive)
    book = xml(archive, package)
    folder = posixpath.dirname(package)
    items = {item.get("id"): item for item in _all(book, "item")}
    found: list[str] = []
    for reference in _all(book, "itemref"):
        item = items.get(reference.get("idref"))
        if item is None or item.get("media-type") not in PAGES:
            continue
        if "nav" in (item.get("properties") or "").split():
            dropped("boilerplate")
            continue
        name = posixpath.normpath(posixpath.join(folder, unquote(item.get("href", ""))))
        found.append(name)
    # A book that lists a page a thousand times has said it once.
    return list(dict.fromkeys(found))


def _is_locked(archive: zipfile.ZipFile, pages: list[str]) -> bool:
    """Whether pages are encrypted; fonts often are, which takes nothing from the text."""
    secret = {unquote(e.get("URI", "")) for e in _all(xml(archive, SECRET), "CipherReference")}
    return bool(secret & set(pages))


def _all(root: Any, name: str) -> list[Any]:
    """Elements by their name, whatever namespace they are in."""
    return [element for element in root.iter() if str(element.tag).rpartition("}")[2] == name]


def _first(root: Any, name: str) -> Any:
    return next(iter(_all(root, name)), None)


READER = Epub()
