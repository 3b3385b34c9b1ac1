"""QLoRA, side by side in one run on the same model, texts, rank, precision and length.

`pretext-lab bench finetune --json`: tokens of real text a second and the most memory, of the
lab's engine and of TRL's SFTTrainer with and without packing, each in a process of its own, the
ways in turns. Needs `pip install "pretext-lab[bench]"`.
"""

from __future__ import annotations

import importlib.util
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.predict import head, report
from lab.types import LabError

BASE = "smollm2-135m"
THEIRS = ("trl", "trl_packed")
"""TRL without packing and with it, neither making activations twice; `trl_default` does."""
STEPS, QUICK = 12, 2
ROUNDS = 3
SPEED, MEMORY = 1.5, 0.6
"""Aims: at least so many times the tokens of TRL's faster way, at most so much of its memory."""


def run(model: str, quick: bool, told: Callable[[str], object]) -> dict[str, Any]:
    """Every figure. `model`: the base, or "" for SmolLM2."""
    if importlib.util.find_spec("trl") is None:
        raise LabError("no_trl")
    load = os.getloadavg() if hasattr(os, "getloadavg") else ()
    ways = ("ours", *THEIRS, "trl_default")
    found: dict[str, list[dict[str, float]]] = {way: [] for way in ways}
    for number in range(1 if quick else ROUNDS):
        for way in ways if number % 2 == 0 else ways[::-1]:
            told(f"{way}…")
            found[way].append(_once(way, model or BASE, QUICK if quick else STEPS))
    figures = {way: _summed(some) for way, some in found.items()}
    return report("finetune", quick, load, figures, aims(figures))


def _once(way: str, model: str, steps: int) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks._tunings", way, model, str(steps)]
    root = Path(__file__).parent.parent
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=root)
    said: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return said


def _summed(rounds: list[dict[str, float]]) -> dict[str, float]:
    return {name: statistics.median(one[name] for one in rounds) for name in rounds[0]}


def aims(figures: dict[str, Any]) -> list[dict[str, Any]]:
    """Each aim beside its figure, against the faster of TRL's two ways."""
    best = max(THEIRS, key=lambda way: float(figures[way]["tokens_per_s"]))
    speed = figures["ours"]["tokens_per_s"] / figures[best]["tokens_per_s"]
    memory = figures["ours"]["peak_bytes"] / figures[best]["peak_bytes"]
    return [
        {"what": f"tokens of text a second over {_named(best)}", "value": speed,
         "at_least": SPEED, "met": speed >= SPEED},
        {"what": f"memory at the peak over {_named(best)}", "value": memory,
         "at_most": MEMORY, "met": memory <= MEMORY},
    ]  # fmt: skip


def _named(way: str) -> str:
    return {
        "trl": "TRL's without packing",
        "trl_packed": "TRL's with packing",
        "trl_default": "TRL's with packing, activations made twice",
        "ours": "ours",
    }[way]


def markdown(said: dict[str, Any]) -> str:
    """The figures as the third table of docs/benchmarks.md."""
    lines = head(said)
    lines += [
        f"- {_named(way)}: {one['tokens_per_s']:.0f} tokens of text a second, "
        f"{one['peak_bytes'] / 1e6:.0f} MB at the peak."
        for way, one in said["figures"].items()
    ]
    return "\n".join(lines)
