"""Fill a passport: from a preset, from the passport.json a training left, from a model card."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from lab.config import ModelSpec
from lab.findings import Figure, Finding, Unit
from lab.licences import named
from lab.models.layout import adapter, read_json
from lab.models.model_card import plain, read_card
from lab.passport.facts import Base, Document, Held, Passport, Training
from lab.texts import LANGUAGES, say
from lab.types import LabError

MOST_BYTES = 16 * 1024 * 1024
"""Of a passport.json: some ten thousand documents."""
Told = Mapping[str, Any]


def of_spec(spec: ModelSpec) -> Passport:
    """What the catalogue says of a model, wherever it lies."""
    improvised = {language: say(language, "fetch.unknown_limits") for language in LANGUAGES}
    return Passport(
        model=spec.id,
        title=spec.title,
        source=spec.source,
        kind=spec.kind,
        objectives=spec.objectives,
        parameters=spec.parameters or None,
        location=spec.location,
        revision=spec.revision or None,
        licence=spec.licence or None,
        languages=spec.languages or None,
        data=spec.data or None,
        base=Base(spec.base) if spec.base else None,
        limits={} if spec.limits == improvised else spec.limits,
    )


def base_of(spec: ModelSpec) -> Base:
    """A model of the catalogue as another's base."""
    data = spec.data or None
    return Base(spec.id, spec.title, spec.licence or None, spec.revision or None, data)


def with_card(passport: Passport, folder: Path) -> Passport:
    """What the README.md in `folder` declares, where the passport says nothing of its own."""
    card = read_card(folder / "README.md")
    licence = passport.licence or card.licence or None
    differs = card.licence and licence and named(card.licence).lower() != named(licence).lower()
    base = passport.base or (Base(card.base[0]) if card.base else None)
    return replace(
        passport,
        licence=licence,
        declared=card.licence if differs else "",
        languages=passport.languages or card.languages or None,
        datasets=card.datasets,
        base=base,
    )


def with_settings(passport: Passport, folder: Path) -> Passport:
    """The base that an adapter's own settings name, where nothing else does."""
    try:
        base = adapter(folder)
    except LabError:
        return passport
    return replace(passport, base=passport.base or (Base(plain(base)) if base else None))


def with_file(passport: Passport, folder: Path) -> Passport:
    """The passport.json in `folder`, written by a training of the lab; as it was without one.

    It may have been written by anybody: what is not of the type it should be is left out.
    """
    path = folder / "passport.json"
    try:
        told = read_json(path) if path.stat().st_size <= MOST_BYTES else {}
    except (OSError, LabError):
        return passport
    recipe = _mapping(told.get("recipe"))
    base = plain(recipe.get("base"))
    return replace(
        passport,
        parameters=passport.parameters or _whole(told.get("parameters")),
        documents=tuple(_documents(told.get("sources"))),
        base=passport.base or (Base(base) if base else None),
        parts=tuple(filter(None, map(plain, _listed(told.get("stack"))))),
        training=_training(told, recipe),
        held=tuple(_held(_mapping(told.get("held_out")))),
        findings=tuple(_findings(passport.model, _mapping(told.get("evaluation")))),
        notes=plain(told.get("notes")),
    )


def _training(told: Told, recipe: Told) -> Training:
    software = {
        plain(name): plain(version)
        for name, version in _mapping(told.get("software")).items()
        if plain(name) and plain(version)
    }
    seen = _whole(told.get("seen"))
    return Training(
        objective=plain(told.get("objective")) or None,
        made=plain(told.get("made")) or None,
        steps=_whole(told.get("steps", recipe.get("steps"))),
        seen=_whole(told.get("pictures_seen")) if seen is None else seen,
        carried=_whole(told.get("carried")),
        trained=_whole(told.get("trained")),
        seed=_whole(recipe.get("seed")),
        seconds=_whole(told.get("seconds")),
        software=software,
    )


def _documents(sources: object) -> Iterator[Document]:
    for one in map(_mapping, _listed(sources)):
        words = {key: plain(one.get(key)) for key in ("title", "author", "source", "sha256")}
        name = plain(one.get("name")) or words["title"] or plain(one.get("file"))
        if name:
            licence = plain(one.get("licence")) or None
            yield Document(name, licence=licence, held_out=one.get("held_out") is True, **words)


def _held(told: Told) -> Iterator[Held]:
    bits = _real(told.get("bits_per_byte"))
    if bits is not None:
        low, high = _real(told.get("low")), _real(told.get("high"))
        if low == high:  # of one batch alone, which tells no spread
            low = high = None
        windows = _whole(told.get("windows")) or 0
        yield Held("bits_per_byte", bits, plain(told.get("measure")), low, high, windows)
        return
    error = _real(told.get("mean_squared_error", told.get("loss")))
    if error is not None:
        yield Held("mean_squared_error", error)


def _findings(model: str, told: Told) -> Iterator[Finding]:
    """What `pretext-lab evaluate --passport` wrote, and what the first checkpoints were told."""
    for probe, one in told.items():
        found = _mapping(one)
        figures = tuple(_figures(found))
        if figures:
            # Keys were once written as modules are named; a probe is named with dashes.
            yield Finding(
                probe=plain(probe).replace("_", "-"),
                model=model,
                precision=plain(found.get("precision")),
                digest=plain(found.get("digest")),
                data=plain(found.get("data")),
                measure=plain(found.get("measure")),
                figures=figures,
                made=plain(found.get("made")),
            )


def _figures(told: Told) -> Iterator[Figure]:
    for one in map(_mapping, _listed(told.get("figures"))):
        unit = plain(one.get("unit"))
        found = _figure(plain(one.get("name")), plain(one.get("key")), one, unit)
        if found is not None:
            yield found
    # BLiMP's whole, and the pictures a second network recognised.
    for name, part in (("whole", told.get("whole")), ("drawn", told.get("drawn"))):
        found = _figure(name, "right", _mapping(part), "share")
        if found is not None:
            yield found


UNITS: Mapping[str, Unit] = {
    "share": "share", "bits": "bits", "tokens": "tokens", "rank": "rank", "bytes": "bytes",
    "rate": "rate", "distance": "distance", "words": "words",
}  # fmt: skip


def _figure(name: str, key: str, told: Told, unit: str) -> Figure | None:
    value, items = _real(told.get("value")), _whole(told.get("items"))
    if not name or not key or unit not in UNITS or value is None:
        return None
    low, high = _real(told.get("low")), _real(told.get("high"))
    neutral = _real(told.get("neutral"))
    return Figure(name, key, UNITS[unit], value, items or 0, low, high, neutral)


def _mapping(value: object) -> Told:
    return value if isinstance(value, dict) else {}


def _listed(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else []


def _whole(value: object) -> int | None:
    """A whole number from 0 on."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if 0 <= value < 1e18 else None


def _real(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) < 1e18 else None
