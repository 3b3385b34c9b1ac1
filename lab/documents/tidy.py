"""What was made ready and is no longer used goes: the lab's folder does not grow for ever."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

DAYS = 30
"""Days that what nobody used is kept; from the documents it can be made again."""
OFTEN = 86_400.0
"""Seconds between two looks."""


def used(file: Path) -> None:
    """Say that what lies beside the file is in use: it stays for DAYS more."""
    with contextlib.suppress(OSError):
        os.utime(file)


def tidy(home: Path) -> None:
    """Once a day, let go of datasets and papers that no run stands on and nobody used for DAYS.

    A run that lies below HOME, thrown away or not, keeps its dataset, and a dataset its papers.
    """
    mark, now = home / "papers" / "tidied", time.time()
    with contextlib.suppress(OSError):
        if not mark.parent.is_dir() or (mark.exists() and now - mark.stat().st_mtime < OFTEN):
            return
        mark.touch()
        since = now - DAYS * 86_400
        kept = set(_of_runs(home))
        for folder in _old(home / "datasets", since):
            if folder.name not in kept:
                _remove(folder)
        read = set(_of_datasets(home))
        for folder in _old(home / "papers", since):
            if folder.name not in read:
                _remove(folder)


def _old(place: Path, since: float) -> Iterator[Path]:
    """Folders of which nothing was used or written since."""
    for folder in place.glob("*"):
        if folder.is_dir() and max(p.stat().st_mtime for p in _all(folder)) < since:
            yield folder


def _all(folder: Path) -> Iterator[Path]:
    yield folder
    yield from folder.rglob("*")


def _of_runs(home: Path) -> Iterator[str]:
    """Names of the datasets that runs remember: one goes on with what it began with."""
    for place in ("runs", "trash"):
        for file in home.glob(f"{place}/*/data.json"):
            with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
                yield Path(json.loads(file.read_text(encoding="utf-8"))["folder"]).name


def _of_datasets(home: Path) -> Iterator[str]:
    """Hashes of the documents that are in some dataset: a run's can be looked through later."""
    for file in home.glob("datasets/*/dataset.json"):
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            for paper in json.loads(file.read_text(encoding="utf-8"))["papers"]:
                yield paper["sha256"]


def _remove(folder: Path) -> None:
    """At once: nothing is half gone for whoever looks for it."""
    gone = folder.with_name(f"{folder.name}.gone")
    with contextlib.suppress(OSError):  # some systems do not let go of what is open
        folder.rename(gone)
    shutil.rmtree(gone, ignore_errors=True)
