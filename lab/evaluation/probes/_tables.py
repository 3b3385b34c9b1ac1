"""Questions as files hold them: the lab's own TOML, and people's JSON lines, CSV and TSV."""

from __future__ import annotations

import csv
import json
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path

from lab.documents.text import read_text
from lab.types import LabError

SUFFIXES = (".jsonl", ".csv", ".tsv")
LARGEST = 200_000_000
"""Bytes of a file."""
Row = dict[str, str]


def pairs_of(path: Path, table: str) -> list[Row]:
    """The rows of one of the lab's own files: what stands before each list of pairs, and a pair."""
    found = tomllib.loads(path.read_text(encoding="utf-8"))[table]
    heads = ({k: v for k, v in one.items() if isinstance(v, str)} for one in found)
    return [head | pair for head, one in zip(heads, found, strict=True) for pair in one["pairs"]]


def names_of(path: Path) -> dict[str, dict[str, str]]:
    """What each paradigm of one of the lab's own files is called, by its UID and language."""
    found = tomllib.loads(path.read_text(encoding="utf-8"))["paradigm"]
    return {one["UID"]: dict(one["name"]) for one in found}


def rows_of(path: Path, columns: Sequence[str]) -> list[Row]:
    """Every row of a file, or of each file below a folder, with `file`, the name it is from.

    Rows that lack one of `columns` are passed over, but a file without any is an error.
    Raises `LabError`: no_such_path, probe_file, probe_columns, probe_empty.
    """
    if not path.exists():
        raise LabError("no_such_path", path=str(path))
    files = sorted(f for f in path.rglob("*") if f.suffix in SUFFIXES) if path.is_dir() else [path]
    found = list(chain.from_iterable(_rows(file, columns) for file in files))
    if not found:
        raise LabError("probe_empty", path=path.name)
    return found


def _rows(file: Path, columns: Sequence[str]) -> Iterator[Row]:
    if file.suffix not in SUFFIXES or file.stat().st_size > LARGEST:
        raise LabError("probe_file", file=file.name, kinds=", ".join(SUFFIXES))
    text = read_text(file)
    whole = 0
    rows = _json_rows(file, text) if file.suffix == ".jsonl" else _table_rows(file, text)
    for row in rows:
        if all(row.get(column) for column in columns):
            whole += 1
            yield {**row, "file": file.stem}
    if not whole and text.strip():
        raise LabError("probe_columns", file=file.name, columns=", ".join(columns))


def _json_rows(file: Path, text: str) -> Iterator[Row]:
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            one = json.loads(line)
        except ValueError as error:
            raise LabError("probe_line", file=file.name, line=number) from error
        if isinstance(one, dict):
            yield {str(key): str(value) for key, value in one.items() if value is not None}


def _table_rows(file: Path, text: str) -> Iterable[Row]:
    kind = "excel-tab" if file.suffix == ".tsv" else "excel"
    for row in csv.DictReader(text.splitlines(), dialect=kind):
        yield {str(key): value for key, value in row.items() if isinstance(value, str)}
