"""Figures, verdicts and licences in words, a line each: for the terminal and for a card."""

from __future__ import annotations

import math
from collections.abc import Iterator

from lab.choosing import Because, Measure
from lab.findings import Figure, Unit
from lab.licences import Rights
from lab.texts import say, texts
from lab.types import Read
from lab.verdict import Change, Verdict

NARROW = "\u202f"


def number(language: str, value: float, digits: int = 0) -> str:
    """As a reader of that language writes it: 12,345.6 or 12 345,6."""
    said = f"{value:,.{digits}f}"
    if language != "fr":
        return said
    return said.replace(",", NARROW).replace(".", ",")


def share(language: str, value: float, digits: int = 0) -> str:
    """A part of a whole, in per cent."""
    return number(language, 100 * value, digits) + (f"{NARROW}%" if language == "fr" else " %")


def colon(language: str) -> str:
    """With the space that French puts before it."""
    return "\u00a0:" if language == "fr" else ":"


def read(language: str, what: Read) -> str:
    """What a model was trained on: a document keeps its name in every language."""
    return what if isinstance(what, str) else what.get(language) or what["en"]


def size(language: str, count: int) -> str:
    """Bytes, in thousands, millions or thousands of millions of them."""
    units = ("o", "ko", "Mo", "Go") if language == "fr" else ("B", "kB", "MB", "GB")
    power = min(3, int(math.log10(count) // 3)) if count > 0 else 0
    return f"{number(language, count / 1000**power, 1 if power > 2 else 0)}{NARROW}{units[power]}"


def figure(language: str, one: Figure) -> str:
    """A figure as a reader takes it in, its interval behind it."""
    if math.isnan(one.value):
        return "–"
    said = _shown(language, one.unit, one.value)
    if one.low is None or one.high is None or math.isnan(one.low):
        return said
    low, high = (_shown(language, one.unit, edge) for edge in (one.low, one.high))
    return f"{said} {between(language, low, high)}"


def between(language: str, low: str, high: str) -> str:
    """An interval; a reader of French parts its ends by a semicolon, since numbers have commas."""
    return say(language, "figure.between", low=low, high=high)


def _shown(language: str, unit: Unit, value: float) -> str:
    match unit:
        case "share":
            return share(language, value, 1)
        case "bits" | "distance":
            return number(language, value, 3)
        case "bytes":
            return number(language, value / 1e6) + (" Mo" if language == "fr" else " MB")
        case "rate":
            return number(language, value) + "/s"
        case "rank" | "words":
            return number(language, value)
        case "tokens":
            return number(language, value, 2)


def licence(language: str, name: str | None) -> str:
    """As it is called; those that are no name of a licence, in words."""
    return say(language, f"licence.{name or 'unstated'}").removeprefix("licence.")


def named(language: str, section: str, name: str) -> str:
    """What a section of the texts calls a thing; its own name where the section has none."""
    return texts(language).get(f"{section}.{name}", name)


def title(language: str, model: str, own: str) -> str:
    """The lab's own models are called in the reader's language, the others as their makers do."""
    return texts(language).get(f"model.{model}", own)


def because(language: str, one: Because) -> str:
    """A reason for a model's place."""
    facts = dict(one.facts)
    if "size" in facts:
        facts["size"] = size(language, int(facts["size"]))
    if "language" in facts:
        facts["language"] = spoken(language, str(facts["language"]))
    return say(language, f"because.{one.key}", **facts)


def measure(language: str, one: Measure) -> str:
    """A figure that bears on the choice, with what it is of and over how many questions."""
    name = say(language, f"probe.{one.probe}.title").removesuffix(".title")
    what = spoken(language, one.figure.name) if one.figure.name != "drawn" else ""
    kind = named(language, "measure", one.measure)
    parts = [what, named(language, "figure", one.figure.key), figure(language, one.figure)]
    about = ", ".join(filter(None, (kind, f"n = {number(language, one.figure.items)}")))
    told = " ".join(filter(None, parts)) + f" ({about})"
    return say(language, "choose.measured", title=name, figure=told)


def more(language: str, count: int) -> str:
    """How many others there are."""
    return say(language, "choose.one_more" if count == 1 else "choose.more", n=count)


def spoken(language: str, code: str) -> str:
    """A language by its code, as readers call it."""
    return say(language, f"language.{code}").removeprefix("language.")


def rights(language: str, found: Rights) -> list[str]:
    """What was compared, what it comes to and what it asks; the answer itself is not in it."""
    names = {
        "base": licence(language, found.base),
        "documents": ", ".join(licence(language, one) for one in found.documents),
    }
    grounds = [say(language, f"rights.{one.key}", **one.facts) for one in found.grounds]
    return [say(language, "rights.compared", **names), *grounds, say(language, "rights.caution")]


def verdict(language: str, found: Verdict) -> Iterator[str]:
    """The reasons, then the figures behind them."""
    for reason in found.reasons:
        yield say(language, f"verdict.{reason.key}", **reason.facts)
    if found.gain is not None:
        yield from _gain(language, found.gain)
    if found.by:
        yield say(language, f"tune.by.{found.by}")
    for name, change in found.general.items():
        yield _general(language, name, change)
    if heart := found.memorised:
        yield say(
            language,
            "verdict.heart_line",
            learnt=heart.learnt_whole,
            held=heart.held_whole,
            asked=heart.asked,
            longest=heart.longest,
        )
    if copied := found.copied:
        near = {"near": copied.distance, "real": copied.distance_held}
        told = {name: number(language, value, 3) for name, value in near.items()}
        counts = {"copies": copied.copies, "drawn": copied.drawn}
        yield say(language, "verdict.copies_line", **counts, **told)
    yield say(language, "verdict.overlap_line", count=found.overlaps)


def _gain(language: str, gain: Change) -> Iterator[str]:
    pictures = gain.measure == "denoising"
    edges = {"base": gain.base, "tuned": gain.tuned, "low": gain.low, "high": gain.high}
    digits = 3 if pictures else 2
    told = {name: number(language, value, digits) for name, value in edges.items()}
    if pictures:
        yield say(language, "verdict.picture_held_line", count=gain.documents, **told)
    else:
        yield say(language, "verdict.held_line", documents=gain.documents, **told)


def _general(language: str, name: str, change: Change) -> str:
    pictures = change.measure == "denoising"
    digits = 3 if pictures else 2
    told = {
        "base": number(language, change.base, digits),
        "tuned": number(language, change.tuned, digits),
    }
    if pictures:
        what = say(language, f"verdict.set.{name}")
        return say(language, "verdict.picture_general_line", what=what, **told)
    return say(language, "verdict.general_line", language=name, **told)
