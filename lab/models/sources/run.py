"""Models that were trained here: `run:NAME`, in the lab's own folder of runs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from lab.config import ModelSpec
from lab.models.layout import read_json
from lab.models.sources.base import FetchProgress, Source, improvised
from lab.models.sources.local import lacking, shape_of
from lab.passport.facts import Passport
from lab.types import LabError

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


class Run(Source):
    """Used where the run left it."""

    name: ClassVar[str] = "run"
    room: ClassVar[str] = "runs"
    parts: ClassVar[tuple[str, ...]] = ("adapter", "model")

    def found(self, home: Path) -> Iterator[str]:
        for folder in sorted((home / self.room).glob("*/")):
            if NAME.fullmatch(folder.name) and any((folder / p).is_dir() for p in self.parts):
                yield folder.name

    def describe(self, location: str, home: Path) -> ModelSpec:
        """By its passport, where it has one: what it was made from, and what it read."""
        folder = self._folder(location, home)
        found = shape_of(folder, home)
        plain = improvised(self.name, location, found.kind, found.objectives)
        passport = folder / "passport.json"
        if not passport.is_file():
            return plain
        told = read_json(passport)
        recipe = told.get("recipe", {})
        read = [str(source["name"]) for source in told.get("sources", ())]
        known = {
            "title": f"{recipe.get('title') or recipe.get('objective', '')} · {location}",
            "base": recipe.get("base", ""),
            "parameters": told.get("parameters", 0),
            "data": tuple(read),
        }
        return plain.model_copy(update=known)

    def locate(self, spec: ModelSpec, home: Path) -> Path | None:
        try:
            folder = self._folder(spec.location, home)
        except LabError:
            return None
        whole = any((folder / name).is_file() for name in ("config.json", "adapter_config.json"))
        return folder if whole else None

    def passport(self, spec: ModelSpec, home: Path) -> Passport:
        """By its passport.json alone: the names that the catalogue shows are those of its
        documents."""
        told = super().passport(spec, home)
        return replace(told, data=None) if told.documents else told

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

    @classmethod
    def _folder(cls, location: str, home: Path) -> Path:
        """Raises `LabError("no_such_run")` for a name that is none: nothing outside is read."""
        run = home / cls.room / location
        folder = next((run / name for name in cls.parts if (run / name).is_dir()), run)
        if not NAME.fullmatch(location) or folder == run:
            raise LabError("no_such_run", run=location[:100])
        return folder


SOURCE = Run()
