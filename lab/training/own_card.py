"""What is known of a run's model: its passport, and the card beside the weights made of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from lab.config import ModelSpec
from lab.licences import Rights, check
from lab.models.catalogue import Catalogue
from lab.models.passports import base_of, of_spec, with_file
from lab.passport.facts import Passport
from lab.passport.markdown import markdown
from lab.recipe import KINDS, SERVES, Recipe
from lab.reproduce import command
from lab.training.folder import RunFolder, write_atomically
from lab.training.judging import latest


def passport(run: RunFolder, spec: ModelSpec | None) -> Passport:
    """What is known of a run's model: its passport.json, its verdict, its licences compared, the
    line that makes it again.

    spec  the base; `None` where it began from random weights, or where the base is gone
    """
    recipe, kind = run.recipe, KINDS[run.recipe.objective]
    blank = Passport(
        model=f"run:{run.name}",
        title=recipe.title or run.name,
        source="run",
        kind=kind,
        objectives=SERVES[kind],
        base=None if spec is None else base_of(spec),
        limits={} if spec is None else of_spec(spec).limits,
    )
    told = with_file(blank, run.model)
    if not recipe.base:
        return told
    sources = [{"name": one.name, "licence": one.licence or ""} for one in told.documents]
    return replace(
        told,
        verdict=latest(run),
        rights=None if spec is None else compared(recipe, spec, sources),
        again=command(recipe),
    )


def card(run: RunFolder, spec: ModelSpec | None) -> str:
    """Its model card: what it stands on, what it read, what it came to, how to make it again."""
    return markdown(passport(run, spec))


def write_card(run: RunFolder, home: Path) -> None:
    """The card beside the weights, as things stand now; nothing without a model."""
    if (run.model / "passport.json").is_file():
        base = run.recipe.base
        spec = Catalogue.load(home).spec(base) if base else None
        write_atomically(run.model / "README.md", card(run, spec))


def compared(recipe: Recipe, spec: ModelSpec, sources: Sequence[Mapping[str, Any]]) -> Rights:
    """The licence of a run's base beside those of its documents, as its passport lists them."""
    found = {source["name"]: str(source.get("licence", "")) for source in sources}
    return check(spec.licence, recipe.data.licence, found.values())
