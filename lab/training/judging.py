"""A judgement in a process of its own: what it takes is free afterwards, and the page lives on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from lab.training.aside import asked
from lab.training.folder import RunFolder
from lab.training.launch import ACCELERATOR
from lab.types import LabError
from lab.verdict import Verdict, verdict_of


def judge(run: RunFolder, home: Path) -> Verdict:
    """Measure what a run came to, and keep the verdict in its folder. Slow.

    Raises the `LabError` of what went wrong, judging_failed where nobody foresaw it.
    """
    asked("judging_failed", "lab.evaluation.judge", str(run.path), "--home", str(home))
    found = latest(run)
    if found is None:
        raise LabError("judging_failed", why="verdict.json")
    return found


def in_turn(run: RunFolder, home: Path) -> Iterator[Verdict]:
    """The same with the accelerator to itself. Raises `LabError`: judging_waits while another
    has it, and as `judge` does."""
    home.mkdir(parents=True, exist_ok=True)
    lock = FileLock(home / ACCELERATOR)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise LabError("judging_waits") from error
    try:
        found = judge(run, home)
    finally:
        lock.release()
    yield found


def latest(run: RunFolder) -> Verdict | None:
    """The last verdict on a run; `None` before the first."""
    return _read(run.path / "verdict.json")


def earlier(run: RunFolder) -> list[Verdict]:
    """Every verdict there has been, the oldest first."""
    files = sorted((run.path / "verdicts").glob("*.json"))
    return [found for file in files if (found := _read(file)) is not None]


def _read(file: Path) -> Verdict | None:
    try:
        return verdict_of(json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError):
        return None
