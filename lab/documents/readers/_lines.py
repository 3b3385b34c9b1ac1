"""Shared by the readers that go line by line: lines of a stream, however long they are."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator

LONGEST = 20_000_000
"""Characters of a line; what is longer comes in several."""


def lines(runs: Iterable[str], longest: int = LONGEST) -> Iterator[str]:
    """The lines with their ends. One longer than `longest` is cut, so that memory stays small."""
    left: list[str] = []
    length = 0
    for run in itertools.chain(runs, ["\n"]):
        *whole, rest = run.split("\n")
        for line in whole:
            yield "".join([*left, line, "\n"]) if left else line + "\n"
            left, length = [], 0
        left.append(rest)
        length += len(rest)
        if length > longest:
            yield "".join(left)
            left, length = [], 0
