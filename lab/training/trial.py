"""What a run will cost: told at once from the sizes, then measured by two trial steps.

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
from lab.training.folder import write_atomically
from lab.types import LabError

STEPS = 2
LONGEST = 300.0
FRAMEWORK = 450_000_000
"""Bytes torch and transformers take before any weight."""
COPIES = 16
"""Bytes a parameter: weight, gradient, two moments, single precision each."""
SPEED = 6e10
"""Operations a second of a plain processor, until a trial says better."""


def guess(recipe: Recipe, home: Path | None = None) -> Estimate:
    """From sizes alone: parameters exactly (but for the classes of pictures), the rest roughly.

    Raises `LabError` for a base that is not here.
    """
    if recipe.base:
        return _guess_founded(recipe, home)
    parameters = count(recipe)
    if recipe.objective == "image":
        work = recipe.rows * 1.2e8 * (recipe.size.width / 128) ** 2 * 3
        held = recipe.rows * 2_500_000 * recipe.size.width // 128
    else:
        tokens = recipe.rows * recipe.data.length
        work = 6.0 * parameters * tokens
        held = 4 * tokens * (recipe.size.width * recipe.size.layers * 14 + recipe.data.vocabulary)
    memory = FRAMEWORK + COPIES * parameters + held
    return Estimate(parameters, memory, recipe.steps * work / SPEED, measured=False)


def _guess_founded(recipe: Recipe, home: Path | None) -> Estimate:
    """The base is passed through forwards and backwards, but only the adapter has gradients."""
    from lab.models.catalogue import default_home
    from lab.models.layout import read_json
    from lab.training.foundation import Foundation
    from lab.training.setup import KINDS

    found = Foundation.of(recipe, KINDS[recipe.objective], home or default_home())
    still, learns = found.count()
    config = read_json(found.folder / "config.json")
    tokens = recipe.rows * recipe.data.length
    a_token = int(config.get("hidden_size", 0)) * int(config.get("num_hidden_layers", 0)) * 20
    held = 4 * tokens * (a_token + int(config.get("vocab_size", 0)))
    at_rest = still * (2 if recipe.weights == "bf16" else 4)
    memory = FRAMEWORK + at_rest + COPIES * learns + held
    work = (4.0 * still + 6.0 * learns) * tokens
    return Estimate(still + learns, memory, recipe.steps * work / SPEED, measured=False)


def count(recipe: Recipe) -> int:
    """Parameters of the body, made without memory."""
    import torch

    from lab.models.scratch import build
    from lab.training.setup import KINDS
    from lab.types import Alphabet

    alphabet = Alphabet(recipe.data.vocabulary, 0, 3, 1, 2)
    with torch.device("meta"):
        model = build(KINDS[recipe.objective], recipe.size, alphabet, classes=8)
    return sum(p.numel() for p in model.parameters())


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
    return Estimate(**said)


def _try(recipe: Recipe, home: Path) -> Estimate:
    import torch
    from accelerate import Accelerator

    from lab.training.engine import Engine
    from lab.training.events import EventLog
    from lab.training.folder import RunFolder
    from lab.training.setup import set_up

    with tempfile.TemporaryDirectory() as folder:
        run = RunFolder(Path(folder))
        accelerator: Any = Accelerator(cpu=not torch.cuda.is_available())
        engine = Engine(run, set_up(recipe, home), accelerator, EventLog(run.events_file), home)
        engine.step()  # the first pays for what is made once
        began = time.monotonic()
        for _ in range(STEPS):
            engine.step()
        a_step = (time.monotonic() - began) / STEPS
    parameters = sum(p.numel() for p in engine.inner.parameters())
    return Estimate(parameters, peak(), a_step * recipe.steps, measured=True)


def peak() -> int:
    """The most memory this process has taken, in bytes: the card's where there is one."""
    import torch

    if torch.cuda.is_available():
        return int(torch.cuda.max_memory_reserved())
    if sys.platform == "win32":
        import psutil

        return int(psutil.Process().memory_info().peak_wset)
    # Not getrusage: what it tells of a new process begins at the size of the one that started it.
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
        return 1024 * int(status.split("VmHWM:")[1].split()[0])
    except (OSError, IndexError):
        import resource

        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return int(most) * (1 if sys.platform == "darwin" else 1024)


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
