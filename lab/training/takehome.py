"""What a person takes home of a fine-tuning: one whole model, a card, a way to do it again."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

import torch

from lab.models.catalogue import Catalogue
from lab.models.load import load
from lab.training.folder import RunFolder, write_atomically
from lab.training.own_card import card
from lab.types import LabError


def merged(run: RunFolder, home: Path, target: Path) -> None:
    """The run's model without need of its base, in the Hugging Face layout, with its card.

    Base and adapter are made one, in bf16; where every weight has learnt it is whole already.

    Raises `LabError`: run_has_no_model, folder_exists, no_adapter.
    """
    _require(run, target)
    if not (_adapts(run) or run.recipe.base):
        raise LabError("no_adapter", run=run.name)
    spec = Catalogue.load(home).spec(run.recipe.base)
    partial = target.with_name(target.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    if _adapts(run):
        _merge(run, home, partial)
    else:
        shutil.copytree(run.model, partial)
    write_atomically(partial / "README.md", card(run, spec))
    partial.rename(target)


def _merge(run: RunFolder, home: Path, partial: Path) -> None:
    from peft import PeftModel

    catalogue = Catalogue.load(home)
    spec, folder = catalogue.spec(run.recipe.base), catalogue.locate(run.recipe.base)
    base: Any = load(spec, folder, "fp32", torch.device("cpu")).module
    whole = PeftModel.from_pretrained(base, run.model).merge_and_unload()
    whole.to(torch.bfloat16).save_pretrained(partial)
    for pattern in ("tokenizer*", "chat_template*", "classes.json"):
        for file in run.model.glob(pattern):
            shutil.copy(file, partial / file.name)
    if (run.model / "scheduler").is_dir():
        shutil.copytree(run.model / "scheduler", partial / "scheduler")
    shutil.copy(run.model / "passport.json", partial / "passport.json")


def as_gguf(run: RunFolder, home: Path, target: Path) -> None:
    """The same as one file for llama.cpp; also of a model that began from random weights.

    Raises `LabError`: run_has_no_model, folder_exists, gguf_objective, gguf_architecture,
    gguf_tokenizer.
    """
    from lab.training import gguf_file

    if run.recipe.objective != "next":
        raise LabError("gguf_objective", run=run.name)
    _require(run, target)
    title = run.recipe.title or run.name
    base = Catalogue.load(home).spec(run.recipe.base).title if run.recipe.base else ""
    target.parent.mkdir(parents=True, exist_ok=True)
    if not _adapts(run):
        gguf_file.write(run.model, target, title, base)
        return
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".merged-") as room:
        merged(run, home, Path(room) / "whole")
        gguf_file.write(Path(room) / "whole", target, title, base)


def _adapts(run: RunFolder) -> bool:
    """Whether it left an adapter, which needs its base."""
    return (run.model / "adapter_config.json").is_file()


def _require(run: RunFolder, target: Path) -> None:
    if not run.model.is_dir():
        raise LabError("run_has_no_model", run=run.name)
    if target.exists():
        raise LabError("folder_exists", folder=str(target))
