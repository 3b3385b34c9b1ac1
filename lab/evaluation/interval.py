"""How sure a mean is, by drawing the items again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan
from typing import Any

import numpy as np

DRAWS = 2000
Z = 1.96
Ends = tuple[float, float]
SHARE: Ends = (0.0, 1.0)
"""Between which an answer lies that is right, wrong or in between."""
CHANGE: Ends = (-1.0, 1.0)
"""Between which an answer changes."""


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean over `items`, with its 95 % interval: no numbers where nothing tells it."""

    value: float
    low: float
    high: float
    items: int


def bootstrap(values: Sequence[float], seed: int = 0, ends: Ends | None = SHARE) -> Mean:
    """The mean of `values` with the 2.5 and 97.5 % points of the means of 2,000 redraws.

    Efron 1979; the percentile interval. A function of the values and the seed alone. Of values
    that are all alike every redraw is the same, and few of them prove little all the same: there
    it is Wilson's interval, for the share of those that are otherwise.

    ends  the least and the most that a value can be; `None` where there is no such, and then a
          single value has no interval
    """
    found = np.asarray(values, float)
    if not len(found) or (ends is None and len(found) == 1):
        return Mean(float(found.mean()) if len(found) else nan, nan, nan, len(found))
    return _interval(found, seed, ends)


def difference(
    before: Sequence[float], after: Sequence[float], seed: int = 0, ends: Ends | None = None
) -> Mean:
    """The mean of `after - before`, the same items in the same order, drawn again in pairs."""
    gaps = np.asarray(after, float) - np.asarray(before, float)
    return _interval(gaps, seed, ends) if len(gaps) else bootstrap(())


def _interval(found: np.ndarray[Any, Any], seed: int, ends: Ends | None) -> Mean:
    if ends is not None and (found == found[0]).all():
        return _alike(float(found[0]), len(found), ends)
    dice = np.random.default_rng(seed)
    means = [found[dice.integers(len(found), size=len(found))].mean() for _ in range(DRAWS)]
    low, high = np.percentile(means, [2.5, 97.5])
    return Mean(float(found.mean()), float(low), float(high), len(found))


def _alike(value: float, items: int, ends: Ends) -> Mean:
    """Where none of `items` is otherwise, as many as Wilson (1927) allows for may yet be, all of
    them at one end. Of answers all right, or all wrong, this is his interval itself."""
    least, most = ends
    others = Z**2 / (items + Z**2)
    low, high = value - others * (value - least), value + others * (most - value)
    return Mean(value, low, high, items)


def bootstrap_ratio(above: Sequence[float], below: Sequence[float], seed: int = 0) -> Mean:
    """The sum of `above` over that of `below` (bits over bytes, say), drawn again in pairs; of a
    single pair without an interval."""
    counts, sizes = np.asarray(above, float), np.asarray(below, float)
    if not len(counts) or not sizes.sum():
        return Mean(nan, nan, nan, 0)
    if len(counts) == 1:
        return Mean(float(counts[0] / sizes[0]), nan, nan, 1)
    dice = np.random.default_rng(seed)
    drawn = dice.integers(len(counts), size=(DRAWS, len(counts)))
    ratios = counts[drawn].sum(1) / np.maximum(sizes[drawn].sum(1), 1e-12)
    low, high = np.percentile(ratios, [2.5, 97.5])
    return Mean(float(counts.sum() / sizes.sum()), float(low), float(high), len(counts))
