"""What a run says of itself while it trains: means since the last word, speed without the rests."""

from __future__ import annotations

import time
from collections.abc import Callable

from lab.training.checkpoint import Progress


class Figures:
    """Means over the steps since they were last told, and the speed without the rests."""

    def __init__(self, progress: Progress, clock: Callable[[], float] = time.monotonic) -> None:
        self._progress, self._clock = progress, clock
        self._began = clock()
        self._clear()

    def _clear(self) -> None:
        self._losses: list[float] = []
        self._norms: list[float] = []
        self._seen, self._worked = self._progress.seen, 0.0

    @property
    def since(self) -> float:
        """Seconds of training since figures were last told."""
        return self._worked + self._clock() - self._began

    def add(self, loss: float, norm: float, carried: int) -> None:
        self._losses.append(loss)
        self._norms.append(norm)
        now = self._clock()
        self._worked += now - self._began
        self._progress.seconds += now - self._began
        self._began = now

    def rest(self) -> None:
        """What has just been done was no training: its time does not count."""
        self._began = self._clock()

    def told(self) -> dict[str, float]:
        n = max(1, len(self._losses))
        said = {
            "loss": sum(self._losses) / n,
            "gradient": sum(self._norms) / n,
            "per_second": (self._progress.seen - self._seen) / max(1e-9, self._worked),
            "seconds": self._progress.seconds,
        }
        self._clear()
        return said
