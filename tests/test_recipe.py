"""Recipes: every shipped one holds, and changes by dotted keys are checked like all else."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from lab.config import checked
from lab.objectives.base import objectives
from lab.recipe import (
    PRESETS,
    TUNING,
    Recipe,
    changed,
    family_names,
    recipe_names,
    shipped,
    together,
)
from lab.types import LabError


@pytest.mark.parametrize("name", recipe_names())
def test_a_shipped_recipe_holds(name: str) -> None:
    recipe = shipped(name)
    checked(objectives()[recipe.objective].Config, recipe.settings)
    assert recipe.title
    assert not recipe.data.held_out, "it is used with one's own documents, which have other names"
    assert "#" in (PRESETS / f"{name}.toml").read_text(encoding="utf-8"), "it says why"


@pytest.mark.parametrize("name", recipe_names(TUNING))
def test_a_tuning_says_why_of_every_value(name: str) -> None:
    lines = (TUNING / f"{name}.toml").read_text(encoding="utf-8").splitlines()
    told = {" ", "#", "[", "]"}  # within a list, a remark, a heading, a list's end
    for before, line in pairwise(lines):
        key = line.split(" = ")[0]
        if line and line[0] not in told and key not in ("title", "prompts"):
            assert "#" in line or before.startswith("#"), f"{key} says not why"


def test_the_family_differs_in_its_objective_alone() -> None:
    recipes = together("small")
    assert [r.objective for r in recipes] == ["next", "masked", "span", "diffusion"]
    plain = [r.model_dump(exclude={"objective", "title", "settings"}) for r in recipes]
    assert all(one == plain[0] for one in plain)


def test_changes_reach_inside_and_leave_the_rest() -> None:
    recipe = shipped("small-next")
    made = checked(Recipe, changed(recipe, {"size.width": 64, "steps": 3}))
    assert (made.size.width, made.steps, made.rows) == (64, 3, recipe.rows)


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"nothing": 1}, "setting_unknown"),
        ({"size.nothing": 1}, "setting_unknown"),
        ({"steps.more": 1}, "setting_unknown"),
        ({"steps": 0}, "setting_too_small"),
        ({"size.width": 130}, "heads_do_not_divide"),
        ({"size.width": 36}, "head_width_odd"),
        ({"size.width": 9999}, "setting_too_large"),
        ({"objective": "sing"}, "setting_choice"),
    ],
)
def test_what_does_not_fit_is_told(changes: dict[str, object], key: str) -> None:
    with pytest.raises(LabError, match=key):
        checked(Recipe, changed(shipped("small-next"), changes))


@pytest.mark.parametrize("name", ["nothing", "../models/gpt2", "", "x.toml"])
def test_a_recipe_nobody_knows_is_told(name: str) -> None:
    with pytest.raises(LabError, match="unknown_recipe"):
        shipped(name)


def test_a_file_of_one_s_own(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('objective = "next"\nsteps = 7\n')
    assert shipped(str(path)).steps == 7
    path.write_text('objective = "next"\nstep = 7\n')
    with pytest.raises(LabError, match="preset_broken"):
        shipped(str(path))


@pytest.mark.parametrize("name", family_names())
def test_a_family_is_made_of_recipes_there_are(name: str) -> None:
    members = together(name)
    assert len(members) > 1
    assert len({recipe.objective for recipe in members}) == len(members)
