"""What a run leaves: a model in the Hugging Face layout, and its passport."""

from __future__ import annotations

import json
import platform
import shutil
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from lab.training.checkpoint import Progress
from lab.training.folder import write_atomically
from lab.training.measure import held_out
from lab.training.setup import Work

WINDOWS = 400
"""Held-out windows the passport's figures are taken over, at most."""
LIBRARIES = ("torch", "transformers", "diffusers", "tokenizers", "accelerate")


def export(work: Work, progress: Progress, target: Path) -> dict[str, Any]:
    """Write the model and its passport to `target`, the old one staying until the new is whole.

    Weights of a bf16 run are kept in bf16, and measured as they are kept.
    """
    half = work.recipe.precision == "bf16"
    if half:
        work.model.to(torch.bfloat16).to(torch.float32)
    passport = describe(work, progress, held_out(work, WINDOWS))
    partial = target.with_name(target.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    model: Any = work.model.to(torch.bfloat16) if half else work.model
    model.save_pretrained(partial)
    model.to(torch.float32)
    if work.words is not None:
        work.words.tokenizer.save_pretrained(partial)
    else:
        noising: Any = work.objective
        noising.noising.save_pretrained(partial / "scheduler")
        if work.classes:
            names = json.dumps({"names": list(work.classes)}, ensure_ascii=False)
            write_atomically(partial / "classes.json", names)
    text = json.dumps(passport, indent=1, ensure_ascii=False)
    write_atomically(partial / "passport.json", text + "\n")
    shutil.rmtree(target, ignore_errors=True)
    partial.rename(target)
    return passport


def describe(work: Work, progress: Progress, figures: dict[str, Any]) -> dict[str, Any]:
    """The passport: what it was made from and how, and what it reached."""
    return {
        "made": time.strftime("%Y-%m-%d"),
        "objective": work.recipe.objective,
        "recipe": work.recipe.model_dump(exclude={"data": {"paths"}}),
        "parameters": sum(p.numel() for p in work.model.parameters()),
        "steps": progress.step,
        "seen": progress.seen,
        "carried": progress.carried,
        "seconds": round(progress.seconds),
        "held_out": {name: _short(value) for name, value in figures.items()},
        "software": software(),
        "sources": list(work.sources),
    }


def software() -> dict[str, str]:
    return {name: version(name) for name in LIBRARIES} | {"python": platform.python_version()}


def _short(value: Any) -> Any:
    return round(value, 4) if isinstance(value, float) else value
