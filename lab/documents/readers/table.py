"""Tables as plain text: a row a section, or a question and its answer where columns say so."""

from __future__ import annotations

import csv
import itertools
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from lab.documents.base import Dropped, Reader, Section
from lab.documents.readers._lines import lines
from lab.documents.readers._plain import checked
from lab.documents.readers._turns import section_of

CELL = 10_000_000
"""Characters of a cell."""
TOGETHER = 200
"""Lines that one row may take."""


class Table(Reader):
    """Values between commas, semicolons or tabs; the first row names the columns."""

    name: ClassVar[str] = "table"
    suffixes: ClassVar[tuple[str, ...]] = (".csv", ".tsv")
    plain: ClassVar[bool] = True

    def read(self, path: Path, dropped: Dropped) -> Iterator[Section]:
        text = lines(checked(path, dropped))
        head = next(text, "")
        mark = "\t" if path.suffix.lower() == ".tsv" else _delimiter(head)
        found = rows(itertools.chain([head], text), mark, dropped)
        first = next(found, None)
        if first is None:
            return
        names = [name.strip() for name in first[1]]
        if not _are_names(names):
            found = itertools.chain([first], found)
            names = [str(place) for place in range(1, len(names) + 1)]
        for number, cells in found:
            if len(cells) != len(names):
                dropped("ragged_rows", 1, number)
            spare = (str(place) for place in itertools.count(len(names) + 1))
            record = dict(zip(itertools.chain(names, spare), cells, strict=False))
            if (section := section_of(record, number, dropped)) is not None:
                yield section


def rows(text: Iterator[str], mark: str, dropped: Dropped) -> Iterator[tuple[int, list[str]]]:
    """(number of its first line, cells) of each row that says anything.

    A quote that is opened and never closed would swallow what follows: where the lines that a
    row takes do not make as many cells as the first row has, its first line stands alone and
    its quotes mean nothing.
    """
    back: deque[str] = deque()
    at, width = 1, 0
    while (line := back.popleft() if back else next(text, None)) is not None:
        taken, quotes = [line], line.count('"')
        while quotes % 2 and len(taken) < TOGETHER:
            if (more := back.popleft() if back else next(text, None)) is None:
                break
            taken.append(more)
            quotes += more.count('"')
        cells = None if quotes % 2 else _cells(taken, mark)
        if cells is None or (len(taken) > 1 and width not in {0, len(cells)}):
            back.extendleft(reversed(taken[1:]))
            taken, cells = taken[:1], _bare(line, mark)
            dropped("requoted", 1, at)
        if any(cell.strip() for cell in cells):
            width = width or len(cells)
            yield at, cells
        at += len(taken)


def _cells(taken: list[str], mark: str) -> list[str] | None:
    """The cells of one row; `None` where the library refuses it."""
    csv.field_size_limit(CELL)
    try:
        return next(csv.reader(taken, delimiter=mark, strict=True), [])
    except csv.Error:
        return None


def _bare(line: str, mark: str) -> list[str]:
    cells = (cell.strip() for cell in line.split(mark))
    return [c[1:-1] if len(c) > 1 and c[0] == c[-1] == '"' else c for c in cells]


def _delimiter(line: str) -> str:
    """What parts the columns: whichever there is most of in the first line."""
    return max(",;\t|", key=line.count)


def _are_names(cells: list[str]) -> bool:
    """Whether a first row names the columns: each cell says something, and none is a number."""
    return all(cell and not cell.replace(".", "").replace(",", "").isdecimal() for cell in cells)


READER = Table()
