"""What the model sees: the corruption of training, told in the sentence's words."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from tiny_models import byte_level, generator, loaded, sentence_piece

from lab.models.loaded import LoadedModel
from lab.objectives.base import Batch
from lab.objectives.masked_diffusion import MaskedDiffusion
from lab.objectives.masked_token import MaskedToken
from lab.objectives.next_token import NextToken
from lab.objectives.span_denoising import SpanDenoising
from lab.prompts import DiffusionPrompt, MaskedPrompt, NextPrompt, SpanPrompt
from lab.types import Sees

TEXT = "The cat sat on the mat."


def sees_masked(model: LoadedModel, seed: int = 0, **settings: Any) -> Sees:
    prompt = MaskedPrompt(**{"text": TEXT, **settings})
    return MaskedToken.serving(model).sees(model, prompt, generator(seed))


def test_next_sees_the_left_and_says_the_next() -> None:
    model = loaded("causal")
    sees = NextToken.serving(model).sees(model, NextPrompt(text=TEXT, written=(60,)), generator())
    assert sees.inputs[:4] == ("[BOS]", "The", " cat", " sat")
    assert sees.targets[:3] == ("The", " cat", " sat")
    assert sees.targets[-1] == ""
    assert sees.weights[-1] == 0
    assert sum(sees.weights) == pytest.approx(1)
    assert [TEXT[a:b] for a, b in sees.spans[1:4]] == ["The", " cat", " sat"]
    assert sees.spans[0] == sees.spans[-1] == (-1, -1)
    n = len(sees.inputs)
    assert sees.visible == tuple(tuple(j <= i for j in range(n)) for i in range(n))


def test_masked_by_hand(masked: LoadedModel) -> None:
    sees = sees_masked(masked, text="The cat [MASK] on the mat.", hidden=((4, 7),))
    assert sees.inputs[:5] == ("[BOS]", "The", "[MASK]", "[MASK]", " on")
    assert sees.targets[:5] == ("", "", " cat", "?", "")
    assert sees.weights[2] == 1, "the written mask has no truth to be held to"
    assert sees.weights[3] == 0
    assert all(all(row) for row in sees.visible)


def test_masked_without_a_choice_is_a_draw_of_training(masked: LoadedModel) -> None:
    ids = torch.tensor([byte_level()(TEXT)["input_ids"]])
    swaps = 0
    for seed in range(30):
        sees = sees_masked(masked, seed)
        source = generator(seed)
        while True:
            task = MaskedToken.serving(masked).corrupt(Batch(ids), source)
            if task.weights.any():
                break
        assert sees.weights == tuple(task.weights[0].tolist())
        for i, weight in enumerate(sees.weights):
            token, own = int(task.inputs["input_ids"][0, i]), int(ids[0, i])
            shown = masked.vocabulary.piece(token)
            assert sees.inputs[i] == shown
            swaps += token not in (own, byte_level().mask_token_id)
            assert sees.targets[i] == (masked.vocabulary.piece(own) if weight else "")
    assert swaps > 0, "some are swapped for another word, and the panel shows it"


def test_diffusion_shows_the_start_of_its_denoising(masked: LoadedModel) -> None:
    objective = MaskedDiffusion.serving(masked)
    prompt = DiffusionPrompt(text=TEXT, ratio=0.6)
    sees = objective.sees(masked, prompt, generator(3))
    start = next(iter(objective.trajectory(masked, prompt, generator(3))))
    hidden = [text == "[MASK]" for text in sees.inputs[1:]]
    assert hidden == [t.state == "masked" for t in start.tokens]
    assert sees.level == pytest.approx(start.level)
    n, share = len(hidden), sum(hidden) / len(hidden)
    weights = {round(w, 5) for w in sees.weights if w}
    assert weights == {round(1 / (share * n), 5)}, "1/(t N), MDLM's for the linear schedule"


def test_span_reads_the_gaps_and_says_what_was_cut(seq2seq: LoadedModel) -> None:
    prompt = SpanPrompt(text="The cat sat on the [MASK].", hidden=((4, 7),))
    sees = SpanDenoising.serving(seq2seq).sees(seq2seq, prompt, generator())
    assert sees.context == ("[BOS]", "The", "[SPAN_0]", " sat", " on", " the", "[SPAN_1]", ".")
    assert sees.targets == ("[SPAN_0]", " cat", "[SPAN_1]", "?", "[SPAN_2]", "[EOS]")
    assert sees.inputs == ("[PAD]", *sees.targets[:-1])
    assert sees.weights[3] == 0
    assert sum(sees.weights) == pytest.approx(1)
    assert sees.context_spans[1] == (0, 3)
    assert sees.spans[2] == (3, 7)
    rows, columns = len(sees.inputs), len(sees.context) + len(sees.inputs)
    assert [len(row) for row in sees.visible] == [columns] * rows
    for i, row in enumerate(sees.visible):
        assert row == (True,) * (len(sees.context) + i + 1) + (False,) * (rows - i - 1)


def test_a_t5_reads_its_own_end() -> None:
    model = loaded("seq2seq", sentence_piece())
    sees = SpanDenoising.serving(model).sees(model, SpanPrompt(text=TEXT), generator())
    assert sees.context[-1] == sees.targets[-1] == "</s>"
    assert sees.context.count("</s>") == 1


def test_a_long_text_is_told_in_part(masked: LoadedModel, seq2seq: LoadedModel) -> None:
    text = " ".join(["the cat sat on the mat"] * 20)
    sees = sees_masked(masked, text=text, hidden=((0, 3),))
    whole = len(byte_level()(text)["input_ids"])
    assert (len(sees.inputs), len(sees.targets), len(sees.spans), sees.of) == (64, 64, 64, whole)
    assert [len(row) for row in sees.visible] == [64] * 64
    prompt = SpanPrompt(text=text, ratio=0.6)
    span = SpanDenoising.serving(seq2seq).sees(seq2seq, prompt, generator())
    assert span.context_of > len(span.context)
    assert len(span.context) == 64 or span.context_of < 64
    assert {len(row) for row in span.visible} == {len(span.context) + len(span.inputs)}
    assert span.visible[0][: len(span.context) + 2] == (True,) * (len(span.context) + 1) + (False,)
