"""How sure a mean is, by drawing the items again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

DRAWS = 2000
Z = 1.96


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean over `items`, with its 95 % interval."""

    value: float
    low: float
    high: float
    items: int


def bootstrap(values: Sequence[float], seed: int = 0) -> Mean:
    """The mean of `values` with the 2.5 and 97.5 % points of the means of 2,000 redraws.

    Efron 1979; the percentile interval. A function of the values and the seed alone. Of answers
    that are all right, or all wrong, every redraw is the same: there it is Wilson's interval
    (1927), since few answers prove little.
    """
    found = np.asarray(values, float)
    if not len(found):
        return Mean(float("nan"), float("nan"), float("nan"), 0)
    if found[0] in (0.0, 1.0) and (found == found[0]).all():
        n, share = len(found), float(found[0])
        reach = Z**2 / (n + Z**2)
        return Mean(share, share - share * reach, share + (1 - share) * reach, n)
    return _redrawn(found, seed)


def difference(before: Sequence[float], after: Sequence[float], seed: int = 0) -> Mean:
    """The mean of `after - before`, the same items in the same order, drawn again in pairs."""
    gaps = np.asarray(after, float) - np.asarray(before, float)
    return _redrawn(gaps, seed) if len(gaps) else bootstrap(())


def _redrawn(found: np.ndarray[Any, Any], seed: int) -> Mean:
    dice = np.random.default_rng(seed)
    means = [found[dice.integers(len(found), size=len(found))].mean() for _ in range(DRAWS)]
    low, high = np.percentile(means, [2.5, 97.5])
    return Mean(float(found.mean()), float(low), float(high), len(found))


def bootstrap_ratio(above: Sequence[float], below: Sequence[float], seed: int = 0) -> Mean:
    """The sum of `above` over that of `below` (bits over bytes, say), drawn again in pairs."""
    counts, sizes = np.asarray(above, float), np.asarray(below, float)
    if not len(counts) or not sizes.sum():
        return Mean(float("nan"), float("nan"), float("nan"), 0)
    dice = np.random.default_rng(seed)
    drawn = dice.integers(len(counts), size=(DRAWS, len(counts)))
    ratios = counts[drawn].sum(1) / np.maximum(sizes[drawn].sum(1), 1e-12)
    low, high = np.percentile(ratios, [2.5, 97.5])
    return Mean(float(counts.sum() / sizes.sum()), float(low), float(high), len(counts))
