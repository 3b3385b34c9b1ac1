"""Checkpoints that ship with the lab, in assets/checkpoints/ID."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from lab.config import ModelSpec
from lab.models.sources.base import CHECKPOINTS, FetchProgress, Source
from lab.types import LabError


class Bundled(Source):
    """Nothing to fetch: the folder is there, or this copy of the lab was made without it."""

    name: ClassVar[str] = "bundled"

    def locate(self, spec: ModelSpec, home: Path) -> Path | None:
        folder = CHECKPOINTS / (spec.location or spec.id)
        whole = any((folder / n).exists() for n in ("config.json", "adapter_config.json", "unet"))
        return folder if whole else None

    def why(self, spec: ModelSpec, home: Path) -> LabError | None:
        return None if self.locate(spec, home) else LabError("not_bundled", model=spec.id)

    def fetch(self, spec: ModelSpec, home: Path) -> Iterator[FetchProgress]:
        if error := self.why(spec, home):
            raise error
        yield FetchProgress(0, 0, "done")


SOURCE = Bundled()
