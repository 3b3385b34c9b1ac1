"""What a next-token model makes of a text in one forward pass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from lab.models.loaded import LoadedModel
from lab.models.recent import Read, Recent
from lab.models.vocabulary import Encoded, Vocabulary
from lab.objectives._forward import remembered
from lab.objectives._sampling import Filters
from lab.objectives._scores import Guess, Pairs, also, guesses, outlook
from lab.objectives._text import READ, as_row, bits, given_tokens, lens, notices, with_guess
from lab.prompts import NextPrompt
from lab.types import UNKNOWN, LabError, Notice, Reading, TokenScore


def given_next(
    model: LoadedModel, prompt: NextPrompt, window: int = READ
) -> tuple[Encoded, tuple[int, ...]]:
    """(the text, all token numbers): the text, then what the model has written since.

    Raises `LabError("no_such_id")` for a written number the model has no row for.
    """
    words = model.vocabulary
    rows = _rows(model)
    for token in prompt.written:
        if not 0 <= token < rows:
            raise LabError("no_such_id", token=token, last=rows - 1)
    encoded = words.encode(prompt.text, min(model.context, window))
    if not encoded.ids:
        encoded = replace(encoded, ids=(opening(words),), spans=((-1, -1),))
    return encoded, (encoded.ids + prompt.written)[: model.context]


def _rows(model: LoadedModel) -> int:
    """How many tokens the model knows: its vocabulary, which may be rounded up."""
    module: Any = model.module
    return int(module.get_input_embeddings().weight.shape[0])


def opening(words: Vocabulary) -> int:
    """What stands before a text of nothing, for a tokenizer that brackets nothing by itself."""
    found = (words.alphabet.bos, words.alphabet.eos, words.alphabet.pad)
    return next(token for token in found if token is not None)


@torch.inference_mode()
def read_next(model: LoadedModel, prompt: NextPrompt) -> Reading:
    """Every token's probability given its left, what was expected there, and what comes next."""
    words = model.vocabulary
    encoded, ids = given_next(model, prompt)
    out, said = _read(model, ids, prompt)
    logits: Tensor = out.logits[0]
    drawn_from = Filters(prompt)(as_row(ids, model), logits[-1:].float())
    told = notices(encoded, model.context)
    layers: tuple[tuple[Pairs, ...], ...] = ()
    if prompt.lens:
        layers = lens(model, out.hidden_states, [-1], logits[-1:], prompt.top)
        told += () if layers else (Notice("no_lens"),)
    tokens = _tokens(words, encoded, ids, said)
    own = [t for t in tokens[: len(encoded.ids)] if t.start >= 0 and t.p is not None]
    return Reading(
        tokens=tokens,
        ahead=outlook(words, said[-1]),
        filtered=outlook(words, also(guesses(drawn_from, prompt.top)[0], drawn_from, said[-1].ids)),
        bits=bits("exact", encoded, own),
        places=(len(ids),) if layers else (),
        layers=layers,
        notices=told,
    )


def _read(
    model: LoadedModel, ids: tuple[int, ...], prompt: NextPrompt
) -> tuple[Any, tuple[Guess, ...]]:
    """(what the model says of the tokens it had not read before, the guess after every token).

    Guesses are kept with as many candidates as were asked for, and so under that number.
    """
    recent: Recent[Guess] = model.recent
    past = recent.resume(ids, prompt.top)
    out = model.module(
        input_ids=as_row(ids[len(past.ids) :], model),
        use_cache=True,
        output_hidden_states=prompt.lens,
        **past.cache,
    )
    new = guesses(out.logits[0], prompt.top, [*ids[len(past.ids) + 1 :], UNKNOWN])
    said = (*past.rows, *new)
    recent.keep(Read(ids, prompt.top, remembered(out), said))
    return out, said


def _tokens(
    words: Vocabulary, encoded: Encoded, ids: Sequence[int], said: Sequence[Guess]
) -> tuple[TokenScore, ...]:
    """The first token has nothing on its left, and so no probability."""
    tokens = given_tokens(words, encoded)
    tokens += [TokenScore(words.piece(i), "predicted", id=i) for i in ids[len(tokens) :]]
    rest = (with_guess(words, t, guess) for t, guess in zip(tokens[1:], said, strict=False))
    return (*tokens[:1], *rest)
