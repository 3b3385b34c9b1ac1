"""Several adapters on one base at once, as one adapter that is their sum."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch

from lab.models.catalogue import Catalogue, ModelEntry
from lab.models.layout import adapter, read_json
from lab.models.load import load
from lab.types import LabError

MOST = 4
PRESENT = 40
"""Characters of a stack's name that each of its parts may take."""


def stack(catalogue: Catalogue, models: Sequence[str]) -> str:
    """Put adapters on one another; the new model's name in the catalogue, `stack:…`.

    Each layer W x becomes W x + the sum of (alpha_i / rank_i) B_i A_i x: the matrices side by
    side make one LoRA of all their ranks together (PEFT's combination "cat", exact).

    Raises `LabError`: stack_count, stack_other_base, stack_kind, base_missing and its like.
    """
    if catalogue.listed:
        raise LabError("listed_only", model=str(models[0])[:100] if models else "")
    if not 2 <= len(set(models)) == len(models) <= MOST:
        raise LabError("stack_count", most=MOST)
    entries = [catalogue.entry(model) for model in models]
    folders = [_adapter_of(entry) for entry in entries]
    first = entries[0]
    for entry in entries[1:]:
        if (entry.base, entry.kind) != (first.base, first.kind) or not (
            set(entry.objectives) & set(first.objectives)
        ):
            raise LabError("stack_other_base", one=first.id, other=entry.id)
    name = "--".join(Path(entry.id.rpartition(":")[2]).name[:PRESENT] for entry in entries)
    target = catalogue.home / "stacks" / name
    partial = target.with_name(f".{name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    _sum(catalogue, first.base, folders, partial)
    _describe(partial, entries, folders)
    shutil.rmtree(target, ignore_errors=True)
    partial.rename(target)
    return f"stack:{name}"


def _adapter_of(entry: ModelEntry) -> Path:
    """The folder of a plain LoRA. Raises `LabError`."""
    if entry.why is not None:
        raise entry.why
    folder = Path(entry.path or "")
    if not adapter(folder):
        raise LabError("stack_kind", model=entry.id)
    told = read_json(folder / "adapter_config.json")
    odd = told.get("use_dora") or told.get("trainable_token_indices") or told.get("modules_to_save")
    if told.get("peft_type") != "LORA" or odd:
        raise LabError("stack_kind", model=entry.id)
    return folder


def _sum(catalogue: Catalogue, base: str, folders: Sequence[Path], target: Path) -> None:
    from peft import PeftModel

    spec, body = catalogue.spec(base), catalogue.locate(base)
    module: Any = load(spec, body, "fp32", torch.device("cpu")).module
    parts = [f"part{i}" for i in range(len(folders))]
    model: Any = PeftModel.from_pretrained(module, folders[0], adapter_name=parts[0])
    for part, folder in zip(parts[1:], folders[1:], strict=True):
        model.load_adapter(folder, adapter_name=part)
    model.add_weighted_adapter(parts, [1.0] * len(parts), "sum", combination_type="cat")
    model.save_pretrained(target, selected_adapters=["sum"])
    for file in (target / "sum").iterdir():
        file.rename(target / file.name)
    (target / "sum").rmdir()


def _describe(target: Path, entries: Sequence[ModelEntry], folders: Sequence[Path]) -> None:
    """Its passport, the tokenizer, and the name of the base as the first part has it."""
    for file in folders[0].glob("tokenizer*"):
        shutil.copy(file, target / file.name)
    path = target / "adapter_config.json"
    told = read_json(folders[0] / "adapter_config.json")["base_model_name_or_path"]
    path.write_text(json.dumps(read_json(path) | {"base_model_name_or_path": told}, indent=1))
    passports = [read_json(f / "passport.json") for f in folders if (f / "passport.json").is_file()]
    sources = [source for passport in passports for source in passport.get("sources", ())]
    objective = passports[0]["objective"] if passports else entries[0].objectives[0]
    passport = {
        "made": datetime.now(UTC).date().isoformat(),
        "objective": objective,
        "recipe": {
            "title": " + ".join(entry.title.partition(" · ")[0] for entry in entries),
            "base": entries[0].base,
            "objective": objective,
        },
        "stack": [entry.id for entry in entries],
        "sources": sources,
    }
    text = json.dumps(passport, indent=1, ensure_ascii=False)
    (target / "passport.json").write_text(text + "\n", encoding="utf-8")
