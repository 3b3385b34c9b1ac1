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

STEPS = 2
LONGEST = 300.0


def measure(recipes: Sequence[Recipe], home: Path) -> Estimate:
    """Two steps of the real thing, of each: in turn, as a worker takes them.

    Raises the `LabError` that the runs themselves would have met.
    """
    longest = LONGEST * len(recipes)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "recipes.json"
        write_atomically(path, json.dumps([recipe.model_dump() for recipe in recipes]))
        command = [sys.executable, "-m", "lab.training.trial", str(path), "--home", str(home)]
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=longest, check=False,
                cwd=Path(__file__).parents[2],
            )  # fmt: skip
        except subprocess.TimeoutExpired as error:
            raise LabError("trial_too_long", seconds=round(longest)) from error
    try:
        said = json.loads(done.stdout.strip().splitlines()[-1])
    except (ValueError, IndexError) as error:
        why = done.stderr.strip().splitlines()[-1:] or [f"exit {done.returncode}"]
        raise LabError("trial_failed", why=why[0][:300]) from error
    if "error" in said:
        raise LabError(said["error"]["key"], **said["error"]["facts"])
    guessed = cost.together([cost.guess(recipe, home) for recipe in recipes])
    parts = cost.measured(guessed.parts, int(said["memory"]))
    return Estimate(**said, parts=parts, free=guessed.free)


def _try(recipes: Sequence[Recipe], home: Path) -> dict[str, Any]:
    from lab.training.memory import peak

    with tempfile.TemporaryDirectory() as folder:
        engines = [_engine(recipe, home, Path(folder) / str(i)) for i, recipe in enumerate(recipes)]
        for engine in engines:  # the first step pays for what is made once, moments above all
            _step(engine)
        a_step = [sum(_step(engine) for _ in range(STEPS)) / STEPS for engine in engines]
    return {
        "parameters": max(sum(p.numel() for p in engine.inner.parameters()) for engine in engines),
        "memory": peak(),
        "seconds": sum(a * recipe.steps for a, recipe in zip(a_step, recipes, strict=True)),
        "measured": True,
    }


def _engine(recipe: Recipe, home: Path, folder: Path) -> Engine:
    import torch
    from accelerate import Accelerator

    from lab.training.engine import Engine
    from lab.training.folder import RunFolder
    from lab.training.memory import give_back
    from lab.training.setup import set_up

    run = RunFolder.create(folder, recipe)
    accelerator: Any = Accelerator(cpu=not torch.cuda.is_available())
    work = set_up(recipe, home)
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
        wanted = json.loads(given.recipes.read_text(encoding="utf-8"))
        said = _try([checked(Recipe, one) for one in wanted], given.home)
    except LabError as error:
        said = {"error": {"key": error.key, "facts": error.facts}}
    print(json.dumps(said))


if __name__ == "__main__":
    main()
