"""The likelier of two sentences, told as transformers and one sentence at a time tell it."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from tiny_models import byte_level, loaded, word_piece

from lab.evaluation import likelihood
from lab.evaluation.interval import bootstrap, bootstrap_ratio
from lab.evaluation.likelihood import likelihoods
from lab.evaluation.probes.base import Scored, figure, shares
from lab.objectives.base import objectives

TEXTS = ["The cat sat.", "The cat sat on the mat, and the dog sat by the door.", "A king"]


def test_from_the_left_it_is_the_text_s_own_probability() -> None:
    model = loaded("causal")
    found = likelihoods(model, TEXTS)
    for text, said in zip(TEXTS, found, strict=True):
        ids = torch.tensor([byte_level()(text)["input_ids"]])
        module: Any = model.module
        logs = module(input_ids=ids).logits.log_softmax(-1)
        wanted = sum(float(logs[0, i, ids[0, i + 1]]) for i in range(ids.shape[1] - 1))
        assert said == pytest.approx(wanted, rel=1e-4)


@pytest.mark.parametrize("tokenizer", [byte_level, word_piece])
def test_with_each_token_hidden_it_is_the_sentence_s_score(tokenizer: Any) -> None:
    model = loaded("masked", tokenizer())
    masked = objectives()["masked"]
    for text, said in zip(TEXTS, likelihoods(model, TEXTS), strict=True):
        reading = masked.serving(model).score(model, masked.Prompt.model_validate({"text": text}))
        assert reading.bits is not None
        assert said == pytest.approx(-reading.bits.total * math.log(2), rel=1e-4)


def test_small_batches_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in ("causal", "masked"):
        model = loaded(kind)  # type: ignore[arg-type]
        whole = likelihoods(model, TEXTS)
        with monkeypatch.context() as patched:
            patched.setattr(likelihood, "TOKENS", 20)
            assert likelihoods(model, TEXTS) == pytest.approx(whole, rel=1e-4)


def test_only_what_is_asked_for_counts() -> None:
    model = loaded("causal")
    (whole,) = likelihoods(model, [TEXTS[0]])
    count = len(byte_level()(TEXTS[0])["input_ids"]) - 1
    (first,) = likelihoods(model, [TEXTS[0]], lambda _, words: [0])
    (rest,) = likelihoods(model, [TEXTS[0]], lambda _, words: range(1, len(words)))
    assert first + rest == pytest.approx(whole, rel=1e-5)
    assert count > 1
    assert likelihoods(loaded("masked"), [TEXTS[0]], lambda _, words: []) == [0.0]


def test_the_interval_is_where_redraws_fall() -> None:
    mean = bootstrap([0.0] * 30 + [1.0] * 70)
    assert mean.value == 0.7
    half = 1.96 * math.sqrt(0.7 * 0.3 / 100)
    assert mean.low == pytest.approx(0.7 - half, abs=0.02)
    assert mean.high == pytest.approx(0.7 + half, abs=0.02)
    assert bootstrap([1.0, 1.0]) == bootstrap([1.0, 1.0])
    assert math.isnan(bootstrap([]).value)


def test_what_was_always_right_is_not_certain() -> None:
    """Every redraw of fifteen right answers is right; fifteen are few all the same."""
    sure = bootstrap([1.0] * 15)
    assert sure.value == sure.high == 1
    assert sure.low == pytest.approx(0.796, abs=0.001)
    assert bootstrap([0.0] * 15).high == pytest.approx(0.204, abs=0.001)
    assert bootstrap([3.0] * 15, ends=None).low == 3


def test_halves_alone_are_not_certain_either() -> None:
    """Eight swaps of which each has one pair of either kind: a ninth might have none."""
    (found,) = shares([Scored(("en",), str(i // 2), i % 2) for i in range(16)], "right", 0.5)
    others = 1.96**2 / (8 + 1.96**2)
    assert (found.value, found.items) == (0.5, 16)
    assert (found.low, found.high) == pytest.approx((0.5 - others / 2, 0.5 + others / 2))


def test_one_measurement_tells_no_spread() -> None:
    assert math.isnan(bootstrap([3.0], ends=None).low)
    assert math.isnan(bootstrap_ratio([10.0], [4.0]).low)
    told = figure("en", "bits_per_byte", bootstrap_ratio([10.0], [4.0]), "bits")
    assert (told.value, told.low, told.high, told.items) == (2.5, None, None, 1)


def test_a_ratio_is_of_sums() -> None:
    ratio = bootstrap_ratio([10.0, 2.0], [10.0, 1.0])
    assert ratio.value == pytest.approx(12 / 11)
    assert ratio.low == 1
    assert ratio.high == 2
    assert math.isnan(bootstrap_ratio([], []).value)
