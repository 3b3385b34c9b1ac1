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
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lab.documents.base import Section, Turn
from lab.documents.near import Sketch
from lab.papers import Left, Paper
from lab.types import LabError

VERSION = 1
"""Of the reading and cleaning: raised whenever they would make another text of a document."""
SECTIONS = "sections.jsonl"
PAPER = "paper.json"
ENCODER = json.JSONEncoder(ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Text:
    """A document and the file its sections lie in; one that was not read has none."""

    paper: Paper
    file: Path


@dataclass(frozen=True, slots=True)
class Kept:
    """What is known of a document's bytes, by whatever name they come."""

    characters: int = 0
    words: int = 0
    sections: int = 0
    turns: int = 0
    language: str = ""
    sure: float = 0.0
    encoding: str = ""
    left: tuple[Left, ...] = ()
    sketch: Sketch = ()
    why: LabError | None = None

    def paper(self, paper: Paper) -> Paper:
        """The paper with all that is known filled in."""
        return replace(
            paper, characters=self.characters, words=self.words, sections=self.sections,
            turns=self.turns, language=self.language, sure=self.sure, encoding=self.encoding,
            left=self.left, why=self.why,
        )  # fmt: skip


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
    found: dict[str, Any] = {
        "characters": kept.characters,
        "words": kept.words,
        "sections": kept.sections,
        "turns": kept.turns,
        "language": kept.language,
        "sure": kept.sure,
        "encoding": kept.encoding,
        "left": [[left.what, left.count, list(left.lines)] for left in kept.left],
        "sketch": list(kept.sketch),
        "why": None if kept.why is None else error_to(kept.why),
    }
    (folder / PAPER).write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8")


def known(folder: Path) -> Kept | None:
    """What was written down, or `None` where the document has not been read."""
    try:
        found: dict[str, Any] = json.loads((folder / PAPER).read_text(encoding="utf-8"))
        found["left"] = tuple(Left(w, count, tuple(lines)) for w, count, lines in found["left"])
        found["sketch"] = tuple(found["sketch"])
        found["why"] = None if found["why"] is None else error_from(found["why"])
        return Kept(**found)
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


def error_to(error: LabError) -> dict[str, Any]:
    """An error as JSON."""
    return {"key": error.key, "facts": error.facts}


def error_from(found: dict[str, Any], **facts: str) -> LabError:
    """An error from JSON, with further facts."""
    return LabError(found["key"], **{**found["facts"], **facts})
