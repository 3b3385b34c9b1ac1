"""Questions as files hold them: TOML, JSON, JSON lines, CSV and TSV, the lab's own and people's."""

from __future__ import annotations

import csv
import io
import json
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from lab.documents.text import read_text
from lab.types import LabError

SUFFIXES = (".csv", ".json", ".jsonl", ".toml", ".tsv")
LARGEST = 200_000_000
"""Bytes of a file."""
CELL = 131_072
"""Characters of a cell of CSV or TSV."""
SEVERAL = "|"
"""Between the parts of a cell that holds several."""
Row = dict[str, str]


def names_of(path: Path) -> dict[str, dict[str, str]]:
    """What each paradigm of one of the lab's own files is called, by its UID and language."""
    found = tomllib.loads(path.read_text(encoding="utf-8"))["paradigm"]
    return {one["UID"]: dict(one["name"]) for one in found}


def rows_of(path: Path, columns: Sequence[str], title: str = "") -> list[Row]:
    """Every row of a file, or of each file below a folder.

    A row has besides its columns `file`, the name without its end, and `of`, the number of the
    table it stands in: rows of one table of TOML or JSON hang together, others stand alone.
    Rows that lack one of `columns` are passed over, but a file without any is an error.

    title  what the file's owner calls it, where it lies under another name

    Raises `LabError`: no_such_path, probe_file, probe_line, probe_broken, probe_columns,
    probe_empty.
    """
    if not path.exists():
        raise LabError("no_such_path", path=title or str(path))
    files = sorted(f for f in path.rglob("*") if f.suffix in SUFFIXES) if path.is_dir() else [path]
    found = list(chain.from_iterable(_rows(file, columns, title or file.name) for file in files))
    if not found:
        raise LabError("probe_empty", path=title or path.name)
    return found


def _rows(file: Path, columns: Sequence[str], name: str) -> Iterator[Row]:
    if file.suffix not in SUFFIXES or file.stat().st_size > LARGEST:
        raise LabError("probe_file", file=name, kinds=", ".join(SUFFIXES))
    text = read_text(file)
    whole = 0
    try:
        for of, row in READS[file.suffix](text):
            if all(row.get(column) for column in columns):
                whole += 1
                yield {**row, "file": Path(name).stem, "of": str(of)}
    except json.JSONDecodeError as error:
        raise LabError("probe_line", file=name, line=error.lineno) from error
    except (ValueError, csv.Error, RecursionError) as error:
        raise LabError("probe_broken", file=name, why=str(error)) from error
    if not whole and text.strip():
        raise LabError("probe_columns", file=name, columns=", ".join(columns))


Numbered = Iterable[tuple[int, Row]]


def _lines(text: str) -> Numbered:
    for number, line in enumerate(text.split("\n")):
        if not line.strip():
            continue
        try:
            one = json.loads(line)
        except json.JSONDecodeError as error:
            error.lineno += number
            raise
        if isinstance(one, dict):
            yield number, _row(one)


def _separated(dialect: str, text: str) -> Numbered:
    csv.field_size_limit(CELL)  # the whole process has but one, and documents may have longer cells
    rows = csv.DictReader(io.StringIO(text, newline=""), dialect=dialect)
    for number, row in enumerate(rows):
        yield number, {str(k): v for k, v in row.items() if isinstance(v, str)}


def _json(text: str) -> Numbered:
    return _tables(json.loads(text)) if text.strip() else ()


def _toml(text: str) -> Numbered:
    return _tables(tomllib.loads(text))


READS: Mapping[str, Callable[[str], Numbered]] = {
    ".csv": lambda text: _separated("excel", text),
    ".json": _json,
    ".jsonl": _lines,
    ".toml": _toml,
    ".tsv": lambda text: _separated("excel-tab", text),
}
"""(the number of a table, a row of it) for every row of a text, by the end of its file's name."""


def _tables(told: Any) -> Numbered:
    """Rows of a list of tables, or of all such lists that a table names."""
    every = told.values() if isinstance(told, dict) else [told]
    tables = chain.from_iterable(one for one in every if isinstance(one, list))
    for number, table in enumerate(tables):
        if isinstance(table, dict):
            yield from ((number, row) for row in _spread(table))


def _spread(table: Mapping[str, Any]) -> Iterator[Row]:
    """A table is a row; one with a list of `pairs` or `sentences` a row for each, what else it
    says being said of each."""
    head = _row(table)
    if isinstance(pairs := table.get("pairs"), list):
        yield from (head | _row(one) for one in pairs if isinstance(one, dict))
    elif isinstance(sentences := table.get("sentences"), list):
        yield from (head | {"text": str(one)} for one in sentences)
    else:
        yield head


def _row(table: Mapping[str, Any]) -> Row:
    """Plain values as text; of lists of them one text, divided by SEVERAL."""
    found = {}
    for key, value in table.items():
        if isinstance(value, list) and not any(isinstance(one, dict | list) for one in value):
            found[str(key)] = SEVERAL.join(map(str, value))
        elif not isinstance(value, dict | list) and value is not None:
            found[str(key)] = str(value)
    return found
