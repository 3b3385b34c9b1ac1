"""What a reader of documents answers: the text of one format, section by section."""

from __future__ import annotations

import errno
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import ClassVar, Literal, Protocol

from lab.registry import discover
from lab.types import Fact, LabError

Role = Literal["system", "user", "assistant"]
SPDX = re.compile(rb"SPDX-License-Identifier:[ \t]*([\w.+() -]{1,80})")
"""The line by which a file of any kind names its licence (spdx.dev)."""
HEAD = 8192
"""Bytes in which it is looked for."""
IN_NEED = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EROFS, errno.EIO}
)
"""Of the system: no room, too many files open, no memory, a disk that fails."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What one side of a conversation said. What the assistant says is what is learnt."""

    role: Role
    text: str


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a document that stands on its own: a chapter, an article, a row, a conversation.

    text   plain text, paragraphs parted by an empty line; empty where there are `turns`
    turns  a conversation, or a question and its answer
    """

    title: str
    text: str = ""
    turns: tuple[Turn, ...] = ()


class Dropped(Protocol):
    """What is told of anything left out or mended."""

    def __call__(self, what: str, count: int = 1, line: int = 0) -> None:
        """Say that `what`, a key of the texts' section `dropped`, happened `count` times.

        line  the number of the line it happened in, from 1; 0 where that says nothing
        """


class Reader(ABC):
    """One format. Runs in a process of its own with bounded time and memory: it may fail there."""

    name: ClassVar[str]
    suffixes: ClassVar[tuple[str, ...]]
    """Ends of file names, in lower case with their dot; "" for names without one."""
    plain: ClassVar[bool] = False
    """Whether its files are text as they lie there, in some encoding."""
    verbatim: ClassVar[bool] = False
    """Whether its text must not be mended: line ends and hyphens of a program mean something."""

    @abstractmethod
    def read(self, path: Path, dropped: Dropped) -> Iterator[Section]:
        """The sections in their order. Raises `LabError` for what no patience would mend."""

    def licence(self, path: Path) -> str:
        """What a document that can be read says of its own licence, in its words; "" if nothing.

        Here, the SPDX line near the beginning of a plain file.
        """
        if not self.plain:
            return ""
        with path.open("rb") as file:
            found = SPDX.search(file.read(HEAD))
        return found[1].decode("ascii") if found else ""


def reader_of(path: Path) -> Reader | None:
    """The reader for a file, by the end of its name; `None` where there is none."""
    return by_suffix().get(path.suffix.lower())


@cache
def by_suffix() -> dict[str, Reader]:
    """Every reader there is, by each suffix it reads. Raises `TypeError` where two read one."""
    import lab.documents.readers

    found: dict[str, Reader] = {}
    for reader in discover(lab.documents.readers, "READER", Reader).values():  # type: ignore[type-abstract]
        for suffix in reader.suffixes:
            if suffix in found:
                raise TypeError(f"{suffix} is read by {found[suffix].name} and {reader.name}")
            found[suffix] = reader
    return found


def refused(key: str, **facts: Fact) -> LabError:
    """Why a document is not read; whoever knows what a person calls it puts in its name."""
    return LabError(key, **{"name": "", **facts})


def withheld(error: OSError) -> LabError:
    """Why the system did not give a document: it is not to be had, or the machine is in need.

    Neither is a fact of its bytes, and neither is kept.
    """
    key = "paper_machine" if error.errno in IN_NEED else "paper_unreadable"
    return refused(key, why=fact(error.strerror or error))


def fact(value: object) -> Fact:
    """What a library complained of, short enough for a sentence."""
    return " ".join(str(value).split())[:200]
