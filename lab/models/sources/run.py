"""Models that were trained here: `run:NAME`, in the lab's own folder of runs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from lab.config import ModelSpec
from lab.models.sources.base import FetchProgress, Source, improvised
from lab.models.sources.local import lacking, shape_of
from lab.types import LabError

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


class Run(Source):
    """Used where the run left it."""

    name: ClassVar[str] = "run"

    def describe(self, location: str, home: Path) -> ModelSpec:
        found = shape_of(self._folder(location, home), home)
        return improvised(self.name, location, found.kind, found.objectives)

    def locate(self, spec: ModelSpec, home: Path) -> Path | None:
        try:
            folder = self._folder(spec.location, home)
        except LabError:
            return None
        whole = any((folder / name).is_file() for name in ("config.json", "adapter_config.json"))
        return folder if whole else None

    def why(self, spec: ModelSpec, home: Path) -> LabError | None:
        try:
            folder = self._folder(spec.location, home)
        except LabError as error:
            return error
        return lacking(folder, home)

    def fetch(self, spec: ModelSpec, home: Path) -> Iterator[FetchProgress]:
        if error := self.why(spec, home):
            raise error
        yield FetchProgress(0, 0, "done")

    @staticmethod
    def _folder(location: str, home: Path) -> Path:
        """Raises `LabError("no_such_run")` for a name that is none: nothing outside is read."""
        run = home / "runs" / location
        folder = next((run / name for name in ("adapter", "model") if (run / name).is_dir()), run)
        if not NAME.fullmatch(location) or folder == run:
            raise LabError("no_such_run", run=location[:100])
        return folder


SOURCE = Run()
