"""Whoever begins the runs of the queue as their turn comes: one app at a time, however many
are open."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from filelock import FileLock

from lab.training.folder import RunFolder
from lab.training.held import held
from lab.training.launch import ACCELERATOR, spawn
from lab.types import LabError

if TYPE_CHECKING:
    from lab.training.runs import Runs

MOST_TOGETHER = 5
"""Runs of one family that train side by side in one worker."""
EVERY = 0.5
"""Seconds between two looks at the queue."""


class Attendant:
    """Of the runs below one home folder. What trains goes on without it."""

    def __init__(self, runs: Runs) -> None:
        self._runs = runs
        self._there = threading.Event()
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._born: dict[str, float] = {}
        self._troubles: dict[str, LabError] = {}

    def come(self, every: float = EVERY) -> None:
        """Attend in a thread, for as long as the app lives."""
        if not self._there.is_set():
            self._there.set()
            threading.Thread(target=self._attend, args=(every,), daemon=True).start()

    def leave(self) -> None:
        """Begin no more."""
        self._there.clear()

    def begun(self, name: str) -> float | None:
        """When it was begun from here, for as long as its worker lives."""
        child = self._children.get(name)
        return self._born[name] if child is not None and child.poll() is None else None

    def trouble(self, name: str) -> LabError | None:
        """Why one that waits was passed over."""
        return self._troubles.get(name)

    def recover(self) -> None:
        """Put those that a crash or a power cut interrupted at the head of the queue."""
        broken = [run.name for run in self._runs.all() if _interrupted(run)]
        with self._runs.queue.changed() as names:
            names[:] = [*(n for n in broken if n not in names), *names]

    def begin_next(self) -> list[RunFolder]:
        """Start the first of the queue if the accelerator is free, and its family with it.

        One that cannot be started is passed over and keeps its place: a list tells why.
        """
        self._children = {n: child for n, child in self._children.items() if child.poll() is None}
        if self._children or held(self._runs.home / ACCELERATOR):
            return []
        with self._runs.queue.changed() as names:
            for first in range(len(names)):
                if begun := self._start(names[first:]):
                    # Only now: what could not be started has not left the queue.
                    del names[first : first + len(begun)]
                    return begun
        return []

    # -- inside -------------------------------------------------------------------

    def _attend(self, every: float) -> None:
        home = self._runs.home
        home.mkdir(parents=True, exist_ok=True)
        with FileLock(home / "attendant.lock"):
            due: list[Callable[[], object]] = [self._runs.empty_trash, self.recover]
            while self._there.is_set():
                due = [act for act in due if not _done(act)]
                _done(self.begin_next)
                time.sleep(every)

    def _start(self, names: Sequence[str]) -> list[RunFolder]:
        """The first of these and its family, in a worker now; none where that cannot be."""
        try:
            runs = self._family(names)
            worker = spawn(runs, self._runs.home)
        except LabError as error:
            self._troubles[names[0]] = error
            return []
        except OSError as error:
            why = error.strerror or str(error)
            self._troubles[names[0]] = LabError("run_not_begun", run=names[0], why=why)
            return []
        for run in runs:
            self._troubles.pop(run.name, None)
            self._born[run.name] = time.time()
            self._children[run.name] = worker
        return runs

    def _family(self, names: Sequence[str]) -> list[RunFolder]:
        """The first, and those of its family right behind it: they train side by side."""
        first, *behind = (self._runs.find(name) for name in names[:MOST_TOGETHER])
        family = first.recipe.family
        together = [first]
        for run in behind:
            if not family or _family_of(run) != family:
                break
            together.append(run)
        return together


def _done(act: Callable[[], object]) -> bool:
    """Whether it went well; what did not is tried again, and never ends the attendance."""
    try:
        act()
    except (OSError, LabError):
        return False
    return True


def _interrupted(run: RunFolder) -> bool:
    """False also where that cannot be read: one such run does not keep the others waiting."""
    try:
        return run.state() == "interrupted"
    except OSError:
        return False


def _family_of(run: RunFolder) -> str:
    try:
        return run.recipe.family
    except LabError:
        return ""
