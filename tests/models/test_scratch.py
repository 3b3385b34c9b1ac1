"""Bodies with random weights: sizes that cannot be are told before they are made."""

from __future__ import annotations

import json

import pytest
import torch

from lab.config import Size
from lab.models.scratch import build
from lab.recipe import shipped
from lab.texts import ASSETS
from lab.types import Alphabet, Kind, LabError

WORDS = Alphabet(50, 0, 3, 1, 2)


def told(layers: int, width: int, heads: int) -> Size:
    return Size.model_validate({"layers": layers, "width": width, "heads": heads})


@pytest.mark.parametrize("kind", ["causal", "masked"])
def test_rotary_positions_want_heads_of_even_width(kind: Kind) -> None:
    with pytest.raises(LabError, match="head_width_odd") as error:
        build(kind, told(1, 36, 4), WORDS)
    assert error.value.facts == {"width": 36, "heads": 4, "share": 9, "even": 8}
    ids = torch.arange(6)[None]
    assert build(kind, told(1, 40, 4), WORDS)(input_ids=ids).logits.shape == (1, 6, 50)


def test_relative_positions_take_any_width() -> None:
    ids = torch.arange(6)[None]
    body = build("seq2seq", told(1, 36, 4), WORDS)
    assert body(input_ids=ids, decoder_input_ids=ids).logits.shape == (1, 6, 50)


def count(kind: Kind, size: Size, words: Alphabet) -> int:
    with torch.device("meta"):
        return sum(p.numel() for p in build(kind, size, words).parameters())


@pytest.mark.parametrize("layers", [1, 2, 3, 4, 6, 8, 12])
@pytest.mark.parametrize(
    ("width", "heads", "vocabulary"), [(32, 8, 300), (96, 1, 1024), (128, 4, 2048), (512, 8, 300)]
)
def test_every_kind_weighs_the_same(layers: int, width: int, heads: int, vocabulary: int) -> None:
    """At the sizes of the sliders: to the number, and within a twentieth where blocks differ."""
    size, words = told(layers, width, heads), Alphabet(vocabulary, 0, 3, 1, 2)
    causal, masked, pieces = (count(kind, size, words) for kind in ("causal", "masked", "seq2seq"))
    assert masked == causal
    assert pieces == pytest.approx(causal, rel=0.05)


def test_the_bundled_model_of_pieces_can_be_made_again() -> None:
    size, vocabulary = shipped("tiny-span-en").size, shipped("tiny-span-en").data.vocabulary
    with torch.device("meta"):
        made = build("seq2seq", size, Alphabet(vocabulary, 0, 3, 1, 2)).config
    file = ASSETS / "checkpoints" / "tiny-span-en" / "config.json"
    there = json.loads(file.read_text(encoding="utf-8"))
    for name in ("d_model", "d_kv", "d_ff", "num_layers", "num_decoder_layers", "num_heads"):
        assert getattr(made, name) == there[name], name
