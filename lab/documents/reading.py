"""From what a person names to texts: every document read once, in a process that may die.

texts = read_all([Path("notes"), Path("report.pdf")], home)
for text in texts:
    for section in sections(text.file): ...
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePath

from lab.documents import near
from lab.documents.base import reader_of, refused, withheld
from lab.documents.find import Found, find, visible
from lab.documents.kept import (
    NAMELESS,
    PAPER,
    SECTIONS,
    Kept,
    Text,
    error_from,
    known,
    partial_of,
    place,
    sections,
)
from lab.documents.process import Limits, Process
from lab.documents.rights import beside
from lab.documents.tidy import tidy, used
from lab.documents.zips import Zips
from lab.papers import Paper
from lab.types import LabError

__all__ = ["Limits", "Text", "Told", "read_all", "sections"]

Told = Callable[[int, int, str], None]
"""`tell(done, of, name)`: that so many of so many documents are done, and which one is next."""


def read_all(
    paths: Sequence[Path], home: Path, tell: Told | None = None, limits: Limits | None = None
) -> list[Text]:
    """Every document the paths name: files, folders with all that is in them, zips of these.

    A document that cannot be read has a reason (`paper.why`) in place of a text; nothing is
    raised for it, and the others are read. Writes below HOME/papers alone. What `tell` raises
    ends the reading.
    """
    home = home.absolute()
    tidy(home)
    reading = _Reading(home, Process(home / "papers" / "log.txt", limits or Limits()), tell)
    with reading.process, reading.zips:
        known_all = reading.all(find(paths))
    stated = beside([(one.places, Text(one.paper, one.file)) for one in known_all])
    return _named([replace(one, paper=paper) for one, paper in zip(known_all, stated, strict=True)])


@dataclass(frozen=True, slots=True)
class _Known:
    """A document, what tells it is alike, where its text lies, and where it was found.

    places  for an entry of a zip, as if that had been unpacked under its own names
    """

    paper: Paper
    sketch: near.Sketch
    file: Path
    places: tuple[PurePath, ...]


class _Reading:
    """One round of reading."""

    def __init__(self, home: Path, process: Process, tell: Told | None) -> None:
        self.home = home
        self.process = process
        self.tell = tell
        self.zips = Zips(home / "papers", process)

    def all(self, found: list[Found]) -> list[_Known]:
        done: list[_Known] = []
        waiting = found[::-1]
        while waiting:
            document = waiting.pop()
            if self.tell is not None:
                self.tell(len(done), len(done) + 1 + len(waiting), document.name)
            if self.zips.is_one(document):
                waiting += self.zips.inside(document)[::-1]
            else:
                done.append(self._one(document))
        if self.tell is not None and done:
            self.tell(len(done), len(done), "")
        return done

    def _one(self, document: Found) -> _Known:
        """Read one file, unless it has been read before."""
        empty = replace(NAMELESS, name=document.name)
        nowhere = self.home / "papers" / "none"
        places = document.places or (document.file,)
        if document.why is not None:
            return _Known(replace(empty, why=document.why), (), nowhere, places)
        reader = reader_of(document.file)
        try:
            size = document.file.stat().st_size
            if reader is None:
                kind = visible(document.file.suffix) or "?"
                raise refused("paper_kind", suffix=kind)
            empty = replace(empty, kind=reader.name, bytes=size)
            if size == 0:
                raise refused("paper_empty")
            sha256 = _hash(document.file)
            folder = place(self.home, sha256, reader.name)
            empty = replace(empty, sha256=sha256)
            kept = known(folder) or self._read(document.file, reader.name, folder, size)
            used(folder / PAPER)
        except OSError as error:
            kept = Kept.unread(withheld(error))
        except LabError as error:
            kept = Kept.unread(error)
        paper = kept.named(empty)
        if paper.why is not None:
            why = LabError(paper.why.key, **{**paper.why.facts, "name": document.name})
            return _Known(replace(paper, why=why), (), nowhere, places)
        return _Known(paper, kept.sketch, folder / SECTIONS, places)

    def _read(self, file: Path, kind: str, folder: Path, size: int) -> Kept:
        question = {"do": "read", "file": str(file.absolute()), "kind": kind, "into": str(folder)}
        try:
            said = self.process.ask(question, size)
        finally:
            # Gone already, unless the process died over it.
            shutil.rmtree(partial_of(folder, self.process.pid), ignore_errors=True)
        if "why" in said:
            raise error_from(said["why"])
        kept = known(folder)
        if kept is None:
            raise refused("paper_died")
        return kept


def _named(known_all: Sequence[_Known]) -> list[Text]:
    """The documents under names of their own, each with those before it that say the same."""
    names: dict[str, int] = {}
    first: dict[str, int] = {}
    texts: list[Text] = []
    near_by = near.alike([document.sketch for document in known_all])
    for number, document in enumerate(known_all):
        paper = document.paper
        count = names[paper.name] = names.get(paper.name, 0) + 1
        name = paper.name if count == 1 else f"{paper.name} ({count})"
        same = {first[paper.sha256]} if paper.sha256 in first else set(near_by[number])
        if paper.why is None:
            first.setdefault(paper.sha256, number)
        like = tuple(texts[other].paper.name for other in sorted(same)) if not paper.why else ()
        texts.append(Text(replace(paper, name=name, like=like), document.file))
    return texts


def _hash(file: Path) -> str:
    with file.open("rb") as raw:
        return hashlib.file_digest(raw, "sha256").hexdigest()
