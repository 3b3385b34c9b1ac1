"""The queue of runs, in a file of the lab's folder, so that it outlives the app."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock

from lab.models.sources.run import NAME
from lab.training.folder import write_atomically


class Queue:
    """Names of runs that wait. Safe for several threads and several apps."""

    def __init__(self, home: Path, folder: Path) -> None:
        """`folder`: where the runs lie; what is no longer there does not wait either."""
        self._home, self._folder = home, folder
        self._file = home / "queue.json"

    @property
    def names(self) -> list[str]:
        """Those that wait, the next first."""
        try:
            kept = [name for name in json.loads(self._file.read_text()) if NAME.fullmatch(name)]
        except (OSError, ValueError, TypeError):
            return []
        return [name for name in kept if (self._folder / name / "recipe.json").is_file()]

    @contextmanager
    def changed(self) -> Iterator[list[str]]:
        """The names, to change: nobody else changes them meanwhile."""
        self._home.mkdir(parents=True, exist_ok=True)
        with FileLock(self._home / "queue.lock"):
            before = self.names
            names = [*before]
            yield names
            if names != before:
                write_atomically(self._file, json.dumps(names))

    def join(self, name: str, first: bool = False) -> None:
        """Wait at the end, or before all others; once, however often it is asked."""
        with self.changed() as names:
            if name not in names:
                names.insert(0 if first else len(names), name)

    def leave(self, name: str) -> bool:
        """Wait no more; whether it did."""
        with self.changed() as names:
            waited = name in names
            if waited:
                names.remove(name)
        return waited
