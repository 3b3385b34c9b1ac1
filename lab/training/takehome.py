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
    """Base and adapter as one model in the Hugging Face layout, in bf16, with its card.

    Raises `LabError`: run_has_no_model, folder_exists, no_adapter.
    """
    if not run.model.is_dir():
        raise LabError("run_has_no_model", run=run.name)
    if not (run.model / "adapter_config.json").is_file():
        raise LabError("no_adapter", run=run.name)
    if target.exists():
        raise LabError("folder_exists", folder=str(target))
    from peft import PeftModel

    catalogue = Catalogue.load(home)
    spec, folder = catalogue.spec(run.recipe.base), catalogue.locate(run.recipe.base)
    base: Any = load(spec, folder, "fp32", torch.device("cpu")).module
    whole = PeftModel.from_pretrained(base, run.model).merge_and_unload()
    partial = target.with_name(target.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    whole.to(torch.bfloat16).save_pretrained(partial)
    for pattern in ("tokenizer*", "chat_template*", "classes.json"):
        for file in run.model.glob(pattern):
            shutil.copy(file, partial / file.name)
    if (run.model / "scheduler").is_dir():
        shutil.copytree(run.model / "scheduler", partial / "scheduler")
    shutil.copy(run.model / "passport.json", partial / "passport.json")
    write_atomically(partial / "README.md", card(run, spec))
    partial.rename(target)


def as_gguf(run: RunFolder, home: Path, target: Path) -> None:
    """The same as one file for llama.cpp.

    Raises `LabError` as `merged` does, and: gguf_objective, gguf_architecture, gguf_tokenizer.
    """
    from lab.training import gguf_file

    if run.recipe.objective != "next":
        raise LabError("gguf_objective", run=run.name)
    if target.exists():
        raise LabError("folder_exists", folder=str(target))
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".merged-") as room:
        whole = Path(room) / "whole"
        merged(run, home, whole)
        base = Catalogue.load(home).spec(run.recipe.base).title
        gguf_file.write(whole, target, run.recipe.title or run.name, base)
