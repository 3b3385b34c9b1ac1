"""The loop: the same run however it is cut, interrupted, measured or short of memory."""

from __future__ import annotations

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor

from lab.recipe import Recipe
from lab.training import checkpoint
from lab.training.engine import Engine
from lab.training.kept import whole
from lab.training.tasks import task
from lab.training.watch import moments
from lab.types import LabError

Recipes = Callable[..., Recipe]
Engines = Callable[..., Engine]
OBJECTIVES = ("next", "masked", "diffusion", "span")


def weights(engine: Engine) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in engine.inner.state_dict().items()}


def losses(engine: Engine) -> list[float]:
    return [e.data["loss"] for e in engine.run.events()[0] if "loss" in e.data]


def same(one: dict[str, Tensor], other: dict[str, Tensor], tolerance: float = 0.0) -> bool:
    return all(torch.allclose(one[k], other[k], rtol=tolerance, atol=tolerance) for k in one)


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_every_text_objective_learns(objective: str, recipe: Recipes, engine: Engines) -> None:
    made = engine(recipe(objective, steps=40, rows=8))
    assert made.train() == "run"
    told = [e.data for e in made.run.events()[0] if e.kind == "metric" and "held_out" in e.data]
    assert told[-1]["held_out"]["loss"] < 0.9 * told[0]["held_out"]["loss"]
    assert 0 < told[-1]["held_out"]["bits_per_byte"] < told[0]["held_out"]["bits_per_byte"]


def test_pictures_learn_too(recipe: Recipes, engine: Engines) -> None:
    plain = recipe("image", steps=3, rows=4, data__paths=[], optimiser__average=0.5)
    made = engine(plain)
    made.train()
    (first, *_, last) = (e for e in made.run.events()[0] if e.kind == "sample")
    assert (made.run.path / "samples" / last.data["file"]).is_file()
    assert first.step == 0
    assert len(last.data["classes"]) == 8


@pytest.mark.parametrize("objective", ["next", "diffusion"])
def test_a_run_cut_in_two_is_the_same_run(objective: str, recipe: Recipes, engine: Engines) -> None:
    """Data, noise, dropout, optimiser and rate: after a checkpoint all go on as they would have."""
    told = recipe(objective, dropout=0.2)
    whole = engine(told, "whole")
    whole.train()
    first = engine(told, "cut")
    for _ in range(3):
        first.step()
    first._save()
    del first
    second = engine(told, "cut")
    assert second.progress.step == 3
    second.train()
    assert same(weights(whole), weights(second))


def test_pieces_change_nothing(recipe: Recipes, engine: Engines) -> None:
    """However many rows fit at once, the gradient is the same sum; ragged rows included."""
    for objective in OBJECTIVES:
        made = engine(recipe(objective), objective)
        whole = task(made.work.objective, made.work.batches, 0, 0)
        found = []
        for micro in (4, 3, 1):
            made.optimiser.zero_grad()
            made.progress.micro = micro
            loss = float(made._pieces(whole))
            found.append(
                (loss, [p.grad.clone() for p in made.inner.parameters() if p.grad is not None])
            )
        for loss, gradients in found[1:]:
            assert loss == pytest.approx(found[0][0], rel=1e-5)
            for one, other in zip(gradients, found[0][1], strict=True):
                torch.testing.assert_close(one, other, rtol=1e-3, atol=1e-6)


def test_looking_disturbs_nothing(recipe: Recipes, engine: Engines) -> None:
    """Held-out data and prompts after every step, or never: the weights are the same to the bit."""
    often = engine(recipe(dropout=0.3, measure_every=1), "often")
    often.train()
    never = engine(recipe(dropout=0.3, prompts=()), "never")
    while never.progress.step < 6:
        never.step()
    assert same(weights(often), weights(never))


def test_looking_leaves_the_random_state_alone(recipe: Recipes, engine: Engines) -> None:
    made = engine(recipe(dropout=0.3))
    torch.manual_seed(5)
    wanted = torch.rand(3)
    torch.manual_seed(5)
    made._look({0})
    assert torch.equal(torch.rand(3), wanted)


def test_out_of_memory_takes_the_same_step_in_smaller_pieces(
    recipe: Recipes, engine: Engines, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain, short = engine(recipe(), "plain"), engine(recipe(), "short")
    forward = short.inner.forward

    def narrow(*, input_ids: Tensor, **more: Any) -> Any:
        if len(input_ids) > 1 and short.inner.training:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return forward(input_ids=input_ids, **more)

    monkeypatch.setattr(short.inner, "forward", narrow)
    plain.train()
    short.train()
    notes = [e.data["rows"] for e in short.run.events()[0] if e.data.get("note")]
    assert notes == [2, 1]
    assert [e.step for e in short.run.events()[0] if e.data.get("note")] == [0, 0]
    losses = [
        [e.data["loss"] for e in m.run.events()[0] if "loss" in e.data] for m in (plain, short)
    ]
    assert losses[0] == pytest.approx(losses[1], rel=1e-3)
    again = engine(recipe(), "short")
    assert again.progress.micro == 1, "it is not tried in vain at every start"


def test_a_step_taken_again_drops_what_it_would_have_dropped(
    recipe: Recipes, engine: Engines, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beside one that was cut so from the start: what the vain attempt drew is forgotten."""
    told = recipe(dropout=0.3)
    small, short = engine(told, "small"), engine(told, "short")
    small.progress.micro = 2
    forward = short.inner.forward

    def narrow(*, input_ids: Tensor, **more: Any) -> Any:
        found = forward(input_ids=input_ids, **more)
        if len(input_ids) > 2 and short.inner.training:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return found

    monkeypatch.setattr(short.inner, "forward", narrow)
    for made in (small, short):
        made.train()
    assert short.progress.micro == 2
    assert same(weights(small), weights(short))


def test_not_even_one_row_fits(
    recipe: Recipes, engine: Engines, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = engine(recipe())
    monkeypatch.setattr(made, "_pieces", lambda _: (_ for _ in ()).throw(MemoryError()))
    with pytest.raises(LabError, match="rows_do_not_fit"):
        made.step()


def test_a_loss_that_is_no_number_leaves_the_last_checkpoint(
    recipe: Recipes, engine: Engines, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = engine(recipe(steps=9))
    pieces = made._pieces

    def sick(whole: Any) -> float:
        loss = pieces(whole)
        return float("nan") if made.progress.step == 4 else loss

    monkeypatch.setattr(made, "_pieces", sick)
    with pytest.raises(LabError, match="loss_not_finite"):
        made.train()
    (last,) = whole(made.run.checkpoints)[-1:]
    assert last.name == "step-00000003"
    healthy = engine(recipe(steps=9))
    assert healthy.progress.step == 3
    assert all(bool(torch.isfinite(value).all()) for value in weights(healthy).values())


def test_a_loss_that_keeps_rising_stops(
    recipe: Recipes, engine: Engines, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = engine(recipe(steps=200))
    monkeypatch.setattr(made, "_pieces", lambda _: 5.0 + made.progress.step)
    with pytest.raises(LabError, match="loss_explodes"):
        made.train()


def test_a_full_disk_is_told_before_the_start(
    recipe: Recipes, engine: Engines, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = engine(recipe())
    monkeypatch.setattr(checkpoint.shutil, "disk_usage", lambda _: SimpleNamespace(free=10))
    with pytest.raises(LabError, match="no_room"):
        made.train()
    assert made.progress.step == 0


@pytest.mark.parametrize("wish", ["pause", "stop"])
def test_a_wish_is_heard_at_the_next_step(wish: str, recipe: Recipes, engine: Engines) -> None:
    made = engine(recipe(steps=100))
    step = made.step

    def stepping() -> Any:
        if made.progress.step == 4:
            made.run.ask(wish)  # type: ignore[arg-type]
        return step()

    made.step = stepping  # type: ignore[method-assign]
    assert made.train() == wish
    assert made.progress.step == 5
    assert whole(made.run.checkpoints)[-1].name == "step-00000005"


def test_figures_count_what_carried_loss(recipe: Recipes, engine: Engines) -> None:
    shares = {}
    for objective in ("next", "masked"):
        made = engine(recipe(objective, rows=32), objective)
        made.step()
        assert made.progress.seen == 32 * 16
        shares[objective] = made.progress.carried / made.progress.seen
    assert shares["next"] == pytest.approx(15 / 16)
    assert 0.08 < shares["masked"] < 0.22


def test_the_average_is_followed_by_hand(recipe: Recipes, engine: Engines) -> None:
    made = engine(recipe(optimiser__average=0.6))
    name = next(iter(weights(made)))
    average = weights(made)[name]
    for step in range(4):
        made.step()
        decay = min(0.6, (1 + step) / (10 + step))
        average = decay * average + (1 - decay) * weights(made)[name]
    own = weights(made)[name]
    with made.averaged():
        torch.testing.assert_close(weights(made)[name], average)
    assert torch.equal(weights(made)[name], own)


def test_moments_are_dense_at_first_and_end_with_the_run() -> None:
    found = moments(1000)
    assert found[:8] == [0, 1, 2, 4, 8, 16, 32, 64]
    assert found[-1] == 1000
    assert len(found) < 20
    assert moments(1) == [0, 1]


def test_samples_grow_in_the_history(recipe: Recipes, engine: Engines) -> None:
    made = engine(recipe("masked"))
    made.train()
    samples = [e for e in made.run.events()[0] if e.kind == "sample"]
    assert [e.step for e in samples] == [0, 1, 2, 4, 6]
    hidden = [t for t in samples[-1].data["tokens"] if t["state"] == "masked"]
    assert len(hidden) == 1
    assert len(hidden[0]["top"]) == 4
    json.dumps(dict(samples[-1].data))
