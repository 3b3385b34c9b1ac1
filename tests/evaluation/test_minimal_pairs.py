"""The likelier of two sentences, told as transformers and one sentence at a time tell it."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
import torch
from tiny_models import byte_level, loaded, word_piece

from lab.evaluation import minimal_pairs
from lab.evaluation.interval import bootstrap
from lab.evaluation.minimal_pairs import Pair, judge, likelihoods, read_pairs
from lab.objectives.base import objectives
from lab.types import LabError

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
            patched.setattr(minimal_pairs, "TOKENS", 20)
            assert likelihoods(model, TEXTS) == pytest.approx(whole, rel=1e-4)


def test_the_right_one_wins_and_a_tie_is_half(monkeypatch: pytest.MonkeyPatch) -> None:
    scores = {"good": 2.0, "bad": 1.0, "same": 1.0}
    monkeypatch.setattr(minimal_pairs, "likelihoods", lambda _, texts: [scores[t] for t in texts])
    pairs = [Pair("good", "bad", "a"), Pair("bad", "good", "a"), Pair("bad", "same", "b")]
    verdict = judge(loaded("causal"), pairs)
    assert verdict.groups["a"].value == 0.5
    assert verdict.groups["b"].value == 0.5
    assert verdict.whole.items == 3


def test_pairs_are_read_from_their_format(tmp_path: Path) -> None:
    line = {"sentence_good": "She sings.", "sentence_bad": "She sing.", "UID": "agreement"}
    (tmp_path / "a.jsonl").write_text(json.dumps(line) + "\n")
    assert read_pairs(tmp_path) == [Pair("She sings.", "She sing.", "agreement")]
    with pytest.raises(LabError, match="no_pairs"):
        read_pairs(tmp_path / "nothing")


def test_the_interval_is_where_redraws_fall() -> None:
    mean = bootstrap([0.0] * 30 + [1.0] * 70)
    assert mean.value == 0.7
    half = 1.96 * math.sqrt(0.7 * 0.3 / 100)
    assert mean.low == pytest.approx(0.7 - half, abs=0.02)
    assert mean.high == pytest.approx(0.7 + half, abs=0.02)
    assert bootstrap([1.0, 1.0]) == bootstrap([1.0, 1.0])
    assert math.isnan(bootstrap([]).value)
