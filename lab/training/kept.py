"""Which checkpoints are whole, and sound. Without torch, for lists of runs ask it too."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from lab.types import LabError


def named(folder: Path) -> list[Path]:
    """Everything that was given a checkpoint's name, oldest first."""
    return sorted(folder.glob("step-" + "[0-9]" * 8))


def whole(folder: Path) -> list[Path]:
    """The checkpoints with all their files in full length, oldest first."""
    return [path for path in named(folder) if _is_whole(path)]


def newest(folder: Path) -> tuple[Path | None, list[int]]:
    """(the checkpoint to go on from, the steps of later ones that the disk has damaged since).

    Raises `LabError("checkpoints_damaged")` where there are some, but none that can be read.
    """
    damaged: list[int] = []
    for path in reversed(named(folder)):
        if _is_whole(path) and _is_sound(path):
            return path, damaged
        damaged.append(int(path.name.removeprefix("step-")))
    if damaged:
        raise LabError("checkpoints_damaged", folder=str(folder))
    return None, damaged


def told(path: Path) -> dict[str, Any]:
    """What a checkpoint says of itself: the progress, and the sizes and digests of its files."""
    found: dict[str, Any] = json.loads((path / "state.json").read_text())
    return found


def digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "blake2b").hexdigest()


def _is_whole(path: Path) -> bool:
    try:
        sizes = told(path)["sizes"]
        return all((path / name).stat().st_size == size for name, size in sizes.items())
    except (OSError, ValueError, KeyError):
        return False


def _is_sound(path: Path) -> bool:
    """Whether every file still holds what was written; all of it is read."""
    try:
        digests = told(path).get("digests", {})
        return all(digest(path / name) == one for name, one in digests.items())
    except OSError:  # what the disk does not give back is damaged too
        return False
