"""JSON, whole or a record a line: conversations, questions with answers, texts, or any keys."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import ClassVar

from lab.documents.base import Dropped, Reader, Section, refused
from lab.documents.readers._lines import LONGEST, lines
from lab.documents.readers._plain import checked
from lab.documents.readers._turns import TALKS, section_of

LARGEST = 200_000_000
"""Characters of a file that is not one record a line: it is held whole."""
TRIED = 20
"""Lines without a single good one after which a file is no JSON at all."""


class Json(Reader):
    """JSON and JSON lines, told apart by what is in the file."""

    name: ClassVar[str] = "json"
    suffixes: ClassVar[tuple[str, ...]] = (".json", ".jsonl", ".ndjson")
    plain: ClassVar[bool] = True

    def read(self, path: Path, dropped: Dropped) -> Iterator[Section]:
        runs = checked(path, dropped)
        if path.suffix.lower() == ".json" and not _is_lines(path, dropped):
            records = _whole(runs)
        else:
            records = _each(runs, dropped)
        for number, record in records:
            if (section := section_of(record, number, dropped)) is not None:
                yield section


def _is_lines(path: Path, dropped: Dropped) -> bool:
    """Whether the first two lines are records, each whole."""
    first = list(itertools.islice(lines(checked(path, dropped)), 2))
    try:
        return len(first) == 2 and all(isinstance(json.loads(line), dict) for line in first)
    except (ValueError, RecursionError):
        return False


def _whole(runs: Iterator[str]) -> Iterator[tuple[int, object]]:
    """The records of a file that is one value: its list, or the list under a key of it."""
    taken: list[str] = []
    length = 0
    for run in runs:
        taken.append(run)
        length += len(run)
        if length > LARGEST:
            raise refused("paper_too_long", most=LARGEST // 1_000_000)
    try:
        found = json.loads("".join(taken))
    except ValueError as error:
        line = getattr(error, "lineno", 0)
        raise refused("paper_json", line=line) from error
    if isinstance(found, Mapping) and not set(found) & set(TALKS):
        lists = [inside for inside in found.values() if isinstance(inside, list)]
        if len(lists) == 1 and all(isinstance(record, Mapping) for record in lists[0]):
            found = lists[0]
    return enumerate(found if isinstance(found, list) else [found], start=1)


def _each(runs: Iterator[str], dropped: Dropped) -> Iterator[tuple[int, object]]:
    """(number of its line, record); lines that are no JSON are named and left out."""
    good = bad = 0
    for number, line in enumerate(lines(runs), start=1):
        if not line.strip():
            continue
        try:
            if len(line) > LONGEST:
                raise ValueError
            yield number, json.loads(line)
            good += 1
        except (ValueError, RecursionError):
            bad += 1
            dropped("bad_lines", 1, number)
            if not good and bad >= TRIED:
                break
    if bad and not good:
        raise refused("paper_json", line=1)


READER = Json()
