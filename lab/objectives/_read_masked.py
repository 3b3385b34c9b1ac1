"""What a masked model makes of a sentence: guesses at hidden places, and the sentence's score."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from lab.models.loaded import LoadedModel
from lab.models.sparse import logits_only
from lab.models.vocabulary import Encoded
from lab.objectives._scores import Pairs, guesses
from lab.objectives._text import (
    as_row,
    bits,
    encode_hidden,
    flags,
    given_tokens,
    lens,
    notices,
    with_guess,
)
from lab.objectives.base import require_mask
from lab.prompts import HiddenPrompt
from lab.types import UNKNOWN, Notice, Reading, Step

SCORED = 256
"""Tokens whose pseudo-log-likelihood is taken: it costs a forward pass each."""

PASS = 4096
"""Tokens in one forward pass of the score: sentences side by side, as many as fit."""

LENS_ROWS = 160
"""Layers x places shown in the lens: each costs a product with the whole vocabulary."""


def given_masked(model: LoadedModel, prompt: HiddenPrompt) -> tuple[Encoded, tuple[int, ...]]:
    """(the sentence, the token numbers the model is given, its mask at the hidden places)."""
    mask = require_mask(model.vocabulary.alphabet)
    encoded = encode_hidden(model, prompt)
    hidden = set(encoded.hidden)
    return encoded, tuple(mask if i in hidden else token for i, token in enumerate(encoded.ids))


@torch.inference_mode()
def read_masked(model: LoadedModel, prompt: HiddenPrompt) -> Reading:
    """What the model would put at each hidden place, seeing all others but none of the hidden."""
    words = model.vocabulary
    encoded, ids = given_masked(model, prompt)
    tokens = given_tokens(words, encoded)
    told = notices(encoded, model.context)
    if not encoded.hidden:
        return Reading(tuple(tokens), notices=told)
    x = as_row(ids, model)
    with logits_only(model.module, flags(encoded.hidden, x)):
        out = model.module(input_ids=x, output_hidden_states=prompt.lens)
    logits: Tensor = out.logits
    said = guesses(logits, prompt.top, [encoded.ids[i] for i in encoded.hidden])
    for place, guess in zip(encoded.hidden, said, strict=True):
        tokens[place] = with_guess(words, replace(tokens[place], state="masked"), guess)
    places: tuple[int, ...] = ()
    layers: tuple[tuple[Pairs, ...], ...] = ()
    if prompt.lens:
        places = encoded.hidden[: max(1, LENS_ROWS // len(out.hidden_states))]
        layers = lens(model, out.hidden_states, places, logits[: len(places)], prompt.top)
        told += () if layers else (Notice("no_lens"),)
    return Reading(tuple(tokens), places=places if layers else (), layers=layers, notices=told)


def fill_masks(model: LoadedModel, prompt: HiddenPrompt) -> Step:
    """The reading as the one step a masked model takes: all its guesses, none yet put in place."""
    reading = read_masked(model, prompt.model_copy(update={"lens": False}))
    tokens = tuple(t for t in reading.tokens if t.start >= 0)
    hidden = sum(t.state == "masked" for t in tokens)
    level = hidden / max(1, len(tokens))
    return Step(index=0, level=level, tokens=tokens, notices=reading.notices)


@torch.inference_mode()
def score_masked(model: LoadedModel, prompt: HiddenPrompt) -> Reading:
    """Pseudo-log-likelihood: each token hidden in its turn, all others given.

    Salazar et al. 2020, equation 1. What is hidden by choice counts as given here; a written
    [MASK] stays one throughout, since nobody told what stands there.
    """
    words = model.vocabulary
    mask = require_mask(words.alphabet)
    encoded = words.encode(prompt.text, min(model.context, SCORED), masks=True)
    tokens = given_tokens(words, encoded)
    ids = [mask if token == UNKNOWN else token for token in encoded.ids]
    for place in encoded.hidden:
        tokens[place] = replace(tokens[place], state="masked")
    places = [i for i in encoded.words if encoded.ids[i] != UNKNOWN]
    together = max(1, PASS // max(1, len(ids)))
    for at in range(0, len(places), together):
        some = places[at : at + together]
        logits = _each_hidden(model, ids, some, mask)
        for place, guess in zip(
            some, guesses(logits, prompt.top, [ids[i] for i in some]), strict=True
        ):
            tokens[place] = with_guess(words, tokens[place], guess)
    scored = bits("pseudo", encoded, [tokens[place] for place in places])
    return Reading(tuple(tokens), bits=scored, notices=notices(encoded, model.context))


def _each_hidden(model: LoadedModel, ids: list[int], places: list[int], mask: int) -> Tensor:
    """(n, V): the logits at each place with that place alone hidden, in one forward pass."""
    x = as_row(ids, model).repeat(len(places), 1)
    where = torch.zeros(x.shape, dtype=torch.bool, device=x.device)
    where[range(len(places)), places] = True
    with logits_only(model.module, where):
        out = model.module(input_ids=x.masked_fill(where, mask))
    logits: Tensor = out.logits
    return logits
