"""Whether the loss goes where it should: its mean over the last steps beside what that was."""

from __future__ import annotations

import math
from collections import deque

from lab.training.checkpoint import Progress
from lab.types import LabError

REMEMBERED = 20
"""Steps whose mean loss is compared with earlier ones."""


class Course:
    """Follows one run; its lowest mean lies in the run's progress, so that it outlives a crash."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._recent: deque[float] = deque(maxlen=REMEMBERED)
        self._first: float | None = None

    def follow(self, loss: float, norm: float) -> None:
        """Take note of a step. Raises `LabError`: loss_not_finite, loss_explodes."""
        step = self._progress.step
        if not (math.isfinite(loss) and math.isfinite(norm)):
            raise LabError("loss_not_finite", step=step)
        self._recent.append(loss)
        if (mean := self._mean) is None:
            return
        if self._first is None:
            self._first = mean
        if _far(mean, self._first):
            raise LabError("loss_explodes", step=step, loss=round(mean, 2))
        lowest = self._progress.lowest
        self._progress.lowest = mean if lowest is None else min(lowest, mean)

    @property
    def astray(self) -> bool:
        """Whether the loss stands far above where it has been: not a place to go on from."""
        mean, lowest = self._mean, self._progress.lowest
        return mean is not None and lowest is not None and _far(mean, lowest)

    @property
    def _mean(self) -> float | None:
        """`None` until there are enough steps to speak of one."""
        recent = self._recent
        return sum(recent) / REMEMBERED if len(recent) == REMEMBERED else None


def _far(mean: float, other: float) -> bool:
    return mean > 1.5 * other + 1
