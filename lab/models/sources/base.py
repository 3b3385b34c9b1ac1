"""What every source of models answers, and the folders they share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from lab.config import ModelSpec
from lab.models import passports
from lab.passport.facts import Passport
from lab.texts import ASSETS, LANGUAGES, say
from lab.types import Kind, LabError

CHECKPOINTS = ASSETS / "checkpoints"
TOKENIZERS = ASSETS / "tokenizers"


@dataclass(frozen=True, slots=True)
class FetchProgress:
    """How far a fetch has come.

    done, total  bytes of the present stage; a `total` of 0 means not known
    what         the stage, a key of the texts' section `fetch`:
                 "wait" (another fetch of the same model is under way),
                 "download", "convert", "check" or "done"
    """

    done: int
    total: int
    what: str


class Source(ABC):
    """One place models come from. Stateless: everything it needs is in the spec and the home."""

    name: ClassVar[str]

    @abstractmethod
    def locate(self, spec: ModelSpec, home: Path) -> Path | None:
        """The folder of the weights in the Hugging Face layout; `None` until it is there."""

    @abstractmethod
    def why(self, spec: ModelSpec, home: Path) -> LabError | None:
        """Why the model cannot be used right now, or `None` when it can. Never asks the network."""

    @abstractmethod
    def fetch(self, spec: ModelSpec, home: Path) -> Iterator[FetchProgress]:
        """Bring the model here; a fetch that was cut short goes on where it stopped.

        Ends at once when the model is there and whole. Raises `LabError`.
        """

    def passport(self, spec: ModelSpec, home: Path) -> Passport:
        """What is known of the model, without loading it and without asking the network.

        Its catalogue's words, then what a training of the lab wrote beside the weights.
        """
        folder = self.locate(spec, home)
        told = passports.of_spec(spec)
        return told if folder is None else passports.with_file(told, folder)

    def found(self, home: Path) -> Iterator[str]:
        """Locations of models that nobody lists but that lie in the lab's own folder."""
        yield from ()

    def describe(self, location: str, home: Path) -> ModelSpec:
        """The spec of a model that no preset lists, named `source:location` by a person."""
        raise LabError("source_lists_its_own", source=self.name)


def improvised(
    source: str, location: str, kind: Kind, objectives: tuple[str, ...], revision: str = ""
) -> ModelSpec:
    """A spec for a model the lab knows nothing of but its architecture, and says so."""
    name = location if not revision else f"{location}@{revision}"
    return ModelSpec.model_validate(
        {
            "id": f"{source}:{name}",
            "title": Path(location).name or location,
            "source": source,
            "kind": kind,
            "objectives": objectives,
            "location": location,
            "revision": revision,
            "licence": "",
            "data": (),
            "limits": {language: say(language, "fetch.unknown_limits") for language in LANGUAGES},
        }
    )
