"""Shared by the formats that are zips of XML: opened only when nothing in them is a trap."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lab.documents.archive import refuse_bomb
from lab.documents.base import refused

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""How the old formats of Office begin, and every new one that has a password."""
HEAD = 1 << 20
"""Bytes of a part looked at for entities: they must be declared before anything is said."""
LARGEST = 200_000_000
"""Bytes of one part of text."""
MARKUP = (".xml", ".rels", ".opf", ".xhtml", ".html", ".htm", ".ncx")
ENTITY = re.compile(rb"<!ENTITY|<\0!\0E\0N\0T\0I\0T\0Y|\0<\0!\0E\0N\0T\0I\0T\0Y")


@contextmanager
def opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """The zip a document is.

    Raises `LabError`: paper_encrypted, paper_old_office, paper_bomb, paper_entities.
    """
    with path.open("rb") as file:
        head = file.read(1 << 16)
    if head.startswith(OLE):
        # The name of the stream that holds what is encrypted, in UTF-16.
        secret = "EncryptedPackage".encode("utf-16-le") in path.read_bytes()
        raise refused("paper_encrypted" if secret else "paper_old_office")
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
        refuse_bomb(entries, path.stat().st_size)
        for entry in entries:
            if entry.filename.lower().endswith(MARKUP):
                with archive.open(entry) as part:
                    if ENTITY.search(part.read(HEAD)):
                        raise refused("paper_entities")
        yield archive


def part(archive: zipfile.ZipFile, name: str) -> bytes:
    """One part, whole. Raises `refused("paper_bomb")` and `KeyError` where there is none."""
    with archive.open(name) as file:
        found = file.read(LARGEST + 1)
    if len(found) > LARGEST:
        raise refused("paper_bomb", most=LARGEST // 1_000_000)
    return found


def xml(archive: zipfile.ZipFile, name: str) -> Any:
    """A part as an element tree. Raises as `part` does, and `refused("paper_entities")`."""
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    try:
        return fromstring(part(archive, name))
    except DefusedXmlException as error:
        raise refused("paper_entities") from error


def row_of(cells: list[str]) -> str:
    """A row of a table on one line, as a person would write it down."""
    return " | ".join(" ".join(cell.split()) for cell in cells).strip()
