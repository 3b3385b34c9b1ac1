"""What lies on the disk of a run: passed over where it is damaged, and none of what went wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from lab.recipe import Recipe
from lab.training.engine import Engine
from lab.training.kept import whole
from lab.training.story import Story
from lab.types import LabError

Recipes = Callable[..., Recipe]
Engines = Callable[..., Engine]


def test_what_a_disk_half_wrote_is_no_checkpoint(recipe: Recipes, engine: Engines) -> None:
    made = engine(recipe(checkpoint_every=2))
    made.train()
    last, before = (whole(made.run.checkpoints)[i] for i in (-1, -2))
    weights_file = last / "model.safetensors"
    weights_file.write_bytes(weights_file.read_bytes()[:-7])
    assert whole(made.run.checkpoints) == [before]
    assert engine(recipe(checkpoint_every=2)).progress.step == 4
    (last / "state.json").write_text("{")
    assert whole(made.run.checkpoints) == [before]


def notes(engine: Engine) -> list[Any]:
    return list(Story(engine.run).view().notices)


@pytest.mark.parametrize("name", ["model.safetensors", "optimiser.pt", "state.json"])
def test_a_checkpoint_damaged_since_costs_one_interval(
    name: str, recipe: Recipes, engine: Engines
) -> None:
    """In full length, but for its end of other bytes: the one before is gone on from, and told."""
    made = engine(recipe(checkpoint_every=2))
    made.train()
    file = made.run.checkpoints / "step-00000006" / name
    file.write_bytes(file.read_bytes()[:-64] + bytes(64))
    again = engine(recipe(checkpoint_every=2))
    assert again.progress.step == 4
    assert notes(again) == [(4, "checkpoint_damaged", {"at": 6})]
    again.train()
    one, other = (m.inner.state_dict() for m in (made, again))
    assert all(torch.equal(one[key], other[key]) for key in one)
    found = [path.name for path in whole(made.run.checkpoints)]
    assert found == ["step-00000004", "step-00000006"]
    assert engine(recipe(checkpoint_every=2)).progress.step == 6


def test_a_damaged_one_never_outlives_good_ones(recipe: Recipes, engine: Engines) -> None:
    """It is of a later step than what is written next, and goes all the same."""
    engine(recipe(checkpoint_every=2)).train()
    damaged = engine(recipe(checkpoint_every=2)).run.checkpoints / "step-00000006"
    (damaged / "optimiser.pt").write_bytes(bytes((damaged / "optimiser.pt").stat().st_size))
    again = engine(recipe(checkpoint_every=2))
    again.step()
    again._save()
    found = [path.name for path in whole(again.run.checkpoints)]
    assert found == ["step-00000004", "step-00000005"]


def test_where_every_checkpoint_is_damaged_it_is_told(recipe: Recipes, engine: Engines) -> None:
    """Days of training are not begun anew in silence."""
    made = engine(recipe())
    made.train()
    for file in made.run.checkpoints.glob("*/optimiser.pt"):
        file.write_bytes(bytes(file.stat().st_size))
    with pytest.raises(LabError, match="checkpoints_damaged"):
        engine(recipe())


def test_no_checkpoint_is_made_while_the_loss_climbs(
    recipe: Recipes, engine: Engines, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Slowly, over hundreds of steps: when it is called exploded, the last one is of before."""
    made = engine(recipe(steps=1000, rows=1, prompts=(), checkpoint_every=10))

    def loss(_: Any) -> float:
        step = made.progress.step
        return max(5.0 - step / 20, 2.0) if step < 100 else 2.0 + (step - 100) / 20

    monkeypatch.setattr(made, "_pieces", loss)
    with pytest.raises(LabError, match="loss_explodes"):
        made.train()
    stood = made.progress.step
    last = int(whole(made.run.checkpoints)[-1].name.removeprefix("step-"))
    assert stood > 200
    assert 100 <= last <= 150, "below 1.5 times the lowest mean, 2, and one more"
    again = engine(recipe(steps=1000, rows=1, prompts=(), checkpoint_every=10))
    assert again.progress.lowest == pytest.approx(made.progress.lowest), "and it is remembered"


def test_a_person_s_wish_is_kept_wherever_the_loss_stands(
    recipe: Recipes, engine: Engines, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = engine(recipe(steps=1000, rows=1, prompts=(), checkpoint_every=10))

    def loss(_: Any) -> float:
        step = made.progress.step
        return 5.0 if step < 20 else 2.0 if step < 45 else 6.0

    monkeypatch.setattr(made, "_pieces", loss)
    wishes = (("pause" if made.progress.step == 63 else "run") for _ in range(1000))
    monkeypatch.setattr(made, "_wish", lambda: next(wishes))
    assert made.train() == "pause"
    found = [path.name for path in whole(made.run.checkpoints)]
    assert found == ["step-00000050", "step-00000063"]
