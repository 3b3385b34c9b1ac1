"""A passport as a card in a reader's language: titled parts of plain lines.

The page, the terminal and the file beside the weights all draw this one card.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lab import saying
from lab.findings import Figure, Finding
from lab.passport.facts import Base, Document, Held, Passport
from lab.texts import say
from lab.types import Fact

SHORT = 16
"""Digits of a hash that a reader is shown; JSON has all of them."""
WHOLE = "/"
"""What stands between a group of figures and its parts."""


@dataclass(frozen=True, slots=True)
class Part:
    """One titled part of a card.

    key     which: is, read, base_read, made, came_to, rights, limits or again
    facts   pairs of a label and a value
    strong  an answer, before the lines
    code    a command to copy
    """

    key: str
    title: str
    facts: tuple[tuple[str, str], ...] = ()
    strong: str = ""
    lines: tuple[str, ...] = ()
    code: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """All that is known of a model, and `warnings` for what is not, a sentence each."""

    title: str
    lead: str
    parts: tuple[Part, ...]
    warnings: tuple[str, ...]


def card(passport: Passport, language: str) -> Card:
    """The card of a passport. Whatever strangers wrote stays plain text in it."""
    return Card(
        title=saying.title(language, passport.model, passport.title),
        lead=_lead(passport, language),
        parts=tuple(_parts(passport, language)),
        warnings=tuple(_warnings(passport, language)),
    )


def _lead(passport: Passport, language: str) -> str:
    """Where it comes from, in one sentence."""
    base = passport.base
    if passport.source in ("run", "stack") and base is not None:
        known = base.licence and saying.licence(language, base.licence)
        licence = known or say(language, "passport.licence_unknown")
        return say(language, "passport.made_of", base=_named(base, language), licence=licence)
    return say(language, f"passport.from.{passport.source}", location=passport.location)


def _parts(passport: Passport, language: str) -> Iterator[Part]:
    def titled(key: str) -> tuple[str, str]:
        return key, say(language, f"passport.part.{key}")

    yield Part(*titled("is"), facts=tuple(_facts(passport, language)))
    yield Part(*titled("read"), lines=tuple(_read(passport, language)))
    if passport.base is not None:
        told = tuple(saying.read(language, one) for one in passport.base.data or ())
        yield Part(*titled("base_read"), lines=told or (say(language, "passport.unpublished"),))
    if facts := tuple(_training(passport, language)):
        notes = (passport.notes,) if passport.notes else ()
        yield Part(*titled("made"), facts=facts, lines=notes)
    if lines := tuple(_came_to(passport, language)):
        yield Part(*titled("came_to"), lines=lines)
    if (found := passport.rights) is not None:
        answer = say(language, f"rights.{found.answer}") + "."
        yield Part(*titled("rights"), strong=answer, lines=tuple(saying.rights(language, found)))
    if limits := passport.limits.get(language) or passport.limits.get("en"):
        yield Part(*titled("limits"), lines=(limits,))
    if passport.again:
        yield Part(*titled("again"), code=passport.again)


def _facts(passport: Passport, language: str) -> Iterator[tuple[str, str]]:
    """What it is, as labels and values; what is not known is left to the warnings."""
    objectives = [saying.named(language, "train.objective", one) for one in passport.objectives]
    languages = [saying.spoken(language, one) for one in passport.languages or ()]
    known = {
        "objective": ", ".join(objectives),
        "base": _base(passport.base, language) if passport.base else "",
        "adapters": " + ".join(passport.parts),
        "revision": passport.revision or "",
        "digest": passport.digest[:SHORT] + "…" if passport.digest else "",
        "licence": saying.licence(language, passport.licence) if passport.licence else "",
        "languages": ", ".join(languages),
        "parameters": saying.number(language, passport.parameters) if passport.parameters else "",
    }
    for key, value in known.items():
        if value:
            yield say(language, f"passport.fact.{key}"), value


def _base(base: Base, language: str) -> str:
    name = _named(base, language)
    said = name if name != base.model else ""
    more = [base.model if said else "", base.revision or "", base.licence or ""]
    inside = ", ".join(filter(None, more))
    return f"{name} ({inside})" if inside else base.model


def _named(base: Base, language: str) -> str:
    return saying.title(language, base.model, base.title or base.model)


def _read(passport: Passport, language: str) -> Iterator[str]:
    if passport.read_nothing:
        yield say(language, "passport.nothing")
        return
    yield from (saying.read(language, one) for one in passport.data or ())
    if passport.datasets:
        names = ", ".join(passport.datasets)
        yield say(language, "passport.datasets", names=names)
    yield from (_document(one, language) for one in passport.documents)
    if not (passport.data or passport.datasets or passport.documents):
        yield say(language, "passport.unpublished")


def _document(one: Document, language: str) -> str:
    called = ", ".join(filter(None, (one.title or one.name, one.author)))
    about = [
        f"SHA-256 {one.sha256[:SHORT]}…" if one.sha256 else "",
        say(language, "passport.held_out") if one.held_out else "",
        saying.licence(language, one.licence) if one.licence else "",
    ]
    inside = ", ".join(filter(None, about))
    return f"{called} ({inside})" if inside else called


def _training(passport: Passport, language: str) -> Iterator[tuple[str, str]]:
    told = passport.training
    pictures = passport.kind == "unet"
    seen = "pictures" if pictures else "tokens"
    counts = {
        "steps": told.steps,
        seen: told.seen,
        "carried": None if pictures else told.carried,
        "trained": told.trained if told.trained != passport.parameters else None,
    }
    if told.objective:
        taught = saying.named(language, "train.objective", told.objective)
        yield say(language, "passport.fact.taught"), taught
    if told.made:
        yield say(language, "passport.fact.made"), told.made
    for key, count in counts.items():
        if count is not None:
            yield say(language, f"passport.fact.{key}"), saying.number(language, count)
    if told.seconds:
        minutes = saying.number(language, max(1, round(told.seconds / 60)))
        yield say(language, "passport.fact.time"), say(language, "passport.minutes", n=minutes)
    if told.seed is not None:
        yield say(language, "passport.fact.seed"), str(told.seed)
    if told.software:
        versions = ", ".join(f"{name} {version}" for name, version in told.software.items())
        yield say(language, "passport.fact.software"), versions


def _came_to(passport: Passport, language: str) -> Iterator[str]:
    if (verdict := passport.verdict) is not None:
        yield say(language, "passport.advice", advice=say(language, f"verdict.{verdict.advice}"))
        yield from saying.verdict(language, verdict)
    if passport.verdict is None or passport.verdict.gain is None:
        yield from (_held(one, language) for one in passport.held)
    for finding in passport.findings:
        yield from _finding(finding, language)


def _held(one: Held, language: str) -> str:
    digits = 3 if one.measure else 4
    value = saying.number(language, one.value, digits)
    if one.low is not None and one.high is not None:
        low, high = (saying.number(language, edge, digits) for edge in (one.low, one.high))
        value = f"{value} {saying.between(language, low, high)}"
    measure = saying.named(language, "measure", one.measure)
    said = say(language, f"passport.held.{one.key}", value=value)
    return f"{said} ({measure})" if measure else said


def _finding(one: Finding, language: str) -> Iterator[str]:
    """What a probe found, a line a language or a precision: its parts stand in the JSON, and on the
    Examine page."""
    figures = [f for f in one.figures if WHOLE not in f.name] or list(one.figures[:1])
    about = [saying.named(language, "measure", one.measure), one.precision]
    about += [one.data if one.data != "own" else "", one.made[:10]]
    told = ", ".join(filter(None, about))
    title = saying.named(language, "probe", f"{one.probe}.title").removesuffix(".title")
    heading = f"{title} ({told})" if told else title
    colon = saying.colon(language) + " "
    for name in dict.fromkeys(f.name for f in figures):
        said = [_figure(f, language) for f in figures if f.name == name]
        called = saying.spoken(language, name) + ", " if name != "whole" else ""
        yield heading + colon + called + " · ".join(said)


def _figure(one: Figure, language: str) -> str:
    count = f"(n = {saying.number(language, one.items)})" if one.items else ""
    kind = saying.named(language, "figure", one.key)
    return " ".join(filter(None, (kind, saying.figure(language, one), count)))


def _warnings(passport: Passport, language: str) -> Iterator[str]:
    bare = sum(one.licence is None for one in passport.documents)
    base = passport.base
    facts: dict[str, Fact] = {
        "count": bare,
        "declared": passport.declared,
        "licence": passport.licence or "",
        "base": _named(base, language) if base else "",
    }
    for key in passport.unknown:
        yield say(language, f"unknown.{key}", **facts)
