"""What runs cost that go side by side in one worker, measured by two trial steps of each.

    python -m lab.training.trial RECIPES.json --home HOME

in a process of its own, so that the memory it takes is its own too and free afterwards.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lab.config import checked
from lab.history import Estimate
from lab.recipe import Recipe
from lab.training import cost
from lab.training.folder import write_atomically
from lab.types import LabError

if TYPE_CHECKING:
    from lab.training.engine import Engine
    from lab.training.setup import Work

STEPS = 2
READING = 120.0
"""Seconds that the texts may take to be read before nobody waits for them any longer."""
LONGEST = 300.0
"""Seconds that the steps of one run may take."""
POLL = 0.1


def measure(recipes: Sequence[Recipe], home: Path) -> Estimate:
    """Two steps of the real thing, of each: in turn, as a worker takes them.

    Raises the `LabError` that the runs themselves would have met, or trial_failed; of a trial that
    came to no end, which says nothing against beginning, trial_still_reads or trial_too_long.
    """
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        path = Path(folder) / "recipes.json"
        write_atomically(path, json.dumps([recipe.model_dump() for recipe in recipes]))
        said = _told(path, home, LONGEST * len(recipes))
    if "error" in said:
        raise LabError(said["error"]["key"], **said["error"]["facts"])
    guessed = cost.together([cost.guess(recipe, home) for recipe in recipes])
    parts = cost.measured(guessed.parts, int(said["memory"]))
    return Estimate(**said, parts=parts, free=guessed.free)


def _told(path: Path, home: Path, longest: float) -> dict[str, Any]:
    """What a process says that tries the recipes in a file."""
    command = [sys.executable, "-m", "lab.training.trial", str(path), "--home", str(home)]
    out, errors = path.with_suffix(".out"), path.with_suffix(".errors")
    # Files, not pipes: one that is left to read on alone still has somewhere to speak to.
    with out.open("wb") as said, errors.open("wb") as complained:
        process = subprocess.Popen(
            command, stdout=said, stderr=complained, cwd=Path(__file__).parents[2]
        )
    _wait(process, path, longest)
    try:
        found: dict[str, Any] = json.loads(out.read_text("utf-8").strip().splitlines()[-1])
    except (ValueError, IndexError) as error:
        lines = errors.read_text("utf-8", errors="replace").strip().splitlines()
        why = lines[-1:] or [f"exit {process.returncode}"]
        raise LabError("trial_failed", why=why[0][:300]) from error
    return found


def _wait(process: subprocess.Popen[bytes], path: Path, longest: float) -> None:
    """Until it ends. One that still reads is left to it: the run will need what was read."""
    limit = time.monotonic() + READING
    while process.poll() is None and not _has_read(path).exists():
        if time.monotonic() > limit:
            raise LabError("trial_still_reads", seconds=round(READING))
        time.sleep(POLL)
    try:
        process.wait(longest)
    except subprocess.TimeoutExpired as error:
        process.kill()
        process.wait()
        raise LabError("trial_too_long", seconds=round(longest)) from error


def _has_read(path: Path) -> Path:
    """A file beside the recipes that is there when their texts have been read."""
    return path.with_suffix(".read")


def _try(path: Path, home: Path) -> dict[str, Any]:
    from lab.training.memory import peak
    from lab.training.setup import set_up

    wanted = json.loads(path.read_text(encoding="utf-8"))
    recipes = [checked(Recipe, one) for one in wanted]
    works = [set_up(recipe, home) for recipe in recipes]
    try:
        _has_read(path).touch()
    except FileNotFoundError:  # nobody waits any longer; what was read is kept
        return {}
    with tempfile.TemporaryDirectory() as folder:
        engines = [_engine(work, home, Path(folder) / str(i)) for i, work in enumerate(works)]
        for engine in engines:  # the first step pays for what is made once, moments above all
            _step(engine)
        a_step = [sum(_step(engine) for _ in range(STEPS)) / STEPS for engine in engines]
    return {
        "parameters": max(sum(p.numel() for p in engine.inner.parameters()) for engine in engines),
        "memory": peak(),
        "seconds": sum(a * recipe.steps for a, recipe in zip(a_step, recipes, strict=True)),
        "measured": True,
    }


def _engine(work: Work, home: Path, folder: Path) -> Engine:
    import torch
    from accelerate import Accelerator

    from lab.training.engine import Engine
    from lab.training.folder import RunFolder
    from lab.training.memory import give_back

    run = RunFolder.create(folder, work.recipe)
    accelerator: Any = Accelerator(cpu=not torch.cuda.is_available())
    give_back()
    return Engine(run, work, accelerator, run.log(), home)


def _step(engine: Engine) -> float:
    """The seconds it takes."""
    began = time.monotonic()
    with engine.manners:
        engine.step()
    return time.monotonic() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recipes", type=Path)
    parser.add_argument("--home", type=Path, required=True)
    given = parser.parse_args()
    try:
        said = _try(given.recipes, given.home)
    except LabError as error:
        said = {"error": {"key": error.key, "facts": error.facts}}
    print(json.dumps(said))


if __name__ == "__main__":
    main()
