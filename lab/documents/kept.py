"""What was read of a document, kept below HOME/papers under the hash of its bytes.

    papers/<sha256>/<kind>-<version>/sections.jsonl   one section a line
                                     paper.json       what is said of it

A folder has its name only once it is whole. The same bytes are read once, whatever they are
called, and read again when the way of reading changes.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from lab.documents.base import Section, Turn
from lab.documents.near import Sketch
from lab.papers import Left, Paper
from lab.types import LabError

VERSION = 2
"""Of the reading and cleaning: raised whenever they would make another text of a document."""
SECTIONS = "sections.jsonl"
PAPER = "paper.json"
ENCODER = json.JSONEncoder(ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Text:
    """A document and the file its sections lie in; one that was not read has none."""

    paper: Paper
    file: Path


NAMELESS = Paper("", "", "", 0)
"""What is known of bytes, whatever they are called."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What is known of a document's bytes: a paper without a name, and what tells it is alike."""

    paper: Paper = NAMELESS
    sketch: Sketch = ()

    @classmethod
    def unread(cls, why: LabError) -> Kept:
        """Of one that cannot be read."""
        return cls(replace(NAMELESS, why=why))

    def named(self, paper: Paper) -> Paper:
        """The paper under the name, the kind, the hash and the size of another."""
        return replace(
            self.paper, name=paper.name, kind=paper.kind, sha256=paper.sha256, bytes=paper.bytes
        )


def place(home: Path, sha256: str, kind: str) -> Path:
    """The folder for a document's text."""
    return home / "papers" / sha256 / f"{kind}-{VERSION}"


def partial_of(folder: Path, pid: int) -> Path:
    """Where the reading process of this number makes a folder, before it has its name."""
    return folder.with_name(f"{folder.name}.{pid}.partial")


def sections(file: Path) -> Iterator[Section]:
    """The sections of a document one by one, in their order; none where it was not read."""
    if not file.exists():
        return
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            yield section_of(json.loads(line))


def section_of(found: dict[str, Any]) -> Section:
    """A section from its line of JSON."""
    turns = tuple(Turn(role, text) for role, text in found.get("turns", ()))
    return Section(found["title"], found.get("text", ""), turns)


def line_of(section: Section) -> str:
    """A section as its line of JSON."""
    found: dict[str, Any] = {"title": section.title}
    if section.turns:
        found["turns"] = [[turn.role, turn.text] for turn in section.turns]
    else:
        found["text"] = section.text
    return ENCODER.encode(found) + "\n"


def keep(folder: Path, kept: Kept) -> None:
    """Write down what is known into a folder that is still being made."""
    found = {"paper": paper_to(kept.paper), "sketch": list(kept.sketch)}
    (folder / PAPER).write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8")


def known(folder: Path) -> Kept | None:
    """What was written down, or `None` where the document has not been read."""
    try:
        found: dict[str, Any] = json.loads((folder / PAPER).read_text(encoding="utf-8"))
        return Kept(paper_from(found["paper"]), tuple(found["sketch"]))
    except (OSError, ValueError, TypeError, KeyError):
        return None


def settle(partial: Path, folder: Path) -> None:
    """Give a finished folder its name, unless another process has made the same meanwhile."""
    try:
        os.replace(partial, folder)
    except OSError:
        if known(folder) is None:
            # Half of one, from before names were given last, or from a broken disk.
            shutil.rmtree(folder, ignore_errors=True)
            os.replace(partial, folder)
        shutil.rmtree(partial, ignore_errors=True)


def paper_to(paper: Paper) -> dict[str, Any]:
    """A paper as JSON."""
    told = {field.name: getattr(paper, field.name) for field in fields(paper)}
    told["left"] = [asdict(left) for left in paper.left]
    told["why"] = None if paper.why is None else error_to(paper.why)
    return told


def paper_from(found: dict[str, Any]) -> Paper:
    """A paper from JSON. Raises `TypeError` or `KeyError` for what is none."""
    left, why = tuple(left_from(one) for one in found["left"]), found["why"]
    error = None if why is None else error_from(why)
    return Paper(**{**found, "left": left, "like": tuple(found["like"]), "why": error})


def left_from(found: dict[str, Any]) -> Left:
    """What was left out, from JSON."""
    return Left(found["what"], found["count"], tuple(found["lines"]))


def error_to(error: LabError) -> dict[str, Any]:
    """An error as JSON."""
    return {"key": error.key, "facts": error.facts}


def error_from(found: dict[str, Any], **facts: str) -> LabError:
    """An error from JSON, with further facts."""
    return LabError(found["key"], **{**found["facts"], **facts})
