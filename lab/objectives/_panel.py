"""What the model sees: the corrupted input, the targets, their weights, who may look at whom."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from lab.models.loaded import LoadedModel
from lab.models.vocabulary import Encoded, Vocabulary
from lab.objectives._infill import cut
from lab.objectives._read_next import given_next
from lab.objectives._text import as_batch, as_row, encode_hidden, flags
from lab.objectives._unmask import hidden_at_start
from lab.objectives.base import Batch, Corrupted, Objective
from lab.prompts import DiffusionPrompt, MaskedPrompt, NextPrompt, SpanPrompt
from lab.types import UNKNOWN, Sees

if TYPE_CHECKING:
    from lab.objectives.masked_diffusion import MaskedDiffusion
    from lab.objectives.masked_token import MaskedToken
    from lab.objectives.next_token import NextToken
    from lab.objectives.span_denoising import SpanDenoising

SHOWN = 64
"""Positions told: a matrix has their square."""

DRAWS = 16
"""Times a masked task is drawn anew when a short sentence comes out with nothing to guess."""

MARKER = (-1, -1)
NOBODY_KNOWS = "?"

Seen = tuple[str, tuple[int, int]]
"""How a position reads, and where in the sentence it stands."""


def sees_next(
    objective: NextToken, model: LoadedModel, prompt: NextPrompt, generator: torch.Generator
) -> Sees:
    """The text and, as targets, the same text one place on."""
    encoded, ids = given_next(model, prompt)
    words = model.vocabulary
    corrupted = objective.corrupt(Batch(ids=as_row(ids, model)), generator)
    given = _seen(words, encoded) + [(words.piece(i), MARKER) for i in ids[len(encoded.ids) :]]
    return _sees(objective, corrupted, given, [*given[1:], ("", MARKER)])


def sees_masked(
    objective: MaskedToken, model: LoadedModel, prompt: MaskedPrompt, generator: torch.Generator
) -> Sees:
    """What is hidden by hand; with nothing hidden, a draw of training's own, swaps and all."""
    encoded = encode_hidden(model, prompt)
    batch = as_batch(encoded, model)
    if encoded.hidden:
        corrupted = objective.corrupt(batch, generator, flags(encoded.hidden, batch.text))
        return _sees_hidden(objective, model.vocabulary, encoded, corrupted)
    for _ in range(DRAWS):
        corrupted = objective.corrupt(batch, generator)
        if corrupted.weights.any():
            break
    return _sees_hidden(objective, model.vocabulary, encoded, corrupted)


def sees_diffusion(
    objective: MaskedDiffusion,
    model: LoadedModel,
    prompt: DiffusionPrompt,
    generator: torch.Generator,
) -> Sees:
    """The very sentence the denoising starts from."""
    encoded = encode_hidden(model, prompt)
    hidden = hidden_at_start(encoded, prompt.ratio, generator)
    batch = as_batch(encoded, model)
    corrupted = objective.corrupt(batch, generator, flags(hidden, batch.text))
    return _sees_hidden(objective, model.vocabulary, encoded, corrupted)


def sees_span(
    objective: SpanDenoising, model: LoadedModel, prompt: SpanPrompt, generator: torch.Generator
) -> Sees:
    """The encoder reads the text with its gaps; the decoder, one place late, what was cut."""
    encoded, at, corrupted = cut(objective, model, prompt, generator)
    words, seen = model.vocabulary, _seen(model.vocabulary, encoded)
    gone = at[0].tolist()
    kept = [one for one, out in zip(seen, gone, strict=True) if not out]
    lost = [one for one, out in zip(seen, gone, strict=True) if out]
    context = _threaded(words, corrupted.inputs["input_ids"], kept)
    targets = _threaded(words, corrupted.targets, lost)
    start = words.piece(int(corrupted.inputs["decoder_input_ids"][0, 0]))
    return _sees(objective, corrupted, [(start, MARKER), *targets[:-1]], targets, context)


def _seen(words: Vocabulary, encoded: Encoded) -> list[Seen]:
    shown = zip(words.shown(encoded), encoded.ids, encoded.spans, strict=True)
    return [(NOBODY_KNOWS if token == UNKNOWN else text, span) for text, token, span in shown]


def _threaded(words: Vocabulary, ids: Tensor, own: Sequence[Seen]) -> list[Seen]:
    """Sentinels and the end by name; between them, in order, the sentence's own tokens."""
    rest = iter(own)
    sentinels = frozenset(words.alphabet.sentinels)
    return [
        (words.piece(token), MARKER)
        if token in sentinels
        else next(rest, (words.piece(token), MARKER))
        for token in ids[0].tolist()
    ]


def _sees_hidden(
    objective: Objective[Any, Any], words: Vocabulary, encoded: Encoded, corrupted: Corrupted
) -> Sees:
    """An input that is still the sentence's token reads as typed; a mask or a swap by its name."""
    truth = _seen(words, encoded)
    fed = corrupted.inputs["input_ids"][0].tolist()
    given = [
        one if token == own else (words.piece(token), one[1])
        for one, token, own in zip(truth, fed, encoded.ids, strict=True)
    ]
    return _sees(objective, corrupted, given, truth)


def _sees(
    objective: Objective[Any, Any],
    corrupted: Corrupted,
    given: Sequence[Seen],
    targets: Sequence[Seen],
    context: Sequence[Seen] = (),
) -> Sees:
    weights = corrupted.weights[0].tolist()
    carries = corrupted.targets[0].ge(0).tolist()
    wanted = [
        text if weight or not known else ""
        for (text, _), weight, known in zip(targets, weights, carries, strict=True)
    ]
    near, far = len(context), len(context[:SHOWN])
    matrix = objective.visible(corrupted)[:SHOWN]
    columns = torch.cat([matrix[:, :far], matrix[:, near : near + SHOWN]], dim=1)
    return Sees(
        inputs=tuple(text for text, _ in given[:SHOWN]),
        targets=tuple(wanted[:SHOWN]),
        weights=tuple(weights[:SHOWN]),
        visible=tuple(tuple(row) for row in columns.tolist()),
        level=float(corrupted.level[0]),
        spans=tuple(span for _, span in given[:SHOWN]),
        context=tuple(text for text, _ in context[:SHOWN]),
        context_spans=tuple(span for _, span in context[:SHOWN]),
        of=len(given),
        context_of=len(context),
    )
