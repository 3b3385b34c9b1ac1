"""Which checkpoints are whole. Without torch, for lists of runs ask it too."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def whole(folder: Path) -> list[Path]:
    """The checkpoints that can be gone on from, oldest first."""
    return sorted(path for path in folder.glob("step-*") if _is_whole(path))


def told(path: Path) -> dict[str, Any]:
    """What a checkpoint says of itself: the progress, and the sizes of its files."""
    found: dict[str, Any] = json.loads((path / "state.json").read_text())
    return found


def _is_whole(path: Path) -> bool:
    if path.suffix or not path.is_dir():
        return False
    try:
        sizes = told(path)["sizes"]
        return all((path / name).stat().st_size == size for name, size in sizes.items())
    except (OSError, ValueError, KeyError):
        return False
