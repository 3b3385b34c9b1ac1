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
from torch import nn

from lab.training.checkpoint import Progress
from lab.training.folder import write_atomically
from lab.training.measure import held_out
from lab.training.setup import Work

WINDOWS = 400
"""Held-out windows the passport's figures are taken over, at most."""
LIBRARIES = ("torch", "transformers", "diffusers", "tokenizers", "accelerate")


def export(work: Work, progress: Progress, target: Path) -> dict[str, Any]:
    """Write the model and its passport to `target`, the old one staying until the new is whole.

    Weights are kept in bf16 unless the run asks for fp32, and measured as they are kept.
    """
    half = work.recipe.precision != "fp32"
    if half:
        _held_in(work.model, torch.bfloat16)
        _held_in(work.model, torch.float32)
    passport = describe(work, progress, held_out(work, WINDOWS))
    partial = target.with_name(target.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    if half:
        _held_in(work.model, torch.bfloat16)
    _save(work, partial)
    _held_in(work.model, torch.float32)
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


def _held_in(model: nn.Module, kind: torch.dtype) -> None:
    """Turn what has learned into numbers of another kind; what is at rest stays as it is."""
    for parameter in model.parameters():
        if parameter.requires_grad:
            parameter.data = parameter.data.to(kind)


def _save(work: Work, folder: Path) -> None:
    """The whole model, or its adapter alone where its base lies elsewhere."""
    model: Any = work.model
    if work.adapter is None:
        model.save_pretrained(folder)
        return
    # Without looking the base up, which would ask the network for it.
    work.adapter.save_pretrained(folder, save_embedding_layers=False)
    (folder / "README.md").unlink(missing_ok=True)  # a form that nobody has filled in


def describe(work: Work, progress: Progress, figures: dict[str, Any]) -> dict[str, Any]:
    """The passport: what it was made from and how, and what it reached."""
    return {
        "made": time.strftime("%Y-%m-%d"),
        "objective": work.recipe.objective,
        "recipe": work.recipe.model_dump(exclude={"data": {"paths"}}),
        "parameters": sum(p.numel() for p in work.model.parameters()),
        "trained": sum(p.numel() for p in work.model.parameters() if p.requires_grad),
        "steps": progress.step,
        "seen": progress.seen,
        "carried": progress.carried,
        "seconds": round(progress.seconds),
        "held_out": rounded(figures),
        "software": software(),
        "sources": list(work.sources),
    }


def software() -> dict[str, str]:
    return {name: version(name) for name in LIBRARIES} | {"python": platform.python_version()}


def rounded(value: Any) -> Any:
    """Figures as a passport tells them: four digits behind the point, at any depth."""
    if isinstance(value, dict):
        return {name: rounded(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(one) for one in value]
    return round(value, 4) if isinstance(value, float) else value
