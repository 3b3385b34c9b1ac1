"""The process that trains: what it leaves, and what survives its being killed at any moment."""

from __future__ import annotations

import json
import os
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from filelock import FileLock
from safetensors.torch import load_file
from workers import losses, talking

from lab.recipe import Recipe
from lab.training.folder import RunFolder
from lab.training.kept import whole
from lab.training.launch import ACCELERATOR, spawn
from lab.training.worker import work
from lab.types import LabError

Recipes = Callable[..., Recipe]


@pytest.mark.parametrize("objective", ["next", "masked", "span", "image"])
def test_it_leaves_a_model_others_can_open(
    objective: str, recipe: Recipes, home: Path, tmp_path: Path
) -> None:
    from diffusers import UNet2DModel
    from transformers import AutoModelForCausalLM, AutoModelForMaskedLM, AutoModelForSeq2SeqLM

    told = recipe(objective, steps=2, rows=2, precision="bf16", prompts=())
    run = RunFolder.create(tmp_path / "run", told)
    assert work([run], home) == 0
    opens: dict[str, Any] = {
        "next": AutoModelForCausalLM,
        "masked": AutoModelForMaskedLM,
        "span": AutoModelForSeq2SeqLM,
        "image": UNet2DModel,
    }
    model = opens[objective].from_pretrained(run.model)
    passport = json.loads((run.model / "passport.json").read_text(encoding="utf-8"))
    assert passport["parameters"] == sum(p.numel() for p in model.parameters())
    assert passport["steps"] == 2
    assert run.state() == "finished"
    if objective != "image":
        assert {s["name"] for s in passport["sources"]} == {"one", "two", "three"}
        assert passport["held_out"]["bits_per_byte"] > 0


def test_a_trained_model_is_one_to_predict_with(recipe: Recipes, tmp_path: Path) -> None:
    from lab.session import Ask, Session

    session = Session(tmp_path / "home")
    run = session.trainings.runs.create(recipe(steps=1))
    assert work([run], tmp_path / "home") == 0
    name = f"run:{run.name}"
    assert session.model(name).ready
    said = session.read(Ask(model=name, objective="next", prompt={"text": "The cat"}))
    assert said.ahead is not None
    assert session.trainings.runs.view(run.name).summary.model == str(run.model)


def test_one_that_pauses_can_be_predicted_with(
    recipe: Recipes, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = RunFolder.create(tmp_path / "run", recipe(steps=50))
    wishes = iter(["run", "run", "pause"])
    monkeypatch.setattr(RunFolder, "wish", property(lambda _: next(wishes)))
    assert work([run], home) == 0
    assert run.state() == "paused"
    assert json.loads((run.model / "passport.json").read_text())["steps"] == 2


def test_a_folder_that_cannot_be_written_is_told(recipe: Recipes, tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path / "run", recipe())
    (run.path / f"wish.json.{os.getpid()}.partial").mkdir()
    with pytest.raises(LabError, match="run_unwritable"):
        run.ask("pause")


def test_why_it_failed_is_in_its_history(recipe: Recipes, home: Path, tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path / "run", recipe(data__paths=[str(tmp_path / "nothing")]))
    assert work([run], home) == 1
    assert [e.data["key"] for e in run.events()[0] if e.kind == "error"] == ["no_such_path"]
    assert run.state() == "failed"


def test_a_second_log_for_tensorboard(recipe: Recipes, home: Path, tmp_path: Path) -> None:
    pytest.importorskip("tensorboard", reason="needs pretext-lab[log]")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    run = RunFolder.create(tmp_path / "run", recipe(steps=2, prompts=(), log="tensorboard"))
    assert work([run], home) == 0
    (folder,) = (p.parent for p in run.path.rglob("events.out.tfevents*"))
    written = EventAccumulator(str(folder)).Reload().Scalars("loss")
    assert [(s.step, pytest.approx(s.value, rel=1e-4)) for s in written] == list(
        losses(run).items()
    )


def test_a_second_log_that_is_not_here_is_told(
    recipe: Recipes, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    run = RunFolder.create(tmp_path / "run", recipe(log="tensorboard"))
    assert work([run], home) == 1
    assert [e.data["key"] for e in run.events()[0] if e.kind == "error"] == ["no_second_log"]


def test_several_go_side_by_side_and_fall_alone(
    recipe: Recipes, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each as if it were alone, to the last bit; one that fails leaves the others to go on."""
    names = ("next", "masked")
    twins = [RunFolder.create(tmp_path / n, recipe(n, dropout=0.2)) for n in names]
    alone = [RunFolder.create(tmp_path / f"{n}-alone", recipe(n, dropout=0.2)) for n in names]
    lost = RunFolder.create(tmp_path / "lost", recipe(data__paths=[str(tmp_path / "nothing")]))
    assert work([twins[0], lost, twins[1]], home) == 1
    for run in alone:
        assert work([run], home) == 0
    assert [run.state() for run in (*twins, lost)] == ["finished", "finished", "failed"]
    for one, other in zip(twins, alone, strict=True):
        a, b = (load_file(r.model / "model.safetensors") for r in (one, other))
        assert all(torch.equal(a[name], b[name]) for name in a)
    told = [
        (e.time, e.step, n) for n, run in zip(names, twins, strict=True)
        for e in run.events()[0] if e.kind == "metric" and "loss" in e.data
    ]  # fmt: skip
    steps = [step for _, step, _ in sorted(told)]
    assert steps == sorted(steps), "neither runs ahead"


def test_two_never_train_one_run(
    recipe: Recipes, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lab.training.worker.PATIENCE", 0.1)
    run = RunFolder.create(tmp_path / "run", recipe())
    with run.lock():
        run.log().add("status", 3, state="running")
        assert work([run], home) == 1
        assert run.state() == "running"
    assert [e.kind for e in run.events()[0]] == ["status"], "the history is that of whoever trains"
    assert run.state() == "interrupted"


def test_stopped_before_its_first_step_it_leaves_no_model_of_random_weights(
    recipe: Recipes, home: Path, tmp_path: Path
) -> None:
    run = RunFolder.create(tmp_path / "run", recipe(prompts=()))
    run.ask("stop")
    assert work([run], home) == 0
    assert run.state() == "stopped"
    assert not run.model.exists()


def test_it_waits_for_the_accelerator_and_hears_meanwhile(
    recipe: Recipes, home: Path, tmp_path: Path
) -> None:
    run = RunFolder.create(tmp_path / "run", recipe())
    with FileLock(home / ACCELERATOR):
        worker = spawn([run], home)
        limit = time.monotonic() + 60
        while run.state() != "waiting" and time.monotonic() < limit:
            time.sleep(0.1)
        assert run.state() == "waiting"
        run.ask("pause")
        assert worker.wait(60) == 0
    assert run.state() == "paused"
    assert not losses(run)


@pytest.mark.slow
def test_killed_at_twenty_moments_it_is_the_run_it_would_have_been(
    recipe: Recipes, home: Path, tmp_path: Path
) -> None:
    """SIGKILL, checkpoint writing included: nothing is broken, no more than an interval is lost."""
    # Without cooling, the rate of a step does not depend on how long the run will be.
    told = recipe(
        steps=4000, rows=2, checkpoint_every=5, prompts=(), dropout=0.1, optimiser__decay=0.0
    )
    run = RunFolder.create(tmp_path / "run", told)
    dice = random.Random(0)
    reached = 0
    for _ in range(20):
        worker = talking(run, home)
        _begun(run)
        time.sleep(dice.uniform(0.0, 0.8))
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait()
        assert run.state() == "interrupted"
        steps = [e.step for e in run.events()[0] if e.kind == "metric"]
        whole_ones = whole(run.checkpoints)
        stands = int(whole_ones[-1].name.split("-")[1]) if whole_ones else 0
        assert stands >= reached, "what was kept stays kept"
        assert max(steps, default=0) - stands <= told.checkpoint_every
        reached = stands
    assert reached > 20
    run.rewrite(told.model_copy(update={"steps": reached + 10}))
    uncut = RunFolder.create(tmp_path / "uncut", run.recipe)
    for one in (run, uncut):
        assert talking(one, home).wait(600) == 0
    killed, straight = (load_file(r.model / "model.safetensors") for r in (run, uncut))
    for name, value in straight.items():
        assert torch.equal(value, killed[name]), name
    assert list(losses(run)) == list(range(1, reached + 11)), "every step, and none twice"
    assert losses(run) == losses(uncut)


def _begun(run: RunFolder) -> None:
    """Wait until the worker has said a figure beyond where the last one stood."""
    limit = time.monotonic() + 120
    before = len(run.events()[0])
    while time.monotonic() < limit:
        fresh = run.events()[0][before:]
        if any(e.kind == "metric" and "loss" in e.data for e in fresh):
            return
        time.sleep(0.02)
    raise AssertionError("the worker said nothing for two minutes")
