"""What is read again from memory is what a fresh reading would say."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from tiny_models import byte_level, loaded
from transformers import LlamaConfig, LlamaForCausalLM, MistralConfig, MistralForCausalLM

import lab.models.recent
from lab.models.loaded import LoadedModel
from lab.objectives._read_next import read_next
from lab.prompts import NextPrompt

TYPED = [
    "The king had three",
    "The king had three d",
    "The king had three da",
    "The king had three daughters, and the cat sat",
    "The king had three cats, and the cat sat",
    "The king had",
    "A dog",
    "The king had three daughters",
]


def llama() -> LoadedModel:
    """A model that keeps every key and value, as SmolLM2 does."""
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(byte_level()), hidden_size=32, intermediate_size=64, num_hidden_layers=2,
        num_attention_heads=2, num_key_value_heads=1, initializer_range=0.6,
    )  # fmt: skip
    return loaded("causal", module=LlamaForCausalLM(config))


def passes(model: LoadedModel, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many tokens each forward pass is given from now on."""
    given: list[int] = []
    forward = model.module.forward

    def counted(*, input_ids: torch.Tensor, **more: Any) -> Any:
        given.append(input_ids.shape[1])
        return forward(input_ids=input_ids, **more)

    monkeypatch.setattr(model.module, "forward", counted)
    return given


def asked(text: str, **more: Any) -> NextPrompt:
    return NextPrompt.model_validate({"text": text, "top": 5} | more)


def same(one: Any, other: Any) -> None:
    assert [t.text for t in one.tokens] == [t.text for t in other.tokens]
    assert [t.top_ids for t in one.tokens] == [t.top_ids for t in other.tokens]
    for a, b in zip((*one.tokens, one.ahead), (*other.tokens, other.ahead), strict=True):
        assert (a.p is None, a.entropy is None) == (b.p is None, b.entropy is None)
        assert (a.p or 0) == pytest.approx(b.p or 0, rel=1e-4)
        assert (a.entropy or 0) == pytest.approx(b.entropy or 0, rel=1e-4)
        assert [p for _, p in a.top] == pytest.approx([p for _, p in b.top], rel=1e-4)
    assert one.bits.total == pytest.approx(other.bits.total, rel=1e-4)


@pytest.mark.parametrize("more", [{}, {"lens": True}, {"written": (70, 71, 72)}])
def test_reading_on_says_what_reading_anew_says(more: dict[str, Any]) -> None:
    model = llama()
    for text in TYPED:
        said = read_next(model, asked(text, **more))
        same(said, fresh := read_next(llama(), asked(text, **more)))
        assert len(said.layers) == len(fresh.layers)


def test_only_what_is_new_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    model = llama()
    given = passes(model, monkeypatch)
    whole = len(read_next(model, asked(TYPED[0])).tokens)
    read_next(model, asked(TYPED[1]))
    assert given[0] == whole
    assert given[1] < whole / 2


def test_a_text_of_another_does_not_push_one_s_own_out(monkeypatch: pytest.MonkeyPatch) -> None:
    model = llama()
    read_next(model, asked(TYPED[3]))
    read_next(model, asked("The dog sat by the door, and the king was very wise."))
    given = passes(model, monkeypatch)
    read_next(model, asked(TYPED[3] + "!"))
    assert given[0] <= 3


def test_another_number_of_candidates_is_another_reading() -> None:
    model = llama()
    read_next(model, asked(TYPED[0]))
    assert all(len(t.top) == 9 for t in read_next(model, asked(TYPED[0], top=9)).tokens[1:])


def test_what_is_kept_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    model = llama()
    texts = [f"{letter} cat sat on the mat" for letter in "abcdefgh"]
    for text in texts:
        read_next(model, asked(text))
    assert len(model.recent.kept) == len(texts)
    monkeypatch.setattr(lab.models.recent, "BUDGET", 10_000)
    read_next(model, asked("one more"))
    assert 1 <= len(model.recent.kept) < len(texts)
    monkeypatch.setattr(lab.models.recent, "BUDGET", 0)
    read_next(model, asked("and another"))
    assert not model.recent.kept


def test_a_model_whose_window_slides_is_read_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    config = MistralConfig(
        vocab_size=len(byte_level()), hidden_size=32, intermediate_size=64, num_hidden_layers=2,
        num_attention_heads=2, num_key_value_heads=1, sliding_window=8,
    )  # fmt: skip
    model = loaded("causal", module=MistralForCausalLM(config))
    given = passes(model, monkeypatch)
    for text in TYPED[:2]:
        read_next(model, asked(text))
    assert not model.recent.kept
    assert given[1] > given[0]
