"""The process in which documents are read: it may be killed at any moment.

One question a line comes in, one answer a line goes out, both in JSON:

    {"do": "read", "file": …, "kind": …, "into": …}   {"read": true} or {"why": …}
    {"do": "unpack", "file": …, "into": …}             {"files": …, "left": …} or {"why": …}
    {"do": "picture", "file": …, "size": [w, h]}       {"pixels": …, "size": [w, h]} or {"why": …}

It writes below the folder `into` and nowhere else.
"""

from __future__ import annotations

import base64
import json
import os
import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TextIO

from lab.documents.base import Reader, Section, by_suffix, fact, refused, withheld
from lab.documents.cleaning import cleaned
from lab.documents.kept import (
    NAMELESS,
    SECTIONS,
    Kept,
    error_to,
    keep,
    line_of,
    partial_of,
    settle,
)
from lab.documents.language import Sample
from lab.documents.near import Sketcher
from lab.documents.parts import bounded
from lab.documents.text import LARGEST, encoding_of
from lab.documents.words import CHUNK, words
from lab.licences import named
from lab.papers import Left, Paper
from lab.pictures import read_small
from lab.types import LabError

NAMED = 5
"""Numbers of lines told at most for each thing that was dropped."""


class Tally:
    """What was dropped so far, how often and where."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.lines: defaultdict[str, list[int]] = defaultdict(list)

    def __call__(self, what: str, count: int = 1, line: int = 0) -> None:
        self.counts[what] += count
        if line and len(self.lines[what]) < NAMED:
            self.lines[what].append(line)

    def left(self) -> tuple[Left, ...]:
        """Everything that was dropped, most first."""
        return tuple(
            Left(what, count, tuple(self.lines[what]))
            for what, count in self.counts.most_common()
            if count
        )


class Measure:
    """Counts a text while it goes by: characters, words, its sketch, its language."""

    def __init__(self) -> None:
        self.characters = self.words = self.sections = self.turns = 0
        self.sample = Sample()
        self.sketcher = Sketcher()
        self.waiting: list[str] = []
        self.length = 0

    def add(self, section: Section) -> None:
        """Count one section more."""
        self.sections += 1
        self.turns += bool(section.turns)
        for text in [turn.text for turn in section.turns] or [section.text]:
            self.characters += len(text)
            self.sample.add(text)
            self.waiting.append(text)
            self.length += len(text)
        if self.length > CHUNK:
            self._count()
        if self.characters > LARGEST:
            raise refused("paper_too_long", most=LARGEST // 1_000_000)

    def _count(self) -> None:
        # Many small sections are counted together: numpy's calls cost more than its work.
        found = words("\n".join(self.waiting))
        self.words += len(found)
        self.sketcher.add(found.number)
        self.waiting, self.length = [], 0

    def paper(self) -> Paper:
        """All that was counted, at the end. Raises `refused("paper_empty")`."""
        self._count()
        if not self.characters:
            raise refused("paper_empty")
        language, sure = self.sample.language()
        return replace(
            NAMELESS, characters=self.characters, words=self.words, sections=self.sections,
            turns=self.turns, language=language, sure=sure,
        )  # fmt: skip


def read(file: Path, reader: Reader, into: Path) -> None:
    """Read one document into the folder `into`, or write down there why it cannot be.

    Raises `MemoryError` or `OSError` for what says nothing of the document itself.
    """
    partial = partial_of(into, os.getpid())
    partial.mkdir(parents=True, exist_ok=True)
    try:
        kept = _read(file, reader, partial)
    except LabError as error:
        kept = Kept.unread(error)
        (partial / SECTIONS).unlink(missing_ok=True)
    keep(partial, kept)
    settle(partial, into)


def _read(file: Path, reader: Reader, folder: Path) -> Kept:
    tally, measure = Tally(), Measure()
    try:
        encoding = encoding_of(file) if reader.plain else ""
        found = (part for whole in reader.read(file, tally) for part in bounded(whole))
        with (folder / SECTIONS).open("w", encoding="utf-8") as out:
            for section in cleaned(found, tally, reader.verbatim):
                measure.add(section)
                out.write(line_of(section))
        paper = replace(
            measure.paper(), encoding=encoding, left=tally.left(), licence=_licence(file, reader)
        )
        return Kept(paper, measure.sketcher.sketch())
    except (LabError, MemoryError):
        raise
    except RecursionError as error:
        raise refused("paper_nested") from error
    except Exception as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # of the system; those that a library makes of a broken file have no number
        # Readers stand on libraries that raise whatever they please at a broken file.
        why = fact(f"{type(error).__name__}: {error}")
        raise refused("paper_broken", why=why) from error


def picture(file: Path, size: Sequence[int]) -> dict[str, Any]:
    """A picture cut and scaled to `size`, its bytes (H x W x 3) in base 64, and how large it was.

    Raises `LabError` as `lab.pictures.read_small` does, or `OSError`.
    """
    with file.open("rb") as raw:
        small, was = read_small(raw, *size)
    return {"pixels": base64.b64encode(small.tobytes()).decode("ascii"), "size": was}


def _licence(file: Path, reader: Reader) -> str:
    """What a document says of its licence; whatever breaks over that breaks nothing else."""
    try:
        return named(reader.licence(file))
    except MemoryError:
        raise
    except Exception:
        return ""


def answer(question: dict[str, Any]) -> dict[str, Any]:
    """Do what a question asks."""
    try:
        file = Path(question["file"])
        if question["do"] == "picture":
            return picture(file, question["size"])
        into = Path(question["into"])
        if question["do"] == "unpack":
            from lab.documents.archive import unpack

            return unpack(file, into)
        named = {reader.name: reader for reader in by_suffix().values()}
        read(file, named[question["kind"]], into)
    except LabError as error:
        return {"why": error_to(error)}
    except MemoryError:
        return {"why": error_to(refused("paper_memory"))}
    except OSError as error:
        return {"why": error_to(withheld(error))}
    return {"read": True}


def limit(memory: int) -> None:
    """Let the system refuse more than `memory` bytes of addresses, where it can."""
    try:
        import resource
    except ImportError:  # Windows: whoever started this process looks after it
        return
    for kind, most in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CORE, 0)):
        try:
            hard = resource.getrlimit(kind)[1]
            most = most if hard == resource.RLIM_INFINITY else min(most, hard)
            resource.setrlimit(kind, (most, hard))
        except (ValueError, OSError):
            continue


def _voice() -> TextIO:
    """Where answers go. What a library prints goes to the log instead."""
    voice = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)
    return voice


def main() -> None:
    """Answer until there are no more questions."""
    limit(int(sys.argv[1]))
    voice = _voice()
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), file=voice, flush=True)


if __name__ == "__main__":
    main()
