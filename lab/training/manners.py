"""How a training shares the machine with people who predict: they go first.

On a processor the worker runs at a lower priority, and computes with as many threads as
there are cores that nobody else uses: threads of one computation wait for one another
spinning, so that a single one which shares its core holds up all (measured on two cores:
90 tokens a second beside another busy process, 9,000 with one thread fewer).
On a card, where nothing takes turns by itself, it waits before a step for as long as
somebody predicts, but never longer than `LONGEST` at a time.
"""

from __future__ import annotations

import contextlib
import math
import os
import time
from pathlib import Path

import psutil
import torch

from lab.machine import someone_predicts

LONGEST = 5.0
LOWER = 10
LOOK_EVERY = 1.0
IDLE = 0.3
"""Cores that others may use without being given one."""


class Manners:
    """`with manners:` around every step."""

    def __init__(self, device: torch.device, home: Path | None = None) -> None:
        self._home = home if device.type == "cuda" else None
        self._crowd = Crowd() if device.type == "cpu" and not _told_how_many() else None
        if device.type == "cpu" and hasattr(os, "nice"):
            with contextlib.suppress(OSError):
                os.nice(max(0, LOWER - os.nice(0)))

    def __enter__(self) -> None:
        if self._crowd is not None and (threads := self._crowd.room()) != torch.get_num_threads():
            torch.set_num_threads(threads)
        until = time.monotonic() + LONGEST
        while self._home is not None and time.monotonic() < until and someone_predicts(self._home):
            time.sleep(0.01)

    def __exit__(self, *_: object) -> None:
        return None


class Crowd:
    """How many cores others use, looked at once a second at the most."""

    def __init__(self) -> None:
        self._me = psutil.Process()
        self._cores = torch.get_num_threads()
        self._room = self._cores
        self._seen = self._now()

    def room(self) -> int:
        """Threads that can compute without waiting for a core: at least one."""
        when, busy, own = now = self._now()
        passed = when - self._seen[0]
        if passed >= LOOK_EVERY:
            others = ((busy - self._seen[1]) - (own - self._seen[2])) / passed
            taken = math.ceil(others - IDLE)
            self._room = max(1, min(self._cores, self._cores - taken))
            self._seen = now
        return self._room

    def _now(self) -> tuple[float, float, float]:
        """(seconds, seconds all cores have worked, seconds this process has)."""
        all_ = psutil.cpu_times()
        idle = all_.idle + getattr(all_, "iowait", 0.0)
        own = self._me.cpu_times()
        return (
            time.monotonic(),
            sum(all_) - idle - getattr(all_, "guest", 0.0),
            own.user + own.system,
        )


def _told_how_many() -> bool:
    """Whether the person has said how many threads to use."""
    return "OMP_NUM_THREADS" in os.environ
