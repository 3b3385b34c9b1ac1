"""Training, side by side in one run on the same model, data and precision.

`pretext-lab bench train --json`: tokens a second of the lab's engine over those of a bare
loop (next token), and over Trainer's with full logits (masked token), block by block in
turns; and the most memory each way takes in a process of its own.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks._timing import Effort, ratio
from benchmarks.predict import head, report
from lab.models.catalogue import default_home
from lab.training.cost import count

BLOCK = 6
"""Steps of one way before the other has its turn."""
PAIRS = (("next", "bare", 0.95), ("masked", "trainer", 1.4))
"""(objective, what ours is compared with, the least ratio aimed at)."""


def run(model: str, quick: bool, told: Callable[[str], object]) -> dict[str, Any]:
    """Every figure. `model` is not used: the body is that of the bundled family."""
    effort = Effort.of(quick)
    load = os.getloadavg() if hasattr(os, "getloadavg") else ()
    figures = {}
    for objective, other, _ in PAIRS:
        told(f"{objective}: ours and {other}…")
        figures[objective] = _compare(objective, other, effort)
    return report("train", quick, load, figures, aims(figures))


def _compare(objective: str, other: str, effort: Effort) -> dict[str, Any]:
    from benchmarks import _trainings

    home = default_home()
    recipe = _trainings.recipe(objective)
    mine = _trainings.ours(objective, home)
    theirs = _trainings.WAYS[other](objective, home)
    block = 2 if effort.pairs < 3 else BLOCK
    mine(block)
    theirs(block)
    times: dict[str, list[float]] = {"ours": [], other: []}
    for i in range(effort.pairs):
        order = [("ours", mine), (other, theirs)]
        for name, train in order if i % 2 == 0 else order[::-1]:
            times[name].append(train(block))
    tokens = block * recipe.rows * recipe.data.length
    return {
        "parameters": count(recipe),
        "rows": recipe.rows,
        "length": recipe.data.length,
        "other": other,
        "ours_tokens_per_s": tokens / statistics.median(times["ours"]),
        "other_tokens_per_s": tokens / statistics.median(times[other]),
        "ratio": ratio(times["ours"], times[other]),
        "ours_peak_bytes": _peak("ours", objective),
        "other_peak_bytes": _peak(other, objective),
        "pairs": effort.pairs,
    }


def _peak(way: str, objective: str) -> int:
    command = [sys.executable, "-m", "benchmarks._trainings", way, objective, "3"]
    root = Path(__file__).parent.parent
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=root)
    return int(done.stdout.split()[-1])


def aims(figures: dict[str, Any]) -> list[dict[str, Any]]:
    """Each aim beside its figure."""
    return [
        {
            "what": f"{objective}: tokens a second over {_named(other)}",
            "value": figures[objective]["ratio"],
            "at_least": least,
            "met": figures[objective]["ratio"] >= least,
        }
        for objective, other, least in PAIRS
    ]


def _named(other: str) -> str:
    return {"bare": "a bare loop's", "trainer": "Trainer's with full logits"}[other]


def markdown(said: dict[str, Any]) -> str:
    """The figures as the second table of docs/benchmarks.md."""
    lines = head(said)
    for objective, one in said["figures"].items():
        lines.append(
            f"- {objective}: {one['parameters'] / 1e6:.1f} M parameters, {one['rows']} x "
            f"{one['length']} tokens a step, bf16: {one['ours_tokens_per_s']:.0f} tokens/s, "
            f"{one['other_tokens_per_s']:.0f} with the other; at the peak "
            f"{one['ours_peak_bytes'] / 1e6:.0f} MB and {one['other_peak_bytes'] / 1e6:.0f} MB."
        )
    return "\n".join(lines)
