"""What is taken home through a browser: packed once, anew when the run has gone on."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import gguf
import pytest
import torch

from lab.recipe import Recipe
from lab.training import parcel
from lab.training.folder import RunFolder
from lab.training.worker import work
from lab.types import LabError

MakeRecipe = Callable[..., Recipe]


@pytest.fixture
def tuned(founded: MakeRecipe, home: Path, tmp_path: Path) -> RunFolder:
    run = RunFolder.create(tmp_path / "run", founded("next", optimiser__rate=0.05, steps=2))
    assert work([run], home) == 0
    return run


def test_an_adapter_in_a_zip_opens_outside_the_lab(
    tuned: RunFolder, home: Path, base: Path, tmp_path: Path
) -> None:
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    (one,) = parcel.packed(tuned, home, "adapter")
    file = parcel.where(tuned, one.file)
    assert (one.file, one.bytes) == ("adapter.zip", file.stat().st_size)
    with zipfile.ZipFile(file) as archive:
        archive.extractall(tmp_path / "taken")
    plain = AutoModelForCausalLM.from_pretrained(base)
    model = PeftModel.from_pretrained(plain, tmp_path / "taken" / "adapter")
    assert model(torch.tensor([[8, 9, 10]])).logits.shape[1] == 3
    before = file.stat().st_mtime_ns
    list(parcel.packed(tuned, home, "adapter"))
    assert file.stat().st_mtime_ns == before, "it is packed once"
    card = tuned.model / "README.md"
    card.write_text("judged")
    os.utime(card, (file.stat().st_mtime + 5,) * 2)
    list(parcel.packed(tuned, home, "adapter"))
    with zipfile.ZipFile(file) as archive:
        assert archive.read("adapter/README.md") == b"judged"


def test_a_whole_model_and_a_gguf(tuned: RunFolder, home: Path, tmp_path: Path) -> None:
    from transformers import AutoModelForCausalLM

    for what in ("whole", "gguf"):
        parcel.pack(tuned, home, what)
    with zipfile.ZipFile(parcel.where(tuned, "whole-model.zip")) as archive:
        archive.extractall(tmp_path / "taken")
    whole = AutoModelForCausalLM.from_pretrained(tmp_path / "taken" / "whole-model")
    reader = gguf.GGUFReader(parcel.where(tuned, "model.gguf"))
    assert reader.fields["llama.block_count"].contents() == whole.config.num_hidden_layers
    left = {path.name for path in (tuned.path / "home").iterdir()}
    assert left == {"whole-model.zip", "model.gguf"}


def test_nothing_else_of_a_run_is_had(tuned: RunFolder, home: Path, founded: MakeRecipe) -> None:
    for name in ("adapter.zip", "../recipe.json", "recipe.json", ""):
        with pytest.raises(LabError, match="no_such_parcel"):
            parcel.where(tuned, name)
    with pytest.raises(LabError, match="no_such_parcel"):
        list(parcel.packed(tuned, home, "everything"))
    tuned.rewrite(founded("masked", steps=2))
    with pytest.raises(LabError, match="gguf_objective"):
        list(parcel.packed(tuned, home, "gguf"))
