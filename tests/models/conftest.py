"""Small models that the tests make themselves, in the Hugging Face layout."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lab.config import ModelSpec, Size
from lab.models.catalogue import Catalogue

SENTENCES = ["The cat sat on the mat.", "A king had three daughters.", "Il était une fois un roi."]
SMALL = Size(layers=2, width=64, heads=2, seed=0)


@pytest.fixture(scope="session")
def tokenizer() -> Any:
    from lab.models.tokenizer import train_tokenizer

    return train_tokenizer(SENTENCES * 4, 340)


@pytest.fixture(scope="session")
def make(tokenizer: Any) -> Callable[[str, Path], Path]:
    """make(kind, folder): a model of that kind with random weights; kind also "llama"."""
    from lab.models.scratch import build
    from lab.models.vocabulary import Vocabulary

    def made(kind: str, folder: Path) -> Path:
        module: Any
        if kind == "llama":
            from transformers import LlamaConfig, LlamaForCausalLM

            module = LlamaForCausalLM(
                LlamaConfig(
                    vocab_size=len(tokenizer),
                    hidden_size=128,
                    intermediate_size=256,
                    num_hidden_layers=2,
                    num_attention_heads=4,
                    max_position_embeddings=64,
                    tie_word_embeddings=True,
                )
            )
        else:
            module = build(kind, SMALL, Vocabulary(tokenizer).alphabet)  # type: ignore[arg-type]
        module.save_pretrained(folder)
        if kind != "unet":
            tokenizer.save_pretrained(folder)
        return folder

    return made


@pytest.fixture(scope="session")
def llama(make: Callable[[str, Path], Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny Llama; not to be changed by a test."""
    return make("llama", tmp_path_factory.mktemp("llama") / "tiny-llama")


def spec(**given: Any) -> ModelSpec:
    """A preset with what a test cares about."""
    plain = {
        "id": "some-model",
        "title": "Some model",
        "source": "hub",
        "kind": "causal",
        "objectives": ("next",),
        "licence": "MIT",
        "data": (),
        "limits": {"en": "none", "fr": "aucune"},
    }
    return ModelSpec.model_validate(plain | given)


@pytest.fixture
def catalogue(llama: Path, home: Path, tmp_path: Path) -> Catalogue:
    """Four tiny Llamas, each in a folder of its own: one folder would be loaded once for all."""
    names = ("a", "b", "c", "d")
    places = {n: shutil.copytree(llama, tmp_path / n) for n in names}
    known = {n: spec(id=n, source="local", location=str(place)) for n, place in places.items()}
    return Catalogue(known, home)
