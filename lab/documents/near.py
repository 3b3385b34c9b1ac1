"""Documents that say nearly the same, found without comparing each with each.

A document's sketch is a MinHash of its runs of five words (Broder 1997), by one permutation
(Li, Owen and Zhang 2012): the numbers of all runs fall into bins and each bin keeps its
smallest. Bins that stay empty borrow from others (Shrivastava 2017). The share of equal bins
estimates the Jaccard similarity. Look-alikes come from datasketch's locality-sensitive hashing.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from lab.documents.words import Numbers, mixed, runs

BINS = 128
RUN = 5
"""Words of a shingle."""
ALIKE = 0.8
"""Jaccard similarity from which two documents say nearly the same."""

Sketch: TypeAlias = tuple[int, ...]
"""BINS numbers of 32 bits, or none for a text of fewer words than a shingle."""


class Sketcher:
    """Makes the sketch of a text that comes in stretches; shingles do not reach across them."""

    def __init__(self) -> None:
        self.least = np.full(BINS, np.iinfo(np.uint64).max, np.uint64)

    def add(self, number: Numbers) -> None:
        """The words of the next stretch, as `words` numbers them."""
        shingles = runs(number, RUN)
        bins = (shingles >> np.uint64(57)).astype(np.intp)
        np.minimum.at(self.least, bins, shingles)

    def sketch(self) -> Sketch:
        """What the document is known by."""
        full = self.least != np.iinfo(np.uint64).max
        if not full.any():
            return ()
        values = (self.least >> np.uint64(25)).astype(np.uint32)
        empty = np.flatnonzero(~full)
        lenders = _lenders()[empty]
        # The first full bin of each row; of a row without any, whatever bin is full.
        first = full[lenders].argmax(axis=1)
        found = lenders[np.arange(len(empty)), first]
        found[~full[found]] = np.flatnonzero(full)[0]
        values[empty] = values[found]
        return tuple(int(value) for value in values)


@cache
def _lenders() -> npt.NDArray[np.intp]:
    """For each bin, a row of others drawn from its number: those it may borrow from."""
    tries = np.arange(BINS * 4 * BINS, dtype=np.uint64)
    return (mixed(tries) >> np.uint64(57)).astype(np.intp).reshape(BINS, 4 * BINS)


def similarity(one: Sketch, other: Sketch) -> float:
    """The estimated Jaccard similarity, give or take 0.04."""
    if not one or not other:
        return 0.0
    return float(np.mean(np.asarray(one) == np.asarray(other)))


def alike(sketches: Sequence[Sketch], at_least: float = ALIKE) -> list[tuple[int, ...]]:
    """For each sketch, the numbers of earlier ones that say nearly the same."""
    if sum(map(bool, sketches)) < 2:
        return [()] * len(sketches)
    from datasketch import MinHash, MinHashLSH

    index = MinHashLSH(threshold=at_least, num_perm=BINS)
    blank = MinHash(num_perm=BINS)
    arrays = [np.asarray(sketch, blank.hashvalues.dtype) for sketch in sketches]
    found: list[tuple[int, ...]] = []
    for number, array in enumerate(arrays):
        if not len(array):
            found.append(())
            continue
        entry = blank.copy()
        entry.hashvalues = array
        near = sorted(
            other for other in index.query(entry) if np.mean(arrays[other] == array) >= at_least
        )
        found.append(tuple(near))
        # A third copy is as near to the first: only one of each needs to be looked up.
        if not near:
            index.insert(number, entry)
    return found
