"""What every probe answers, and the model it is put to."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, TypeVar

import lab.evaluation.probes
from lab.config import ModelSpec, Precision
from lab.evaluation.interval import Mean
from lab.findings import Figure, Unit
from lab.registry import discover
from lab.texts import ASSETS
from lab.types import Kind, LabError, Notice

if TYPE_CHECKING:
    from lab.models.loaded import LoadedModel
    from lab.models.pool import Pool

T = TypeVar("T")
OWN = ASSETS / "probes"
SERVES: Mapping[Kind, str] = {"causal": "next", "masked": "masked", "seq2seq": "span"}
"""The objective under which a text model is asked."""
Say = Callable[[int, int], None]
"""say(done, total): told after each piece of work."""


@dataclass(frozen=True)
class Subject:
    """The model a probe is put to; loaded when it is first wanted."""

    spec: ModelSpec
    pool: Pool
    precision: Precision = "fp32"
    apart: Callable[[], AbstractContextManager[None]] = nullcontext
    """Around a load, which takes turns of its own."""

    def model(self, precision: Precision | None = None) -> LoadedModel:
        """The weights, held as asked. Raises as `Pool.get` does."""
        from lab.objectives.base import objectives

        objective = SERVES.get(self.spec.kind, "image")
        if objective not in self.spec.objectives:
            objective = self.spec.objectives[0]
        kind = objectives()[objective]
        with self.apart():
            return self.pool.get(self.spec.id, precision or self.precision, None, kind)


@dataclass(frozen=True, slots=True)
class Questions:
    """What to ask: the lab's own in some languages, or a person's file or folder."""

    languages: tuple[str, ...]
    data: Path | None = None
    most: int = 0
    """Items asked at most, drawn with a fixed seed; 0 asks all."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What a probe found, the figure to compare models by first."""

    figures: tuple[Figure, ...]
    measure: str
    notices: tuple[Notice, ...] = ()


class Probe(ABC):
    """One kind of question. Stateless."""

    name: ClassVar[str]
    kinds: ClassVar[tuple[Kind, ...]]
    """Kinds of model it can be put to."""
    languages: ClassVar[tuple[str, ...]] = ("en", "fr")
    """In which the lab has questions of its own."""
    reads: ClassVar[bool] = True
    """Whether a person's own questions can be asked."""

    def refuses(self, spec: ModelSpec) -> LabError | None:
        """Why it cannot be put to a model, or `None`."""
        if spec.kind in self.kinds:
            return None
        return LabError("probe_cannot", probe=self.name, model=spec.id)

    def groups(self) -> Mapping[str, Mapping[str, str]]:
        """What its groups are called in each language of the page, where a file says so."""
        return {}

    @abstractmethod
    def judge(self, subject: Subject, questions: Questions, say: Say) -> Judged:
        """Ask. Raises `LabError` where the questions cannot be read."""


@cache
def probes() -> Mapping[str, Probe]:
    """Every probe, by name."""
    # mypy: an abstract class is a fine thing to compare instances with.
    return discover(lab.evaluation.probes, "PROBE", Probe)  # type: ignore[type-abstract]


def figure(
    name: str, key: str, mean: Mean, unit: Unit = "share", neutral: float | None = None
) -> Figure:
    """A mean as a figure."""
    return Figure(name, key, unit, mean.value, mean.items, mean.low, mean.high, neutral)


def sampled(items: Sequence[T], most: int) -> tuple[Sequence[T], tuple[Notice, ...]]:
    """(at most `most` of the items, drawn evenly and always the same; that it is so)."""
    if not most or len(items) <= most:
        return items, ()
    chosen = [items[i * len(items) // most] for i in range(most)]
    return chosen, (Notice("probe_sampled", {"asked": most, "of": len(items)}),)


def grouped(items: Iterable[T], key: Callable[[T], str]) -> dict[str, list[T]]:
    """The items by what `key` says of them, in the order in which it is first said."""
    found: dict[str, list[T]] = {}
    for item in items:
        found.setdefault(key(item), []).append(item)
    return found
