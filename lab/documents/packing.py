"""Documents cut to what a model reads at once, and short rests laid side by side in one row.

Nobody looks across from one part of a row to another: each counts its places from zero, which
is how models of transformers know them apart. So a row of three notes is trained on exactly as
three rows of one note each, without their padding.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from torch import Tensor

from lab.documents.store import TEXT, Tokens

Numbers = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True, slots=True)
class Part:
    """`count` tokens of a document from place `start` on."""

    start: int
    count: int


@dataclass(frozen=True, slots=True)
class Row:
    """What one row of a batch holds. All (length,).

    ids     token numbers: each part behind a marker, padding at the end
    learn   whether a token carries loss
    places  counted from zero in each part; zero in the padding
    """

    ids: Tensor
    learn: Tensor
    places: Tensor


def cut(spans: Numbers, body: int, offset: int) -> list[Part]:
    """Every span in parts of at most `body` tokens, the first of a long one `offset` long.

    spans  as `Tokens` has them. An offset that changes from epoch to epoch moves the seams, so
           that no two tokens are always kept apart. Of a conversation `heard` is read.
    """
    found: list[Part] = []
    for _, start, count, answer in spans.tolist():
        if answer != TEXT:
            found.append(heard(start, count, answer, body))
            continue
        first = count if count <= body else offset or body
        found.append(Part(start, first))
        found += [
            Part(at, min(body, start + count - at))
            for at in range(start + first, start + count, body)
        ]
    return [part for part in found if part.count > 0]


def heard(start: int, count: int, answer: int, body: int) -> Part:
    """What is read of a conversation: of one too long the end of what is asked, in half of the
    row at most where the answer needs the rest, and the beginning of what is answered."""
    kept = min(count, body)
    skipped = min(max(0, answer - body // 2), count - kept)
    return Part(start + skipped, kept)


def unheard(spans: Numbers, length: int) -> Iterator[tuple[Part, Part]]:
    """Of each conversation too long for a row of `length`: what lies before and behind what is
    read of it."""
    for _, start, count, answer in spans.tolist():
        if answer != TEXT and count >= length:
            part = heard(start, count, answer, length - 1)
            end = part.start + part.count
            yield Part(start, part.start - start), Part(end, start + count - end)


def lost(tokens: Tokens, length: int) -> tuple[int, int]:
    """(conversations that are too long for a row, tokens of their answers that are not read)."""
    gone = list(unheard(tokens.spans, length))
    return len(gone), sum(int(tokens.learn(p.start, p.count).sum()) for two in gone for p in two)


def fill(parts: Sequence[Part], length: int) -> list[list[Part]]:
    """Parts laid into rows of `length`, each part with a marker before it.

    The longest first, each into the fullest row that still has room (best fit decreasing):
    few places stay empty.
    """
    rows: list[list[Part]] = []
    open_by_room: list[list[int]] = [[] for _ in range(length + 1)]
    for part in sorted(parts, key=lambda p: -p.count):
        need = part.count + 1
        room = next((r for r in range(need, length + 1) if open_by_room[r]), None)
        if room is None:
            rows.append([part])
            open_by_room[max(0, length - need)].append(len(rows) - 1)
        else:
            row = open_by_room[room].pop()
            rows[row].append(part)
            open_by_room[room - need].append(row)
    return rows


class Packed:
    """All rows of a corpus, epoch after epoch; row n depends on the seed and n alone."""

    def __init__(
        self, tokens: Tokens, length: int, marker: int, pad: int, seed: int, together: bool
    ) -> None:
        """`together`: lay several parts into one row, for models that can tell them apart."""
        self.tokens, self.length, self.marker, self.pad = tokens, length, marker, pad
        self._seed, self._together = seed, together
        # The epoch under way and the one before: a batch may lie across their seam.
        self._epoch = lru_cache(maxsize=2)(self._laid)
        self.rows_in_epoch = len(self._epoch(0))

    def row(self, number: int) -> Row:
        """Row `number`, counted through all epochs.

        Epochs have a few rows more or fewer, as their seams fall. They are counted as long as
        the first: of a longer one some are left out, of a shorter one some are read again.
        """
        epoch, at = divmod(number, self.rows_in_epoch)
        rows = self._epoch(epoch)
        return self.lay(rows[at % len(rows)])

    def lay(self, parts: Sequence[Part]) -> Row:
        """The parts side by side, as numbers."""
        ids = torch.full((self.length,), self.pad)
        learn = torch.zeros(self.length, dtype=torch.bool)
        places = torch.zeros(self.length, dtype=torch.long)
        at = 0
        for part in parts:
            end = at + 1 + part.count
            ids[at] = self.marker
            ids[at + 1 : end] = torch.from_numpy(self.tokens.ids(part.start, part.count))
            learn[at + 1 : end] = torch.from_numpy(self.tokens.learn(part.start, part.count))
            places[at:end] = torch.arange(end - at)
            at = end
        return Row(ids, learn, places)

    def rows_of(self, spans: Numbers, offset: int = 0) -> list[list[Part]]:
        """Some spans laid into rows of their own."""
        parts = cut(spans, self.length - 1, offset)
        return fill(parts, self.length) if self._together else [[part] for part in parts]

    def _laid(self, epoch: int) -> list[list[Part]]:
        draw = np.random.default_rng([self._seed, epoch])
        offset = int(draw.integers(1, self.length)) if epoch else 0
        rows = self.rows_of(self.tokens.spans, offset)
        return [rows[i] for i in draw.permutation(len(rows))]
