"""What a text costs a model row by row, and the change from a base to what it became."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from typing import Any

import numpy as np
import torch
from torch import nn

from lab.objectives.base import Batch, Objective
from lab.training.measure import nats
from lab.verdict import Change

DRAWS = 2000
GENERAL_ROWS = 50
"""Rows of general text in each language by which it is told what was forgotten."""
Sums = list[tuple[float, float]]
"""(nats, bytes) of each document or row."""


def by_row(
    model: nn.Module,
    objective: Objective[Any, Any],
    batches: Iterable[Batch],
    per_byte: float,
    manners: AbstractContextManager[object],
) -> Sums:
    """Row by row; the bytes of a row are its tokens over the text's tokens to a byte."""
    found: Sums = []
    for batch in batches:
        for i in range(len(batch.text)):
            with manners:
                said, tokens = nats(model, objective, _row(batch, i), len(found))
            if tokens:
                found.append((said, tokens / per_byte))
    return found


def _row(batch: Batch, i: int) -> Batch:
    def one(of: torch.Tensor | None) -> torch.Tensor | None:
        return None if of is None else of[i : i + 1]

    return Batch(ids=one(batch.ids), learn=one(batch.learn), places=one(batch.places))


def changed(base: Sums, tuned: Sums, measure: str) -> Change | None:
    """The change in bits a byte, and its interval by drawing the rows again, the same for both
    sides; `None` where there are none."""
    if not base:
        return None
    first, second = np.asarray(base), np.asarray(tuned)
    ln2 = float(np.log(2))

    def bits(sums: np.ndarray[Any, Any]) -> float:
        return float(sums[:, 0].sum() / sums[:, 1].sum() / ln2)

    dice = np.random.default_rng(0)
    draws = [dice.integers(len(first), size=len(first)) for _ in range(DRAWS)]
    low, high = np.percentile([bits(second[d]) - bits(first[d]) for d in draws], [2.5, 97.5])
    return Change(bits(first), bits(second), float(low), float(high), len(first), measure)
