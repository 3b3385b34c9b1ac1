"""Every model there is to choose from: what is ready here, what must be fetched, what it is."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from itertools import chain
from pathlib import Path

import lab.models.sources
from lab.config import ModelSpec, load_toml
from lab.models.layout import adapter, class_names
from lab.models.passports import base_of
from lab.models.sources.base import FetchProgress, Source
from lab.passport.facts import Passport
from lab.registry import discover
from lab.texts import ASSETS
from lab.types import Kind, LabError, Read

__all__ = ["Catalogue", "FetchProgress", "ModelEntry", "sources"]

PRESETS = ASSETS.parent / "presets" / "models"


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """One line of the catalogue as it stands now.

    path        the folder of the weights in the Hugging Face layout, once ready
    size_bytes  on disk when ready, else to download; 0 when nothing is fetched or not known
    limits      known limits, a sentence a language
    classes     what a picture model can be asked for, in the order of its class numbers
    base        the model it was made from; empty where it is none's
    why         why it cannot be used right now; `None` when ready
    """

    id: str
    title: str
    source: str
    kind: Kind
    objectives: tuple[str, ...]
    ready: bool
    path: str | None
    size_bytes: int
    parameters: int
    licence: str
    languages: tuple[str, ...]
    data: tuple[Read, ...]
    limits: Mapping[str, str]
    classes: tuple[str, ...]
    base: str
    for_show: bool
    why: LabError | None


@cache
def sources() -> Mapping[str, Source]:
    """Every source of models, by name."""
    # mypy: an abstract class is a fine thing to compare instances with.
    return discover(lab.models.sources, "SOURCE", Source)  # type: ignore[type-abstract]


def default_home() -> Path:
    """$PRETEXT_HOME, or the user's cache folder."""
    if chosen := os.environ.get("PRETEXT_HOME"):
        return Path(chosen).expanduser().resolve()
    from platformdirs import user_cache_path

    return user_cache_path("pretext-lab")


class Catalogue:
    """The shipped presets, and any model a person names as `hub:OWNER/NAME` or `local:FOLDER`."""

    def __init__(self, specs: Mapping[str, ModelSpec], home: Path, listed: bool = False) -> None:
        """`listed`: serve only what is in the list, for a page that strangers can reach."""
        self._specs = dict(specs)
        self.home = home
        self.listed = listed

    @classmethod
    def load(
        cls, home: Path | None = None, presets: Path = PRESETS, listed: bool = False
    ) -> Catalogue:
        """Read every preset. Raises `LabError("preset_broken")` for one that does not hold.

        `home`: where fetched models lie; by default $PRETEXT_HOME or the user's cache.
        """
        specs = {}
        for path in sorted(presets.glob("*.toml")):
            spec = load_toml(path, ModelSpec)
            if spec.id != path.stem:
                raise LabError("preset_broken", file=path.name, where="id", why=spec.id)
            if spec.source not in sources():
                raise LabError("preset_broken", file=path.name, where="source", why=spec.source)
            specs[spec.id] = spec
        return cls(specs, (home or default_home()).expanduser().absolute(), listed)

    def entries(self) -> tuple[ModelEntry, ...]:
        """The presets and what was trained here as they stand now, ready ones first.

        Never asks the network. A listed catalogue holds the presets alone.
        """
        own = () if self.listed else chain.from_iterable(map(self._own, sources()))
        found = [*map(self.entry, self._specs), *own]
        return tuple(sorted(found, key=_order))

    def _own(self, source: str) -> Iterator[ModelEntry]:
        """What lies in the lab's own folder, but for what is no model or has lost its base."""
        for found in sources()[source].found(self.home):
            try:
                yield self.entry(f"{source}:{found}")
            except LabError:
                continue

    def entry(self, model: str) -> ModelEntry:
        """One model as it stands now. Raises as `spec` does."""
        spec = self.spec(model)
        source = sources()[spec.source]
        why = source.why(spec, self.home) or self._lacks_base(spec)
        folder = source.locate(spec, self.home) if why is None else None
        return ModelEntry(
            id=spec.id,
            title=spec.title,
            source=spec.source,
            kind=spec.kind,
            objectives=spec.objectives,
            ready=why is None,
            path=str(folder) if folder else None,
            size_bytes=_size(folder) if folder else spec.download_bytes,
            parameters=spec.parameters,
            licence=spec.licence,
            languages=spec.languages,
            data=spec.data,
            limits=spec.limits,
            classes=class_names(folder) if folder and spec.kind == "unet" else (),
            base=spec.base,
            for_show=spec.for_show,
            why=why,
        )

    def spec(self, model: str) -> ModelSpec:
        """What is known of a model. Raises `LabError("unknown_model")` with the nearest names."""
        if model in self._specs:
            return self._specs[model]
        prefix, colon, location = model.partition(":")
        source = sources().get(prefix)
        if colon and location and source is not None:
            if self.listed:
                raise LabError("listed_only", model=model[:100])
            return source.describe(location, self.home)
        near = difflib.get_close_matches(model, self._specs, n=3, cutoff=0.0)
        raise LabError("unknown_model", model=model[:100], near=", ".join(near))

    def passport(self, model: str) -> Passport:
        """What is known of a model and of its base, the latter as far as the catalogue knows it.

        Never asks the network. Raises as `spec` does.
        """
        spec = self.spec(model)
        told = sources()[spec.source].passport(spec, self.home)
        known = self._known(told.base.model) if told.base is not None else None
        return told if known is None else replace(told, base=base_of(known))

    def _known(self, base: str) -> ModelSpec | None:
        """A base by the name that a preset, a run or a stranger's model card gives it: nothing is
        looked for outside the catalogue and the lab's own folder."""
        own = base.startswith(("run:", "stack:")) and not self.listed
        try:
            return self.spec(base) if own or base in self._specs else self._by_location(base)
        except LabError:
            return None

    def _by_location(self, base: str) -> ModelSpec | None:
        hub = (spec for spec in self._specs.values() if spec.source == "hub")
        return next((spec for spec in hub if spec.location == base.removeprefix("hub:")), None)

    def stands_on(self, spec: ModelSpec) -> str:
        """The model that an adapter needs; empty for a whole one, whatever it was made from."""
        folder = sources()[spec.source].locate(spec, self.home)
        return spec.base if folder is None or adapter(folder) else ""

    def _lacks_base(self, spec: ModelSpec) -> LabError | None:
        """An adapter is of no use without the model it stands on."""
        base = self.stands_on(spec)
        if not base:
            return None
        try:
            here = self.entry(base).ready
        except LabError:  # it was a folder or a run that is gone
            here = False
        return None if here else LabError("base_first", model=spec.id, base=base)

    def fetch(self, model: str) -> Iterator[FetchProgress]:
        """Bring a model here, telling how far it has come; goes on where a cut fetch stopped.

        For an adapter, the model it stands on too.
        """
        spec = self.spec(model)
        own = sources()[spec.source].fetch(spec, self.home)
        base = self.stands_on(spec)
        return chain(self.fetch(base), own) if base else own

    def locate(self, model: str) -> Path | None:
        """The folder of a model's weights, or `None` when it has none here."""
        spec = self.spec(model)
        return sources()[spec.source].locate(spec, self.home)


def _order(entry: ModelEntry) -> tuple[bool, bool, int]:
    return not entry.ready, entry.source == "scratch", entry.parameters


def _size(folder: Path) -> int:
    """Bytes of every file below `folder`, following the links of the hub's cache."""
    return sum(f.stat().st_size for f in folder.rglob("*") if f.is_file())
