"""Adapters put on one another: `stack:NAME`, in the lab's own folder of stacks."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from lab.models.sources.run import NAME, Run
from lab.types import LabError


class Stack(Run):
    """Made by `lab.models.stack`; described by its passport as what a run left is."""

    name: ClassVar[str] = "stack"
    room: ClassVar[str] = "stacks"
    parts: ClassVar[tuple[str, ...]] = (".",)

    @classmethod
    def _folder(cls, location: str, home: Path) -> Path:
        folder = home / cls.room / location
        if not NAME.fullmatch(location) or not folder.is_dir():
            raise LabError("unknown_model", model=f"stack:{location[:80]}", near="")
        return folder


SOURCE = Stack()
