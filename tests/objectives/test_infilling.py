"""Infilling, step by step: words go where their sentinel was."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import torch
from tiny_models import byte_level, generator, loaded, sentence_piece, word_piece

from lab.models.loaded import LoadedModel
from lab.objectives.span_denoising import SpanDenoising
from lab.prompts import SpanPrompt
from lab.types import LabError, Step, TokenScore

SENTENCE = "The cat sat on the mat, and the dog sat by the door."


def infill(model: LoadedModel, seed: int = 0, **settings: Any) -> list[Step]:
    prompt = SpanPrompt(**{"text": SENTENCE, **settings})
    return list(SpanDenoising.serving(model).trajectory(model, prompt, generator(seed)))


def test_the_decoder_writes_what_generate_writes(seq2seq: LoadedModel) -> None:
    objective = SpanDenoising.serving(seq2seq)
    prompt = SpanPrompt(text=SENTENCE, hidden=((4, 7), (19, 22)), steps=10)
    steps = list(objective.trajectory(seq2seq, prompt, generator()))
    sentinels = objective.alphabet.sentinels
    ids = byte_level()(SENTENCE)["input_ids"]
    ids[2], ids[6] = sentinels[0], sentinels[1]
    module: Any = seq2seq.module
    out = module.generate(torch.tensor([ids]), do_sample=False, max_new_tokens=10)[0, 1:].tolist()
    expected = []
    for token in out:
        if token in sentinels[2:] or token == byte_level().eos_token_id:
            break
        if token not in sentinels:
            expected.append(token)
    by_step = {t.step: t for s in steps for t in s.tokens if t.state == "predicted"}
    assert [by_step[i].id for i in sorted(by_step)] == expected
    assert expected, "a model that writes nothing tests nothing"


def still_hidden(step: Step) -> int:
    return sum(t.state == "masked" for t in step.tokens)


def scripted(model: LoadedModel, monkeypatch: Any, tokens: list[int]) -> None:
    """A decoder that says `tokens`, whatever it is given."""
    script: Iterator[int] = iter(tokens)
    size = model.vocabulary.alphabet.size

    def say(_: torch.Tensor) -> torch.Tensor:
        logits = torch.zeros(1, size)
        logits[0, next(script)] = 10.0
        return logits

    monkeypatch.setattr("lab.objectives._infill._decoder", lambda *_: say)


def look(tokens: tuple[TokenScore, ...]) -> str:
    return "".join("_" if t.state == "masked" else t.text for t in tokens)


def test_words_go_into_the_gap_their_sentinel_names(seq2seq: LoadedModel, monkeypatch: Any) -> None:
    words, s = seq2seq.vocabulary, seq2seq.vocabulary.alphabet.sentinels
    king, wise = (words.encode(f"x {w}", 99).ids[-1] for w in ("king", "wise"))
    scripted(seq2seq, monkeypatch, [s[0], king, king, s[1], wise, s[2], king])
    steps = infill(seq2seq, text="The cat sat on the [MASK].", hidden=((4, 7),))
    assert [look(s.tokens) for s in steps] == [
        "The_ sat on the_.",
        "The_ sat on the_.",
        "The king_ sat on the_.",
        "The king king_ sat on the_.",
        "The king king sat on the_.",
        "The king king sat on the wise_.",
        "The king king sat on the wise.",
    ]
    assert [s.level for s in steps] == [1, 1, 1, 1, 0.5, 0.5, 0]
    gap = steps[0].tokens[1]
    assert SENTENCE[gap.start : gap.end] == " cat"


def test_the_end_token_closes_every_gap(seq2seq: LoadedModel, monkeypatch: Any) -> None:
    s = seq2seq.vocabulary.alphabet.sentinels
    scripted(seq2seq, monkeypatch, [s[0], 60, 2])
    steps = infill(seq2seq, text="The [MASK] sat on the [MASK].")
    assert (steps[-1].end, steps[-1].level) == ("eos", 0)
    assert still_hidden(steps[-1]) == 0


def test_cuts_are_drawn_when_none_is_chosen(seq2seq: LoadedModel) -> None:
    steps = infill(seq2seq, ratio=0.5, mean_span=2.0, steps=1)
    n = len(byte_level()(SENTENCE)["input_ids"]) - 1
    kept = sum(t.state == "given" for t in steps[0].tokens)
    assert n - kept == round(n * 0.5)
    assert still_hidden(steps[0]) == round(round(n * 0.5) / 2)


def test_spans_need_sentinels_and_enough_of_them(seq2seq: LoadedModel) -> None:
    t5 = loaded("seq2seq", sentence_piece())
    with pytest.raises(LabError, match="too_many_spans"):
        infill(t5, text="[MASK] the " * 10)
    assert infill(t5, text="the cat sat on the mat", steps=2)
    bare = loaded("seq2seq", word_piece())
    with pytest.raises(LabError, match="no_sentinels"):
        infill(bare)
    assert len(infill(seq2seq, text="")) == 1
