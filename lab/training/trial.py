"""What a run costs, measured by two trial steps.

    python -m lab.training.trial RECIPE.json --home HOME

in a process of its own, so that the memory it takes is its own too and free afterwards.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from lab.config import checked
from lab.history import Estimate
from lab.recipe import Recipe
from lab.training import cost
from lab.training.folder import write_atomically
from lab.types import LabError

STEPS = 2
LONGEST = 300.0


def measure(recipe: Recipe, home: Path) -> Estimate:
    """Two steps of the real thing. Raises the `LabError` that the run itself would have met."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "recipe.json"
        write_atomically(path, recipe.model_dump_json())
        command = [sys.executable, "-m", "lab.training.trial", str(path), "--home", str(home)]
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=LONGEST, check=False,
                cwd=Path(__file__).parents[2],
            )  # fmt: skip
        except subprocess.TimeoutExpired as error:
            raise LabError("trial_too_long", seconds=round(LONGEST)) from error
    try:
        said = json.loads(done.stdout.strip().splitlines()[-1])
    except (ValueError, IndexError) as error:
        why = done.stderr.strip().splitlines()[-1:] or [f"exit {done.returncode}"]
        raise LabError("trial_failed", why=why[0][:300]) from error
    if "error" in said:
        raise LabError(said["error"]["key"], **said["error"]["facts"])
    guessed = cost.guess(recipe, home)
    known = sum(size for name, size in guessed.parts.items() if name != "activations")
    parts = dict(guessed.parts) | {"activations": max(0, int(said["memory"]) - known)}
    return Estimate(**said, parts=parts, free=guessed.free)


def _try(recipe: Recipe, home: Path) -> Estimate:
    import torch
    from accelerate import Accelerator

    from lab.training.engine import Engine
    from lab.training.events import EventLog
    from lab.training.folder import RunFolder
    from lab.training.memory import give_back, peak
    from lab.training.setup import set_up

    with tempfile.TemporaryDirectory() as folder:
        run = RunFolder(Path(folder))
        accelerator: Any = Accelerator(cpu=not torch.cuda.is_available())
        work = set_up(recipe, home)
        give_back()
        engine = Engine(run, work, accelerator, EventLog(run.events_file), home)
        for number in range(STEPS + 1):
            if number == 1:  # the first pays for what is made once
                began = time.monotonic()
            with engine.manners:
                engine.step()
        a_step = (time.monotonic() - began) / STEPS
    parameters = sum(p.numel() for p in engine.inner.parameters())
    return Estimate(parameters, peak(), a_step * recipe.steps, measured=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recipe", type=Path)
    parser.add_argument("--home", type=Path, required=True)
    given = parser.parse_args()
    try:
        recipe = checked(Recipe, json.loads(given.recipe.read_text(encoding="utf-8")))
        found = _try(recipe, given.home)
        said: dict[str, Any] = {
            "parameters": found.parameters,
            "memory": found.memory,
            "seconds": found.seconds,
            "measured": True,
        }
    except LabError as error:
        said = {"error": {"key": error.key, "facts": error.facts}}
    print(json.dumps(said))


if __name__ == "__main__":
    main()
