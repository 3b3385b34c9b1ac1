"""Several processes that train one run: what one alone would have learnt, step by step."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from workers import ENVIRONMENT, TALKING, losses, talking

from lab.recipe import Recipe
from lab.training.folder import RunFolder

Recipes = Callable[..., Recipe]


@pytest.mark.slow
def test_two_processes_are_the_same_run_as_one(recipe: Recipes, home: Path, tmp_path: Path) -> None:
    """Same data, same noise, one sum of losses: the weights agree to rounding."""
    told = recipe("masked", steps=8, rows=4, prompts=(), optimiser__name="adamw")
    one, two = (RunFolder.create(tmp_path / name, told) for name in ("one", "two"))
    assert talking(one, home).wait(120) == 0
    script = tmp_path / "talking.py"
    script.write_text(TALKING)
    done = launched(two, home, script)
    assert done.returncode == 0, done.stderr[-2000:]
    assert two.about["processes"] == 2
    alike(one, two)


SHORT_OF_MEMORY = """
import os, torch
from lab.training import engine, worker

outputs = engine.outputs
def narrow(model, objective, task, bf16):
    if os.environ["RANK"] == "1" and len(task.targets) > {fit}:
        raise torch.OutOfMemoryError("CUDA out of memory")
    return outputs(model, objective, task, bf16)
engine.outputs, engine.SPEAK = narrow, 0.0
worker.main()
"""
"""A worker whose second process has room for so many rows; the first has for all."""


@pytest.mark.slow
def test_short_of_memory_in_one_process_all_take_smaller_pieces(
    recipe: Recipes, home: Path, tmp_path: Path
) -> None:
    told = recipe("masked", steps=4, rows=7, prompts=(), optimiser__name="adamw")
    one, two = (RunFolder.create(tmp_path / name, told) for name in ("one", "two"))
    assert talking(one, home).wait(120) == 0
    script = tmp_path / "short.py"
    script.write_text(SHORT_OF_MEMORY.format(fit=1))
    done = launched(two, home, script)
    assert done.returncode == 0, done.stderr[-2000:]
    assert (two.state(), two.about["processes"]) == ("finished", 2)
    notes = [(e.step, e.data["rows"]) for e in two.events()[0] if e.data.get("note")]
    assert notes == [(0, 2), (0, 1)], "told once, by one of them"
    alike(one, two)


@pytest.mark.slow
def test_not_one_row_fits_in_one_process(recipe: Recipes, home: Path, tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path / "run", recipe("masked", rows=4, prompts=()))
    script = tmp_path / "short.py"
    script.write_text(SHORT_OF_MEMORY.format(fit=0))
    assert launched(run, home, script).returncode != 0
    assert run.state() == "failed"
    assert {e.data["key"] for e in run.events()[0] if e.kind == "error"} == {"rows_do_not_fit"}


def launched(run: RunFolder, home: Path, worker: Path) -> subprocess.CompletedProcess[str]:
    """A worker, which is a script, in two processes of accelerate's, to its end."""
    launch = [sys.executable, "-m", "accelerate.commands.launch", "--multi_gpu"]
    command = [*launch, "--num_processes", "2", str(worker), str(run.path), "--home", str(home)]
    return subprocess.run(
        command, env=ENVIRONMENT, capture_output=True, text=True, timeout=300, check=False
    )


def alike(one: RunFolder, two: RunFolder) -> None:
    """Two runs that learnt the same at every step, but for the order in which they added."""
    assert list(losses(two)) == list(range(1, one.recipe.steps + 1)), "no step is lost"
    assert losses(two) == pytest.approx(losses(one), rel=1e-3)
    a, b = (load_file(run.model / "model.safetensors") for run in (one, two))
    for name in a:
        torch.testing.assert_close(a[name], b[name], rtol=0, atol=5e-3)
