"""What to change in a run that does not fit: the least loss first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from lab.config import checked
from lab.history import Suggestion
from lab.recipe import Recipe, changed
from lab.training.cost import guess

SHORTEST = 64
"""Tokens of a row below which little is seen of a text."""
Change = Mapping[str, str | int | bool]


def suggest(recipe: Recipe, over: int, home: Path) -> Suggestion | None:
    """The first change by which a run takes `over` bytes less, told from sizes.

    Weights of 4 bits, activations made twice, shorter rows, fewer rows: each alone in this
    order, then one after the other. `None` where all together would not do. Raises `LabError`
    for a base that is not here.
    """
    most = guess(recipe, home).memory - over
    alone = (change for way in _ways(recipe) for change in way)
    for change in (*alone, *_summed(recipe)):
        found = guess(checked(Recipe, changed(recipe, dict(change))), home)
        if found.memory <= most:
            return Suggestion(change, found)
    return None


def _ways(recipe: Recipe) -> list[list[Change]]:
    """Each way, from its mildest to its furthest."""
    few_bits: list[Change] = []
    may_rest = recipe.learns == "adapter" and recipe.start == "trained"
    if recipe.weights != "nf4" and may_rest and recipe.objective != "image":
        few_bits.append({"weights": "nf4"})
    twice: list[Change] = [] if recipe.recompute else [{"recompute": True}]
    lengths = () if recipe.objective == "image" else _halves(recipe.data.length, SHORTEST)
    shorter: list[Change] = [{"data.length": n} for n in lengths]
    fewer: list[Change] = [{"rows": n} for n in _halves(recipe.rows, 1)]
    return [few_bits, twice, shorter, fewer]


def _summed(recipe: Recipe) -> Iterator[Change]:
    """One way after the other, all that came before kept at its furthest."""
    kept: dict[str, str | int | bool] = {}
    for way in _ways(recipe):
        for change in way:
            yield {**kept, **change}
        kept |= way[-1] if way else {}


def _halves(number: int, least: int) -> Iterator[int]:
    while number // 2 >= least:
        number //= 2
        yield number
