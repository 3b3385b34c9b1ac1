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
    """Bits per byte of a text, or the mean squared error on pictures, base and tuned.

    low, high  95 % interval of `tuned - base`, by redrawing its documents (or rows of one)
    documents  how many were redrawn
    measure    exact, bound or pseudo: what the bits are, as `lab.training.measure` says; denoising
               for pictures
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
class Copied:
    """Whether a picture model draws, or copies what it learnt. `None` for texts.

    Distances are root mean squared differences of two pictures, of the range of a colour.

    drawn          pictures drawn by the tuned model, and as many by the base
    copies         of them, those much nearer to a learnt picture than held-out ones are;
                   `copies_base` of the base's
    distance       of a drawn picture to the nearest learnt one, the median; `distance_held` of a
                   held-out one; `closest` the least of a drawn one
    learnt, held   mean squared error of the tuned model on pictures of either side
    """

    drawn: int
    copies: int
    copies_base: int
    distance: float
    distance_held: float
    closest: float
    learnt: float
    held: float


@dataclass(frozen=True, slots=True)
class Reason:
    """Why: a key of the texts' section `verdict`, and its facts."""

    key: str
    facts: Mapping[str, Fact]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The whole card.

    gain       on held-out documents; `None` where nothing was held out
    general    on the lab's own texts, by language; for pictures, on what the base knew
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
    copied: Copied | None = None


def verdict_of(found: Mapping[str, Any]) -> Verdict:
    """A card from its JSON. Raises `KeyError` or `TypeError` for what is none."""
    gain, heart, copied = found["gain"], found["memorised"], found.get("copied")
    return Verdict(
        run=found["run"],
        made=found["made"],
        advice=found["advice"],
        reasons=tuple(Reason(**one) for one in found["reasons"]),
        gain=Change(**gain) if gain else None,
        general={name: Change(**one) for name, one in found["general"].items()},
        memorised=Memorised(**heart) if heart else None,
        overlaps=found["overlaps"],
        copied=Copied(**copied) if copied else None,
        rights=rights_of(found.get("rights")),
        by=found.get("by", ""),
    )
