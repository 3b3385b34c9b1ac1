"""What a person takes home of a fine-tuning: one whole model, a card, a way to do it again."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from lab.config import ModelSpec
from lab.licences import Rights, check
from lab.models.catalogue import Catalogue
from lab.models.load import load
from lab.recipe import Recipe
from lab.reproduce import command
from lab.texts import say
from lab.training.folder import RunFolder, write_atomically
from lab.training.judging import latest
from lab.types import LabError
from lab.verdict import Verdict

LIBRARY = {"unet": "diffusers"}
"""What opens a model of some kind, where that is not transformers."""


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


def card(run: RunFolder, spec: ModelSpec) -> str:
    """A model card: what it stands on, what it read, what it came to, how to make it again."""
    passport = json.loads((run.model / "passport.json").read_text(encoding="utf-8"))
    recipe, verdict = run.recipe, latest(run)
    library = LIBRARY.get(spec.kind, "transformers")
    lines = [
        "---", f"base_model: {spec.location or spec.id}", f"library_name: {library}", "---", "",
        f"# {recipe.title or run.name}", "",
        f"Made of **{spec.title}** ({spec.licence or 'licence unknown'}) with Pretext Lab.", "",
        "## What it read", "",
        *(_document(source) for source in passport["sources"]), "",
        "## What the base had read", "",
        *([f"- {one}" for one in spec.data] or ["- not published"]), "",
        "## What it came to", "", *_figures(verdict, passport), "",
        "## Licences", "", *_licences(compared(recipe, spec, passport["sources"])), "",
        "## Limits", "", spec.limits.get("en", "Unknown."), "",
        "## To make it again", "", "```sh", command(recipe), "```", "",
    ]  # fmt: skip
    return "\n".join(lines)


def compared(recipe: Recipe, spec: ModelSpec, sources: Sequence[Mapping[str, Any]]) -> Rights:
    """The licence of a run's base beside those of its documents, as its passport lists them."""
    found = {source["name"]: str(source.get("licence", "")) for source in sources}
    return check(spec.licence, recipe.data.licence, found.values())


def _licences(rights: Rights) -> list[str]:
    def name(licence: str) -> str:
        return say("en", f"licence.{licence or 'unstated'}").removeprefix("licence.")

    names = {"base": name(rights.base), "documents": ", ".join(map(name, rights.documents))}
    return [
        f"**{say('en', f'rights.{rights.answer}')}.** {say('en', 'rights.compared', **names)}", "",
        *(f"- {say('en', f'rights.{one.key}', **one.facts)}" for one in rights.grounds), "",
        say("en", "rights.caution"),
    ]  # fmt: skip


def _document(source: Mapping[str, Any]) -> str:
    if "sha256" not in source:  # drawn here
        return f"- {source['name']}"
    held = ", held out" if source["held_out"] else ""
    held += f", {source['licence']}" if source.get("licence") else ""
    return f"- {source['name']} (SHA-256 {source['sha256'][:16]}…{held})"


def _figures(verdict: Verdict | None, passport: Mapping[str, Any]) -> list[str]:
    if verdict is None or verdict.gain is None:
        held = passport.get("held_out", {})
        if "bits_per_byte" not in held and "loss" in held:
            return [f"- held-out pictures: {held['loss']:.4f} mean squared error"]
        return [f"- held-out text: {held.get('bits_per_byte', 'not measured')} bits a byte"]
    gain = verdict.gain
    pictures = gain.measure == "denoising"
    what, general = ("pictures", "pictures") if pictures else ("documents", "general text")
    unit = "mean squared error" if pictures else "bits a byte"
    said = [f"- held-out {what}: {gain.base:.3f} → {gain.tuned:.3f} {unit}, the change "
            f"{gain.low:+.3f} to {gain.high:+.3f} (95 %)"]  # fmt: skip
    said += [
        f"- {general} ({name}): {one.base:.3f} → {one.tuned:.3f} {unit}"
        for name, one in verdict.general.items()
    ]
    if verdict.copied:
        said.append(f"- copies of what it read: {verdict.copied.copies} of {verdict.copied.drawn}")
    return [*said, f"- advice: {verdict.advice}"]
