"""A folder of one's own in the Hugging Face layout, with or without a PEFT adapter."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from lab.config import ModelSpec
from lab.models import passports, weights
from lab.models.layout import Layout, adapter, as_taught, layout, weight_files
from lab.models.sources.base import CHECKPOINTS, FetchProgress, Source, improvised
from lab.models.sources.hub import cached
from lab.passport.facts import Passport
from lab.types import LabError

ADAPTER = ("adapter_model",)


def find_base(folder: Path, base: str, home: Path | None = None) -> Path:
    """The folder of an adapter's base: beside it, anywhere on this disk, among the models of the
    lab (below `home`, and those that ship), or in the hub's cache.

    Raises `LabError("base_missing")` when it is nowhere here.
    """
    own = [home / "models" / base] if home else []
    for candidate in (folder / base, Path(base).expanduser(), *own, CHECKPOINTS / base):
        if (candidate / "config.json").is_file():
            return candidate.resolve()
    found = cached(base, "") if base.count("/") <= 1 and not base.startswith((".", "/")) else None
    if found is None:
        raise LabError("base_missing", adapter=folder.name, base=base)
    return found


def stands_on(folder: Path, home: Path | None) -> Path:
    """The folder of a whole model: the adapter's base, or `folder` itself."""
    base = adapter(folder)
    return find_base(folder, base, home) if base else folder


def shape_of(folder: Path, home: Path) -> Layout:
    """What a folder holds, with or without an adapter. Raises as `layout` and `find_base` do."""
    return as_taught(folder, layout(stands_on(folder, home)))


def lacking(folder: Path, home: Path) -> LabError | None:
    """Why the model in `folder` cannot be loaded: files that are not there, or not its base's."""
    try:
        if adapter(folder):
            weight_files(folder, ADAPTER)
        weight_files(layout(stands_on(folder, home)).body)
    except LabError as error:
        return error
    return None


class Local(Source):
    """Used where it lies; never copied, never changed."""

    name: ClassVar[str] = "local"

    def describe(self, location: str, home: Path) -> ModelSpec:
        folder = Path(location).expanduser().resolve()
        if not folder.is_dir():
            raise LabError("folder_missing", folder=str(folder))
        found = shape_of(folder, home)
        return improvised(self.name, location, found.kind, found.objectives)

    def locate(self, spec: ModelSpec, home: Path) -> Path | None:
        folder = Path(spec.location).expanduser().resolve()
        return folder if folder.is_dir() else None

    def why(self, spec: ModelSpec, home: Path) -> LabError | None:
        return lacking(Path(spec.location).expanduser().resolve(), home)

    def passport(self, spec: ModelSpec, home: Path) -> Passport:
        """By what lies in the folder: a passport of the lab's, a model card, an adapter's base."""
        folder = Path(spec.location).expanduser().resolve()
        told = passports.with_file(passports.of_spec(spec), folder)
        return passports.with_settings(passports.with_card(told, folder), folder)

    def fetch(self, spec: ModelSpec, home: Path) -> Iterator[FetchProgress]:
        if error := self.why(spec, home):
            raise error
        folder = Path(spec.location).expanduser().resolve()
        files = (
            weight_files(folder, ADAPTER) if adapter(folder) else weight_files(layout(folder).body)
        )
        yield FetchProgress(0, 0, "check")
        weights.check(files)
        yield FetchProgress(0, 0, "done")


SOURCE = Local()
