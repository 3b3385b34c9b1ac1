"""What every probe answers, and the model it is put to."""

from __future__ import annotations

import math
import statistics
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, TypeVar

import lab.evaluation.probes
from lab.config import ModelSpec, Precision
from lab.evaluation.interval import Mean, bootstrap
from lab.evaluation.probes._tables import SUFFIXES, Row, rows_of
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
MOST = 50_000
"""Questions of one file that are asked where nobody says how many."""
TEXTS = (".txt", ".md")
"""Ends of the names of files that are read as running text."""


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

    def other(self, model: str) -> Subject:
        """Another model of the catalogue, held in the same way."""
        return replace(self, spec=self.pool.catalogue.spec(model))


@dataclass(frozen=True, slots=True)
class Questions:
    """What to ask: the lab's own in some languages, or a person's file or folder.

    most   items asked at most, evenly chosen; 0 asks all (of a file, at most `MOST`)
    title  what its owner calls the file, where it lies under another name
    tasks  names of tasks, for a probe that has such
    """

    languages: tuple[str, ...]
    data: Path | None = None
    most: int = 0
    title: str = ""
    tasks: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What was asked, as a finding calls it."""
        return (self.title or self.data.name) if self.data else "own"

    def rows(self, own: str, columns: Sequence[str]) -> list[Row]:
        """A person's rows, or the lab's in each language; `set` is the name of the file or folder,
        or the language. Raises as `rows_of` does.

        own  the lab's file below assets/, the language as {}
        """
        if self.data is not None:
            files = {Path(self.name).stem: self.data}
        else:
            files = {name: ASSETS / own.format(name) for name in self.languages}
        return [
            row | {"set": name}
            for name, path in files.items()
            for row in rows_of(path, columns, self.title)
        ]


@dataclass(frozen=True, slots=True)
class Scored:
    """What came of one question.

    names  of the figures it counts in: of its set, of its group in it …
    unit   questions of one unit hang together, and are drawn again together
    """

    names: tuple[str, ...]
    unit: str
    value: float


@dataclass(frozen=True, slots=True)
class Judged:
    """What a probe found, the figure to compare models by first.

    scored  question by question, where two models that were asked the same can be compared so
    """

    figures: tuple[Figure, ...]
    measure: str
    notices: tuple[Notice, ...] = ()
    scored: tuple[Scored, ...] = ()


class Probe(ABC):
    """One kind of question. Stateless."""

    name: ClassVar[str]
    kinds: ClassVar[tuple[Kind, ...]]
    """Kinds of model it can be put to."""
    languages: ClassVar[tuple[str, ...]] = ("en", "fr")
    """In which the lab has questions of its own."""
    reads: ClassVar[tuple[str, ...]] = SUFFIXES
    """Ends of the names of files in which a person's own questions can be given."""
    place: ClassVar[int] = 50
    """Among the others: those that most people ask come first."""
    has_tasks: ClassVar[bool] = False
    """Whether it can be told the names of tasks."""

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
    """A mean as a figure, without an interval where there is none."""
    low, high = (None if math.isnan(edge) else edge for edge in (mean.low, mean.high))
    return Figure(name, key, unit, mean.value, mean.items, low, high, neutral)


def by_name(scored: Iterable[Scored]) -> dict[str, list[float]]:
    """The mean of each unit, for each name: every set before its groups."""
    found: dict[str, dict[str, list[float]]] = {}
    for one in scored:
        for name in one.names:
            found.setdefault(name, {}).setdefault(one.unit, []).append(one.value)
    sets = list(dict.fromkeys(name.partition("/")[0] for name in found))
    ordered = sorted(found, key=lambda name: (sets.index(name.partition("/")[0]), "/" in name))
    return {name: [statistics.fmean(unit) for unit in found[name].values()] for name in ordered}


def shares(scored: Sequence[Scored], key: str, neutral: float) -> tuple[Figure, ...]:
    """A figure for every name, its interval by drawing the units again."""
    counts = Counter(name for one in scored for name in one.names)
    return tuple(
        replace(figure(name, key, bootstrap(units), neutral=neutral), items=counts[name])
        for name, units in by_name(scored).items()
    )


def sampled(items: Sequence[T], most: int) -> tuple[Sequence[T], tuple[Notice, ...]]:
    """(at most `most` of the items, drawn evenly and always the same; that it is so)."""
    most = most or MOST
    if len(items) <= most:
        return items, ()
    chosen = [items[i * len(items) // most] for i in range(most)]
    return chosen, (Notice("probe_sampled", {"asked": most, "of": len(items)}),)


def grouped(items: Iterable[T], key: Callable[[T], str]) -> dict[str, list[T]]:
    """The items by what `key` says of them, in the order in which it is first said."""
    found: dict[str, list[T]] = {}
    for item in items:
        found.setdefault(key(item), []).append(item)
    return found
