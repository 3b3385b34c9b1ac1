"""Runs that begin from a model there is: what learns, what is written, what comes of it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from lab.models.both_ways import BothWays
from lab.models.catalogue import Catalogue
from lab.models.one_row import OneRow
from lab.models.pool import Pool
from lab.objectives.base import objectives
from lab.recipe import Recipe
from lab.training import checkpoint
from lab.training.cost import guess
from lab.training.engine import Engine
from lab.training.export import export
from lab.training.foundation import Foundation
from lab.training.kept import whole
from lab.training.measure import held_out, on_general_text
from lab.training.setup import set_up
from lab.types import LabError

MakeRecipe = Callable[..., Recipe]
MakeEngine = Callable[..., Engine]


WRAPPED = {"next": "LlamaForCausalLM", "masked": BothWays, "diffusion": BothWays, "span": OneRow}


@pytest.mark.parametrize("objective", list(WRAPPED))
def test_only_the_adapter_learns(
    founded: MakeRecipe, engine: MakeEngine, base: Path, objective: str
) -> None:
    found = engine(founded(objective))
    kind = WRAPPED[objective]
    model: Any = found.inner
    assert type(model).__name__ == kind if isinstance(kind, str) else isinstance(model, kind)
    before = {n: p.detach().clone() for n, p in found.inner.named_parameters()}
    found.train()
    moved = {n for n, p in found.inner.named_parameters() if not torch.equal(p, before[n])}
    learns = {n for n, p in found.inner.named_parameters() if p.requires_grad}
    assert moved == learns
    assert all("lora_" in n or "trainable_tokens" in n for n in learns)
    # Sentinels are all alike in the base: their rows must learn, and no others need to.
    assert any("trainable_tokens" in n for n in learns) == (objective == "span")


def test_before_the_first_step_it_is_its_base(founded: MakeRecipe, home: Path, base: Path) -> None:
    from transformers import AutoModelForCausalLM

    work = set_up(founded("next"), home)
    ids = torch.tensor([[8, 30, 40, 50]])
    plain = AutoModelForCausalLM.from_pretrained(base)
    with torch.inference_mode():
        assert torch.allclose(work.model(ids).logits, plain(ids).logits, atol=1e-5)


def test_the_base_s_tokenizer_is_used_and_its_tokens_kept_apart(
    founded: MakeRecipe, recipe: MakeRecipe, home: Path
) -> None:
    plain, masked = set_up(recipe("masked"), home), set_up(founded("masked"), home)
    following = set_up(founded("next"), home)
    folders = {w.texts.tokenizer for w in (plain, masked, following) if w.texts}
    assert len(folders) == 3
    assert masked.words is not None
    assert masked.words.alphabet.mask is not None
    assert masked.words.tokenizer.convert_ids_to_tokens(0) == "<|endoftext|>"
    assert masked.batches(0).text[:, 0].eq(0).all()
    assert following.words is not None
    assert following.words.alphabet.mask is None
    again = set_up(founded("masked"), home)
    assert again.texts is not None
    assert masked.texts is not None
    assert again.texts.tokenizer == masked.texts.tokenizer


@pytest.mark.parametrize("objective", ["diffusion", "span"])
def test_a_cut_run_goes_on_from_the_adapter_alone(
    founded: MakeRecipe, engine: MakeEngine, objective: str
) -> None:
    told = founded(objective, steps=6, checkpoint_every=2, optimiser__average=0.9)
    uncut = engine(told, "whole")
    uncut.train()
    cut = engine(told, "cut")
    for _ in range(4):
        cut.step()
    cut._save()
    (saved,) = whole(cut.run.checkpoints)
    names = load_file(saved / "model.safetensors").keys()
    assert names == {n for n, p in cut.inner.named_parameters() if p.requires_grad}
    resumed = engine(told, "cut")
    assert resumed.progress.step == 4
    resumed.train()
    for name, value in checkpoint.weights(uncut.inner).items():
        assert torch.equal(value, checkpoint.weights(resumed.inner)[name]), name
    assert uncut.average is not None
    assert resumed.average is not None
    assert all(torch.equal(v, resumed.average[n]) for n, v in uncut.average.items())


def test_a_checkpoint_of_another_shape_is_refused(founded: MakeRecipe, engine: MakeEngine) -> None:
    engine(founded("masked"), "run").train()
    with pytest.raises((KeyError, RuntimeError)):
        engine(founded("masked", lora__targets=["q_proj"]), "run")


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
@pytest.mark.parametrize("objective", list(WRAPPED))
def test_what_it_leaves_can_be_used(
    founded: MakeRecipe,
    engine: MakeEngine,
    base: Path,
    tmp_path: Path,
    objective: str,
    precision: str,
) -> None:
    found = engine(
        founded(
            objective,
            precision=precision,
            weights=precision,
            optimiser__rate=0.05,
            steps=6,
            lora__alpha=64,
        )
    )
    found.train()
    folder = tmp_path / "left"
    passport = export(found.work, found.progress, folder)
    names = {f.name for f in folder.iterdir()}
    assert {"adapter_config.json", "adapter_model.safetensors", "passport.json"} <= names
    assert "tokenizer.json" in names
    assert "README.md" not in names
    assert "model.safetensors" not in names
    assert passport["trained"] < passport["parameters"]
    assert passport["recipe"]["base"] == f"local:{base}"
    half = {t.dtype for t in load_file(folder / "adapter_model.safetensors").values()}
    assert half == {torch.bfloat16 if precision == "bf16" else torch.float32}

    settings = json.loads((folder / "adapter_config.json").read_text())
    assert settings["base_model_name_or_path"] == str(base)
    pool = Pool(Catalogue.load(tmp_path / "home"))
    loaded = pool.get(f"local:{folder}", "fp32", None, objectives()[objective])
    found.inner.eval()
    given = found.work.objective.corrupt(
        next(found.work.held(8)), torch.Generator().manual_seed(0)
    ).inputs
    with torch.inference_mode():
        ours = loaded.module(**given).logits
        trained = found.inner(**given).logits.float()
        fresh = set_up(found.recipe, tmp_path / "home").model.eval()(**given).logits.float()
    scale = trained.abs().mean()
    assert (ours - trained).abs().mean() < (0.03 if precision == "bf16" else 1e-4) * scale
    assert (ours - fresh).abs().mean() > 0.1 * scale


def test_peft_itself_reads_what_it_leaves(
    founded: MakeRecipe, engine: MakeEngine, base: Path, tmp_path: Path
) -> None:
    """On a plain model of transformers, without this lab."""
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    found = engine(founded("next", optimiser__rate=0.05))
    found.train()
    export(found.work, found.progress, tmp_path / "left")
    plain = AutoModelForCausalLM.from_pretrained(base)
    theirs = PeftModel.from_pretrained(plain, tmp_path / "left").eval()
    ids = torch.tensor([[8, 30, 40, 50]])
    with torch.inference_mode():
        assert torch.allclose(theirs(ids).logits, found.inner.eval()(ids).logits, atol=1e-4)


@pytest.mark.parametrize(
    ("base", "key"), [("nowhere", "unknown_model"), ("smollm2-135m", "not_fetched")]
)
def test_a_base_that_is_not_here(recipe: MakeRecipe, tmp_path: Path, base: str, key: str) -> None:
    with pytest.raises(LabError) as caught:
        set_up(recipe("masked", base=base), tmp_path)
    assert caught.value.key == key


def test_a_base_of_another_kind(recipe: MakeRecipe, home: Path) -> None:
    with pytest.raises(LabError) as caught:
        set_up(recipe("span", base="tiny-masked-en"), home)
    assert caught.value.key == "base_cannot"


def test_a_masked_base_needs_no_other_interface(recipe: MakeRecipe, engine: MakeEngine) -> None:
    found = engine(recipe("masked", base="tiny-masked-en", optimiser__name="adamw", steps=2))
    assert type(found.inner).__name__ == "ModernBertForMaskedLM"
    found.train()
    assert found.progress.step == 2


@pytest.mark.parametrize("targets", [[], ["q_proj", "down_proj"]])
def test_what_it_costs_is_told_from_the_files(
    founded: MakeRecipe, home: Path, targets: list[str]
) -> None:
    told = founded("masked", lora__targets=targets)
    work = set_up(told, home)
    learns = sum(p.numel() for p in work.model.parameters() if p.requires_grad)
    every = sum(p.numel() for p in work.model.parameters())
    assert Foundation.of(told, "masked", home).count() == (every - learns, learns)
    assert guess(told, home).parameters == every
    assert guess(told, home).memory > guess(founded("masked", rows=1), home).memory


def test_a_whole_model_that_was_taught_so_is_a_masked_one(base: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(base, tmp_path / "whole"))
    catalogue = Catalogue.load(tmp_path / "home")
    assert catalogue.spec(f"local:{folder}").kind == "causal"
    (folder / "passport.json").write_text('{"objective": "diffusion"}')
    found = catalogue.spec(f"local:{folder}")
    assert (found.kind, found.objectives) == ("masked", ("masked", "diffusion"))
    loaded = Pool(catalogue).get(f"local:{folder}", "fp32", None, objectives()["masked"])
    assert isinstance(loaded.module, BothWays)


def test_a_floor_keeps_the_measure_a_bound(founded: MakeRecipe, home: Path) -> None:
    """What is measured does not depend on the times it is trained at."""
    low = set_up(founded("diffusion"), home)
    high = set_up(founded("diffusion", settings={"floor": 0.4}), home)
    assert high.objective.config.floor == 0.4
    assert held_out(low, 16) == held_out(high, 16)


@pytest.mark.parametrize("learns", ["all", "adapter"])
def test_random_weights_of_the_same_architecture(
    founded: MakeRecipe, home: Path, base: Path, learns: str
) -> None:
    from transformers import AutoModelForCausalLM

    drawn = set_up(founded("next", start="random", learns=learns, seed=5), home)
    again = set_up(founded("next", start="random", learns=learns, seed=5), home)
    plain = AutoModelForCausalLM.from_pretrained(base)
    ids = torch.tensor([[8, 30, 40, 50]])
    with torch.inference_mode():
        said, same, trained = (m(ids).logits for m in (drawn.model, again.model, plain))
    assert torch.equal(said, same)
    assert not torch.allclose(said, trained, atol=1e-2)
    moving = {n for n, p in drawn.model.named_parameters() if p.requires_grad}
    assert all("lora_" in n for n in moving) == (learns == "adapter")


def test_every_weight_of_a_base_learns_and_is_left(
    founded: MakeRecipe, engine: MakeEngine, tmp_path: Path
) -> None:
    found = engine(founded("next", learns="all"))
    found.train()
    export(found.work, found.progress, tmp_path / "left")
    assert (tmp_path / "left" / "model.safetensors").is_file()
    assert found.work.adapter is None


def test_what_was_known_before_is_watched(
    founded: MakeRecipe, recipe: MakeRecipe, home: Path
) -> None:
    found = on_general_text(set_up(founded("next"), home))
    assert set(found) == {"en", "fr"}
    assert all(0 < one["bits_per_byte"] < 20 for one in found.values())
    assert on_general_text(set_up(recipe("next"), home)) == {}
