"""What leaves the lab: a merged model others can open, a card, the line that makes it again."""

from __future__ import annotations

import itertools
import shlex
from collections.abc import Callable
from pathlib import Path

import gguf
import pytest
import torch

from lab.cli._runs import settings
from lab.config import checked
from lab.evaluation.judge import judge, write
from lab.models.catalogue import Catalogue
from lab.recipe import TUNING, Recipe, changed, shipped
from lab.reproduce import command
from lab.training.folder import RunFolder
from lab.training.judging import latest
from lab.training.own_card import card, write_card
from lab.training.takehome import as_gguf, merged
from lab.training.worker import work
from lab.types import LabError

MakeRecipe = Callable[..., Recipe]


@pytest.fixture
def tuned(founded: MakeRecipe, home: Path, tmp_path: Path) -> RunFolder:
    run = RunFolder.create(tmp_path / "run", founded("next", optimiser__rate=0.05, steps=6))
    assert work([run], home) == 0
    return run


@pytest.mark.usefixtures("base")
def test_base_and_adapter_in_one(tuned: RunFolder, home: Path, tmp_path: Path) -> None:
    from peft import PeftModel
    from transformers import AutoModelForCausalLM, AutoTokenizer

    merged(tuned, home, tmp_path / "whole")
    whole = AutoModelForCausalLM.from_pretrained(tmp_path / "whole", dtype=torch.float32)
    plain = AutoModelForCausalLM.from_pretrained(tuned.recipe.base.removeprefix("local:"))
    ids = torch.tensor([[8, 30, 40, 50]])
    with torch.inference_mode():
        untuned = plain(ids).logits
        apart = PeftModel.from_pretrained(plain, tuned.model)(ids).logits
        said = whole(ids).logits
    assert (said - apart).abs().mean() < 0.1 * (apart - untuned).abs().mean()
    assert AutoTokenizer.from_pretrained(tmp_path / "whole")("The king")["input_ids"]
    assert "base_model" in (tmp_path / "whole" / "README.md").read_text()
    with pytest.raises(LabError, match="folder_exists"):
        merged(tuned, home, tmp_path / "whole")


def test_a_whole_model_has_nothing_to_merge(recipe: MakeRecipe, home: Path, tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path / "run", recipe(steps=1))
    with pytest.raises(LabError, match="run_has_no_model"):
        merged(run, home, tmp_path / "whole")
    assert work([run], home) == 0
    with pytest.raises(LabError, match="no_adapter"):
        merged(run, home, tmp_path / "whole")


def test_where_every_weight_has_learnt_the_model_is_whole(
    founded: MakeRecipe, home: Path, tmp_path: Path
) -> None:
    from transformers import AutoModelForCausalLM

    told = founded("next", steps=1, learns="all", weights="fp32")
    run = RunFolder.create(tmp_path / "run", told)
    assert work([run], home) == 0
    merged(run, home, tmp_path / "whole")
    assert "base_model" in (tmp_path / "whole" / "README.md").read_text()
    ids = torch.tensor([[8, 30, 40, 50]])
    with torch.inference_mode():
        own, taken = (
            AutoModelForCausalLM.from_pretrained(folder)(ids).logits
            for folder in (run.model, tmp_path / "whole")
        )
    assert torch.equal(own, taken)
    as_gguf(run, home, tmp_path / "model.gguf")
    layers = gguf.GGUFReader(tmp_path / "model.gguf").fields["llama.block_count"].contents()
    assert layers == AutoModelForCausalLM.from_pretrained(run.model).config.num_hidden_layers


def test_the_line_makes_the_same_recipe_again(founded: MakeRecipe) -> None:
    told = founded("diffusion", lora__targets=["q_proj"], patience=3, settings__floor=0.1)
    words = shlex.split(command(told))
    given = [b for a, b in itertools.pairwise(words) if a == "--set"]
    docs = [b for a, b in itertools.pairwise(words) if a == "--docs"]
    changes = settings(given) | {"data.paths": docs, "base": words[words.index("--model") + 1]}
    preset = shipped(words[words.index("--preset") + 1], TUNING)
    again = checked(Recipe, changed(preset, changes))
    assert again.model_dump(exclude={"title"}) == told.model_dump(exclude={"title"})


def test_the_card_names_what_was_read(tuned: RunFolder, home: Path) -> None:
    text = card(tuned, Catalogue.load(home).spec(tuned.recipe.base))
    assert "one (SHA-256" in text
    assert "not published" in text
    assert "pretext-lab finetune" in text
    write_card(tuned, home)
    assert (tuned.model / "README.md").read_text() == text


def test_the_card_compares_the_licences(founded: MakeRecipe, home: Path, tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    notes.mkdir()
    for i in range(3):
        said = f"SPDX-License-Identifier: CC-BY-SA-4.0\n\n{i}. " if i else f"{i}. "
        (notes / f"{i}.txt").write_text(said + f"Lamp {i} is lit by Odile at {i} o’clock. " * 60)
    told = founded(
        "next", steps=1, data__paths=[str(notes)], data__apart=True, data__licence="own",
        data__held_out=["1.txt"],
    )  # fmt: skip
    run = RunFolder.create(tmp_path / "run", told)
    assert work([run], home) == 0
    spec = Catalogue.load(home).spec(told.base)
    text = card(run, spec)
    assert "**Cannot tell.** Base: not stated. Documents: CC-BY-SA-4.0, my own." in text
    assert "- 1.txt (SHA-256" in text
    assert "held out, CC-BY-SA-4.0" in text
    restricted = card(run, spec.model_copy(update={"licence": "gemma"}))
    assert "**Conflict.** Base: gemma." in restricted
    assert "no legal advice" in restricted
    found = judge(run, home)
    assert found.by == "named"
    assert found.rights is not None
    assert (found.rights.answer, found.rights.base) == ("unclear", "")
    write(run, found)
    assert latest(run) == found
