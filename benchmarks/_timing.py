"""Clocks, alternation and the few figures that are reported."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

Figures = dict[str, float]


@dataclass(frozen=True, slots=True)
class Effort:
    """How often everything is repeated, after a warm-up that is not counted."""

    pairs: int
    keystrokes: int
    starts: int

    @classmethod
    def of(cls, quick: bool) -> Effort:
        return cls(pairs=2, keystrokes=12, starts=1) if quick else cls(9, 120, 5)


def seconds(work: Callable[[], object]) -> float:
    """How long `work` takes, in a thread of its own.

    Predictions of the lab run in such threads, and torch's own threads behave
    otherwise in them than in the main one: so both sides are put there.
    """
    took: list[float] = []

    def timed() -> None:
        began = time.perf_counter()
        work()
        took.append(time.perf_counter() - began)

    thread = threading.Thread(target=timed)
    thread.start()
    thread.join()
    if not took:
        raise RuntimeError("what was to be timed has failed; its error stands above")
    return took[0]


def alternate(
    ours: Callable[[], object], theirs: Callable[[], object], pairs: int
) -> tuple[list[float], list[float]]:
    """Seconds of each side, run in turns so that a busy moment of the machine hits both.

    Who goes first changes with every pair; one run of each comes before, uncounted.
    """
    seconds(ours)
    seconds(theirs)
    mine: list[float] = []
    other: list[float] = []
    for i in range(pairs):
        if i % 2:
            other.append(seconds(theirs))
            mine.append(seconds(ours))
        else:
            mine.append(seconds(ours))
            other.append(seconds(theirs))
    return mine, other


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """Our speed over theirs: the median over pairs, each taken at about the same moment."""
    return statistics.median(b / a for a, b in zip(ours, theirs, strict=True))


def spread(values: Sequence[float]) -> Figures:
    """Median and 95th percentile (the nearest measured value, never interpolated)."""
    ordered = sorted(values)
    rank = max(0, -(-95 * len(ordered) // 100) - 1)
    return {"median": statistics.median(ordered), "p95": ordered[rank]}
