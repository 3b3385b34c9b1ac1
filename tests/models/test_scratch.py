"""Bodies with random weights: sizes that cannot be are told before they are made."""

from __future__ import annotations

import pytest
import torch

from lab.config import Size
from lab.models.scratch import build
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
