"""Figures made ready to be looked at: bars beside one another, answers beside one another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lab.findings import Unit
from lab.papers import Passage
from lab.types import Computer, LabError, Notice, Picture

Said = Mapping[str, str]
"""The same in every language of the page."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One figure with what it is called.

    key     what a question's options name it by
    look    the family of objectives whose colour it has: masked, next, noise; "" for none
    measure exact, bound, pseudo …: a key of the texts' section `measure`
    low, high  its 95 % interval; `None` where it was counted
    neutral what knows nothing would score
    """

    key: str
    label: Said
    look: str
    unit: Unit
    value: float
    low: float | None = None
    high: float | None = None
    neutral: float | None = None
    measure: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model said when it was asked, the same again for the same seed.

    top     the likeliest (text, probability) pairs in the gap, or after the text
    tokens  the text in (piece, whether the model wrote it) pairs, and `picture` what it drew
    start   what it drew from: noise, or a picture under noise
    nearest of the drawings that ship with the lab, the one its picture is nearest to
    bits    how surprised it was by the whole sentence, as `measure` says
    passages  of texts on this machine, those that share most with what was asked
    """

    key: str
    label: Said
    look: str
    top: tuple[tuple[str, float], ...] = ()
    tokens: tuple[tuple[str, bool], ...] = ()
    picture: Picture | None = None
    start: Picture | None = None
    nearest: Picture | None = None
    bits: float | None = None
    measure: str = ""
    passages: tuple[Passage, ...] = ()


@dataclass(frozen=True, slots=True)
class Exhibit:
    """What a part of a lesson shows.

    key     the figure of all bars: a key of the texts' section `figure`; "" for answers
    whence  where the figures are from: "recorded" with the lab, or the "history" of a run that was,
            made "here", or asked "now"
    made    the day of the oldest of them
    computers  of recorded figures that hang on a machine, which: `None` for one that nobody noted
    commands  that make each of them again
    missing models or runs that could not be shown, with why
    refused models that the probe cannot be put to, with why
    repeatable  whether a probe or runs can be made again on this machine, with what is here
    founded     whether the runs began from a model there is
    """

    key: str = ""
    bars: tuple[Bar, ...] = ()
    answers: tuple[Answer, ...] = ()
    whence: str = "now"
    made: str = ""
    computers: tuple[Computer | None, ...] = ()
    commands: tuple[str, ...] = ()
    notices: tuple[Notice, ...] = ()
    missing: tuple[tuple[str, LabError], ...] = ()
    refused: tuple[tuple[str, LabError], ...] = ()
    repeatable: bool = False
    founded: bool = False


@dataclass(frozen=True, slots=True)
class Reveal:
    """How a belief fared.

    truth   the share that each option turned out to have; they sum to 1
    belief  what was believed, with at least a little for every option
    bits    cross-entropy of the belief under the truth: -sum truth log2 belief
    uniform what knowing nothing would have cost, and `best` what could not be avoided
    """

    truth: tuple[float, ...]
    belief: tuple[float, ...]
    bits: float
    uniform: float
    best: float
    exhibit: Exhibit
