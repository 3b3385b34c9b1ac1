"""Clean data, batch by batch: windows of a text that goes on and on, or pictures.

Batch n depends on the seed and n alone. An epoch reads every window once, in an
order and from an offset of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from lab.documents.store import Ids
from lab.objectives.base import Batch
from lab.training.tasks import Batches, generator

HELD_ROWS = 8
"""Rows of a batch of held-out data."""
ORDER = 1
"""Salt of the draw that shuffles an epoch."""


class Running(Protocol):
    """Token numbers behind one another: `lab.documents.store.Tokens`, or `Listed` in memory."""

    def __len__(self) -> int: ...

    def ids(self, start: int, count: int) -> Ids: ...


@dataclass(frozen=True, slots=True)
class Listed:
    """A short text's token numbers, (T,)."""

    numbers: Sequence[int]

    def __len__(self) -> int:
        return len(self.numbers)

    def ids(self, start: int, count: int) -> Ids:
        return np.asarray(self.numbers[start : start + count], np.int64)


def windows(tokens: Running, length: int, rows: int, bos: int, seed: int) -> Batches:
    """Batches of (rows, length) token numbers, each row behind a [BOS].

    tokens  the whole corpus, more than `length`; documents follow one another without a gap
    """
    body = length - 1
    count = (len(tokens) - body) // body

    @lru_cache(maxsize=2)
    def epoch(number: int) -> tuple[Tensor, int]:
        draw = generator(seed, number, ORDER)
        offset = int(torch.randint(body, (1,), generator=draw)) if count else 0
        return torch.randperm(max(1, count), generator=draw), offset if count else 0

    def row(number: int) -> Tensor:
        order, offset = epoch(number // max(1, count))
        start = int(order[number % max(1, count)]) * body + offset
        return _window(tokens, start, body, bos)

    def batch(number: int) -> Batch:
        return Batch(ids=torch.stack([row(number * rows + i) for i in range(rows)]))

    return batch


def in_order(tokens: Running, length: int, rows: int, bos: int, most: int) -> Iterator[Batch]:
    """Windows one after the other, each token once, for measuring: at most `most` of them.

    With more to read than that, they are spread evenly over the text.
    """
    body = length - 1
    count = len(tokens) // body
    chosen = range(count) if count <= most else [i * count // most for i in range(most)]
    for at in range(0, len(chosen), rows):
        some = [_window(tokens, i * body, body, bos) for i in chosen[at : at + rows]]
        yield Batch(ids=torch.stack(some))


def _window(tokens: Running, start: int, body: int, bos: int) -> Tensor:
    return torch.cat([torch.tensor([bos]), torch.from_numpy(tokens.ids(start, body))])
