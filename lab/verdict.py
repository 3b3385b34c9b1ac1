"""What came of a fine-tuning: plain types for the page, the command line and its file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from lab.licences import Rights, rights_of
from lab.types import Fact

Advice = Literal["keep", "retrain", "reject"]


@dataclass(frozen=True, slots=True)
class Change:
    """Bits per byte of a text, base and tuned.

    low, high  95 % interval of `tuned - base`, by redrawing its documents (or rows of one)
    documents  how many were redrawn
    measure    exact, bound or pseudo: what the bits are, as `lab.training.measure` says
    """

    base: float
    tuned: float
    low: float
    high: float
    documents: int
    measure: str


@dataclass(frozen=True, slots=True)
class Memorised:
    """How much of the documents it can say by heart. `None` for objectives that do not write on.

    longest         words in a row of freely written text that stand in the documents too
    text            those words
    written         words written freely, in `samples` samples
    learnt          share of the tokens that follow a 32-token beginning of a learnt document and
                    are said word for word, until the first that differs; `held` of held-out ones
    learnt_whole    beginnings of learnt documents gone on with for 32 tokens without a mistake,
                    of `asked`
    """

    longest: int
    text: str
    written: int
    samples: int
    learnt: float
    held: float
    learnt_whole: int
    held_whole: int
    asked: int


@dataclass(frozen=True, slots=True)
class Reason:
    """Why: a key of the texts' section `verdict`, and its facts."""

    key: str
    facts: Mapping[str, Fact]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The whole card.

    gain       on held-out documents; `None` where nothing was held out
    general    on the lab's own texts, by language
    overlaps   passages that both sides shared, taken out before the training
    made       when, ISO 8601
    rights     the licences compared; `None` in cards from before that was done
    by         what was held out: named, document, section, end or none; "" where that is unknown
    """

    run: str
    made: str
    advice: Advice
    reasons: tuple[Reason, ...]
    gain: Change | None
    general: Mapping[str, Change]
    memorised: Memorised | None
    overlaps: int
    rights: Rights | None = None
    by: str = ""


def verdict_of(found: Mapping[str, Any]) -> Verdict:
    """A card from its JSON. Raises `KeyError` or `TypeError` for what is none."""
    gain, heart = found["gain"], found["memorised"]
    return Verdict(
        run=found["run"],
        made=found["made"],
        advice=found["advice"],
        reasons=tuple(Reason(**one) for one in found["reasons"]),
        gain=Change(**gain) if gain else None,
        general={name: Change(**one) for name, one in found["general"].items()},
        memorised=Memorised(**heart) if heart else None,
        overlaps=found["overlaps"],
        rights=rights_of(found.get("rights")),
        by=found.get("by", ""),
    )
