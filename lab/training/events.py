"""A run's history: one JSON line an event, appended and never rewritten."""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lab.history import EventKind, RunEvent

LASTING = frozenset({"status", "checkpoint", "error"})
"""Kinds that must be on the disk before the run goes on."""


class EventLog:
    """Appends events to one file. A line that a power cut left half-written is closed first."""

    def __init__(self, path: Path) -> None:
        self._path = path
        if path.exists() and not _ends_whole(path):
            _append(path, b"\n", lasting=True)

    def add(self, kind: EventKind, step: int, **data: Any) -> RunEvent:
        """Write one event and return it. Raises `OSError` when the disk will not take it."""
        event = RunEvent(step, time.time(), kind, {k: _short(v) for k, v in data.items()})
        line = json.dumps(
            {"step": step, "time": round(event.time, 3), "kind": kind, "data": event.data}
        )
        _append(self._path, line.encode() + b"\n", lasting=kind in LASTING)
        return event


def read_events(path: Path, since: int = 0) -> tuple[list[RunEvent], int]:
    """(the events after the first `since` bytes of the file, where to go on from).

    Lines that are no event, half-written ones above all, are passed over; a last
    line without its end is left for the next time.
    """
    try:
        with path.open("rb") as file:
            file.seek(since)
            data = file.read()
    except FileNotFoundError:
        return [], 0
    whole = data[: data.rfind(b"\n") + 1]
    return [e for line in whole.splitlines() if (e := _event(line)) is not None], since + len(whole)


def as_lived(events: Sequence[RunEvent]) -> list[RunEvent]:
    """The history without what a crash undid: figures of steps that were taken again later."""
    kept: list[RunEvent] = []
    undone_from: int | None = None
    for event in reversed(events):
        if (
            undone_from is not None
            and event.kind in ("metric", "sample")
            and event.step > undone_from
        ):
            continue
        kept.append(event)
        if event.kind == "status" and event.data.get("state") == "running":
            undone_from = event.step if undone_from is None else min(undone_from, event.step)
    return kept[::-1]


def _event(line: bytes) -> RunEvent | None:
    try:
        found = json.loads(line)
        return RunEvent(
            int(found["step"]), float(found["time"]), found["kind"], dict(found["data"])
        )
    except (ValueError, TypeError, KeyError):
        return None


def _short(value: Any) -> Any:
    """Six digits of a number: more of them no curve shows and no disk needs. None for a NaN."""
    if isinstance(value, float):
        return float(f"{value:.6g}") if math.isfinite(value) else None
    if isinstance(value, dict):
        return {k: _short(v) for k, v in value.items()}
    return value


def _ends_whole(path: Path) -> bool:
    with path.open("rb") as file:
        if file.seek(0, os.SEEK_END) == 0:
            return True
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"


def _append(path: Path, data: bytes, lasting: bool) -> None:
    """One write call a line, so that two lines never mix."""
    handle = os.open(
        path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o644
    )
    try:
        os.write(handle, data)
        if lasting:
            os.fsync(handle)
    finally:
        os.close(handle)
