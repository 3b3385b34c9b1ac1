"""What the text objectives share: a typed sentence as tokens, and tokens with their scores."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import torch
from torch import Tensor

from lab.models.lens import layer_logits
from lab.models.loaded import LoadedModel
from lab.models.vocabulary import Encoded, Vocabulary
from lab.objectives._scores import Guess, Pairs, likeliest
from lab.objectives.base import Batch
from lab.prompts import HiddenPrompt
from lab.types import Bits, Notice, TokenScore

READ = 1024
"""Tokens taken at once where every keystroke asks anew: it must not start minutes of work."""


def encode_hidden(model: LoadedModel, prompt: HiddenPrompt) -> Encoded:
    """The sentence, [MASK] and the chosen ranges being hidden."""
    window = min(model.context, READ)
    return model.vocabulary.encode(prompt.text, window, masks=True, hidden=prompt.hidden)


def as_row(ids: Sequence[int], model: LoadedModel) -> Tensor:
    """(1, N) on the model's device."""
    return torch.tensor([list(ids)], dtype=torch.long, device=model.device)


def as_batch(encoded: Encoded, model: LoadedModel) -> Batch:
    return Batch(ids=as_row(encoded.ids, model))


def flags(places: Sequence[int], like: Tensor) -> Tensor:
    """(1, N) bool: true at `places`."""
    marked = torch.zeros(like.shape, dtype=torch.bool, device=like.device)
    marked[0, list(places)] = True
    return marked


def given_tokens(words: Vocabulary, encoded: Encoded) -> list[TokenScore]:
    """The sentence as it was given, markers included."""
    return [
        TokenScore(text, "given", id=token, start=start, end=end)
        for text, token, (start, end) in zip(
            words.shown(encoded), encoded.ids, encoded.spans, strict=True
        )
    ]


def with_guess(words: Vocabulary, token: TokenScore, guess: Guess) -> TokenScore:
    """`token` with what the model says at its place."""
    return replace(
        token, p=guess.p, top=guess.pairs(words), top_ids=guess.ids, entropy=guess.entropy
    )


def notices(encoded: Encoded, context: int) -> tuple[Notice, ...]:
    """That the text was cut short, by the model's context or by less (a live view's limit)."""
    if not encoded.dropped:
        return ()
    key = "cut_short" if len(encoded.ids) >= context else "cut_live"
    return (Notice(key, {"read": len(encoded.words), "dropped": encoded.dropped}),)


def bits(
    measure: Literal["exact", "pseudo"], encoded: Encoded, scored: Sequence[TokenScore]
) -> Bits | None:
    """The surprise of the scored tokens in all, and how many bytes of the text they are."""
    if not scored:
        return None
    total = -sum(math.log2(t.p) if t.p else -math.inf for t in scored)
    covered = {place for t in scored for place in range(t.start, t.end)}
    text = "".join(encoded.text[place] for place in covered)
    return Bits(measure, total, len(scored), len(text.encode()))


def lens(
    model: LoadedModel, states: Sequence[Tensor], places: Sequence[int], final: Tensor, top: int
) -> tuple[tuple[Pairs, ...], ...]:
    """For each layer the guesses at `places`; empty for a model the lens does not fit."""
    rows = tuple(state[0, list(places)] for state in states)
    logits = layer_logits(model.module, rows, final)
    if logits is None:
        return ()
    layers, n, size = logits.shape
    pairs = [
        tuple(zip(model.vocabulary.pieces(ids), ps, strict=True))
        for ids, ps in likeliest(logits.reshape(layers * n, size), top)
    ]
    return tuple(tuple(pairs[i * n : (i + 1) * n]) for i in range(layers))
