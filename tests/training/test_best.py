"""Early stopping, and the weights that did best: kept, put back, and the same after a crash."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from lab.recipe import Recipe
from lab.training.engine import Engine
from lab.training.worker import work

Make = Callable[..., Any]


def losses(engine: Engine, monkeypatch: pytest.MonkeyPatch, *told: float) -> None:
    """Held-out losses as told, one a look; the last again and again."""
    left = [*told]
    said = lambda *_: {"loss": left.pop(0) if len(left) > 1 else left[0]}  # noqa: E731
    monkeypatch.setattr("lab.training.engine.held_out", said)


def test_it_stops_when_nothing_better_comes(
    recipe: Make, engine: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = engine(recipe(steps=50, measure_every=2, patience=2, prompts=()))
    monkeypatch.setattr("lab.training.engine.moments", lambda _: [])
    losses(found, monkeypatch, 3.0, 2.0, 2.5, 2.4, 1.0)
    assert found.train() == "run", "it has ended by itself"
    assert found.progress.step == 6
    assert (found.progress.best, found.progress.best_step) == (2.0, 2)


def test_the_best_weights_become_the_model(
    recipe: Make, engine: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = engine(recipe(steps=6, measure_every=2, keep="best", prompts=()))
    monkeypatch.setattr("lab.training.engine.moments", lambda _: [])
    losses(found, monkeypatch, 3.0, 2.0, 2.5)
    walk = found.walk()
    for _ in range(2):
        next(walk)
    then = {n: p.detach().clone() for n, p in found.inner.named_parameters()}
    for _ in walk:
        pass
    assert any(not torch.equal(p, then[n]) for n, p in found.inner.named_parameters())
    assert found.best.put_back(found.inner) == 2
    assert all(torch.equal(p, then[n]) for n, p in found.inner.named_parameters())


def test_patience_outlives_a_crash_and_begins_anew_when_extended(
    recipe: Make, engine: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: Recipe = recipe(steps=20, measure_every=2, patience=2, checkpoint_every=1, prompts=())
    first = engine(told, "run")
    losses(first, monkeypatch, 1.0, 2.0)
    monkeypatch.setattr("lab.training.engine.moments", lambda _: [])
    walk = first.walk()
    for _ in range(3):
        next(walk)
    second = engine(told, "run")
    assert second.progress.stale == 1
    second.train()
    assert second.progress.step == 4
    third = engine(told, "run")
    assert third.progress.stale == 0, "who goes on wants it to try"


def test_the_model_left_is_the_best_and_says_so(recipe: Make, home: Path, tmp_path: Path) -> None:
    from lab.training.folder import RunFolder

    run = RunFolder.create(
        tmp_path / "run", recipe(steps=4, measure_every=1, keep="best", prompts=())
    )
    assert work([run], home) == 0
    events = run.events()[0]
    assert [e.data["at"] for e in events if e.data.get("note") == "kept_best"]
    assert events[-1].data["state"] == "finished"
