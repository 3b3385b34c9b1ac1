"""What a probe found of a model: plain figures with their intervals, and where they came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from lab.types import Computer, Kind, LabError, Notice, Picture

Unit = Literal["share", "bits", "tokens", "words", "rank", "bytes", "rate", "distance"]
"""What is counted: a share from 0 to 1, bits, tokens, words, a rank from 1, bytes, tokens a second,
a distance without a unit."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One number with its 95 % interval.

    name    what it is of: parts from the whole to a group, as "en/agreement" or "fr"
    key     which of a probe's measures: a key of the texts' section `figure`
    items   how many it is a mean over
    low, high  `None` where it is counted and not estimated, or where one item tells no spread
    neutral what a model without the knowledge or the leaning would score; `None` without one
    """

    name: str
    key: str
    unit: Unit
    value: float
    items: int
    low: float | None = None
    high: float | None = None
    neutral: float | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """Everything one probe found of one model.

    model, precision, digest  which weights: their name in the catalogue, how they were held, and
               the SHA-256 of their files
    data       what was asked: a file's or a folder's name, or "own" for the lab's
    measure    how the objective's score is to be read: exact, bound, pseudo …; a key of the
               texts' section `measure`
    settings   all else that the figures depend on
    computer   where it was recorded to ship with the lab; `None` where nobody noted it
    """

    probe: str
    model: str
    precision: str
    digest: str
    data: str
    measure: str
    figures: tuple[Figure, ...]
    notices: tuple[Notice, ...] = ()
    settings: Mapping[str, str | int | float] = field(default_factory=dict)
    made: str = ""
    seconds: float = 0.0
    computer: Computer | None = None

    @property
    def whole(self) -> Figure:
        """The first figure: the one to compare models by."""
        return self.figures[0]


@dataclass(frozen=True, slots=True)
class ProbeInfo:
    """A probe as one chooses it.

    kinds      of model it can be put to
    languages  of the lab's own questions
    reads      ends of the names of files with a person's that it takes
    groups     what the groups of its figures are called, by language of the reader
    """

    name: str
    kinds: tuple[Kind, ...]
    languages: tuple[str, ...]
    reads: tuple[str, ...]
    groups: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Unasked:
    """A model that a probe could not ask, and why."""

    probe: str
    model: str
    why: LabError


@dataclass(frozen=True, slots=True)
class Asking:
    """How far a probe has come with a model: `done` of `total` questions."""

    probe: str
    model: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Alike:
    """Of some pictures that ship with the lab, which one a picture is nearest to.

    distance  root mean squared difference of their colours, as a share of a colour's range
    apart     how far a picture that is no copy usually is from the nearest of them
    """

    picture: Picture
    distance: float
    apart: float
