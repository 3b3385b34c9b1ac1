"""Token numbers on the disk, in Arrow, read from there as they are needed and never all at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import pyarrow as pa

BLOCK = 1 << 20
"""Tokens of a record batch. All but the last are full, so that a place is found by division."""
FORMAT = 2
"""Of the files: what was kept in another is made anew."""
TEXT = -1
"""In the place where a conversation's first answer begins: a text, which may be cut anywhere."""
Ids = np.ndarray[Any, np.dtype[Any]]


class TokenWriter:
    """Appends spans, what is read in one go, to FILE; where each begins and ends to FILE.spans."""

    def __init__(self, path: Path, vocabulary: int) -> None:
        self.path = path
        self._kind = np.dtype(np.uint32 if vocabulary > 2**16 else np.uint16)
        fields = [pa.field("id", pa.from_numpy_dtype(self._kind)), pa.field("learn", pa.bool_())]
        self._schema = pa.schema(fields)
        self._file = pa.ipc.new_file(str(path), self._schema)
        self._left: list[tuple[Ids, Ids]] = []
        self._waiting = 0
        self._spans: list[tuple[int, int, int, int]] = []
        self.tokens = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _: object, trace: TracebackType | None
    ) -> None:
        self._flush(all_of_it=True)
        self._file.close()
        if kind is None:
            _write_spans(self.path, self._spans)

    def add(
        self, document: int, ids: Sequence[int] | Ids, learn: Ids | None = None, talk: bool = False
    ) -> None:
        """A new span.

        learn  (n,) bool: which of the tokens carry loss, by default all
        talk   a question and its answer, which are read in one go
        """
        answer = int(learn.argmax()) if talk and learn is not None else TEXT
        self._spans.append((document, self.tokens, 0, answer))
        self.extend(ids, learn)

    def extend(self, ids: Sequence[int] | Ids, learn: Ids | None = None) -> None:
        """More of the last span: a long text comes in pieces."""
        found = np.asarray(ids, self._kind)
        document, start, count, answer = self._spans[-1]
        self._spans[-1] = (document, start, count + len(found), answer)
        self._left.append((found, np.ones(len(found), bool) if learn is None else learn))
        self.tokens += len(found)
        self._waiting += len(found)
        if self._waiting >= BLOCK:
            self._flush()

    def _flush(self, all_of_it: bool = False) -> None:
        if not self._left:
            return
        ids, marks = (np.concatenate(parts) for parts in zip(*self._left, strict=True))
        whole = len(ids) if all_of_it else len(ids) // BLOCK * BLOCK
        for at in range(0, whole, BLOCK):
            some = slice(at, min(at + BLOCK, whole))
            columns = [pa.array(ids[some]), pa.array(marks[some])]
            self._file.write_batch(pa.record_batch(columns, schema=self._schema))
        self._left = [(ids[whole:], marks[whole:])]
        self._waiting = len(ids) - whole


class Tokens:
    """What a `TokenWriter` left; memory-mapped, so that 100 MB of text take no memory.

    spans  (S, 4): document, first token, number of tokens, place of the first that an answer
           says, or TEXT
    """

    def __init__(self, path: Path) -> None:
        blocks = [*_batches(path)]
        self._ids = [block.column(0).to_numpy() for block in blocks]  # views: nothing is read yet
        self._learn = [block.column(1) for block in blocks]
        self.spans = np.stack(
            [np.concatenate([c.to_numpy() for c in column]) for column in _columns(path)], axis=1
        )
        self._count = sum(map(len, blocks))

    def __len__(self) -> int:
        return self._count

    def ids(self, start: int, count: int) -> Ids:
        """(count,) int64 token numbers from place `start` on; fewer at the end."""
        found = [self._ids[block][at : at + n] for block, at, n in self._places(start, count)]
        return np.concatenate(found).astype(np.int64) if found else np.zeros(0, np.int64)

    def learn(self, start: int, count: int) -> Ids:
        """(count,) bool: which of them carry loss."""
        pieces = (self._learn[block].slice(at, n) for block, at, n in self._places(start, count))
        found = [piece.to_numpy(zero_copy_only=False) for piece in pieces]
        return np.concatenate(found) if found else np.zeros(0, bool)

    def _places(self, start: int, count: int) -> Iterator[tuple[int, int, int]]:
        """(block, first token in it, number of tokens) of a stretch that may lie across blocks."""
        stop = min(start + count, self._count)
        while start < stop:
            block, at = divmod(start, BLOCK)
            n = min(stop - start, BLOCK - at)
            yield block, at, n
            start += n


def _spans_file(path: Path) -> Path:
    return path.with_name(path.name + ".spans")


def _write_spans(path: Path, spans: list[tuple[int, int, int, int]]) -> None:
    table = np.asarray(spans, np.int64).reshape(-1, 4)
    names = ["document", "start", "count", "answer"]
    batch = pa.record_batch([pa.array(table[:, i]) for i in range(4)], names=names)
    with pa.ipc.new_file(str(_spans_file(path)), batch.schema) as file:
        file.write_batch(batch)


def _batches(path: Path) -> list[Any]:
    reader = pa.ipc.open_file(pa.memory_map(str(path)))
    return [reader.get_batch(i) for i in range(reader.num_record_batches)]


def _columns(path: Path) -> list[list[Any]]:
    found = _batches(_spans_file(path))
    return [[batch.column(i) for batch in found] for i in range(4)]
