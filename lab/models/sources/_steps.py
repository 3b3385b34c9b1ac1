"""Work that takes long, told as it goes: for sources that fetch."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from lab.models.sources.base import FetchProgress

GLANCE = 0.25
"""Seconds between two looks at how far the work has come."""


class Cancelled(BaseException):
    """Nobody waits for the work any more."""


def watched(work: Callable[[], None], look: Callable[[], FetchProgress]) -> Iterator[FetchProgress]:
    """Run `work` in a thread of its own and yield what `look` sees, until it ends.

    An exception of the work is raised here.
    """
    failure: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:  # handed over to the thread that reads the progress
            failure.append(error)

    thread = threading.Thread(target=run, daemon=True, name="fetch")
    thread.start()
    last: FetchProgress | None = None
    while thread.is_alive():
        thread.join(GLANCE)
        seen = look()
        if seen != last:
            last = seen
            yield seen
    if failure:
        raise failure[0]


@contextmanager
def alone(path: Path) -> Iterator[Iterator[FetchProgress]]:
    """Within the block, wait (item by item) until nobody else fetches into `path`."""
    from filelock import FileLock, Timeout

    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path.with_name(f".{path.name}.lock"), thread_local=False)

    def wait() -> Iterator[FetchProgress]:
        while True:
            try:
                lock.acquire(timeout=GLANCE)
            except Timeout:
                yield FetchProgress(0, 0, "wait")
            else:
                return

    try:
        yield wait()
    finally:
        lock.release(force=True)
