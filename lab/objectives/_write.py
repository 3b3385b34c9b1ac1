"""Write on from a text, a token a step, as `generate` does and with every distribution kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import torch

from lab.models.loaded import LoadedModel
from lab.objectives._forward import Forward, end_tokens
from lab.objectives._read_next import given_next
from lab.objectives._sampling import Filters
from lab.objectives._scores import guesses, score
from lab.objectives._text import as_row
from lab.prompts import NextPrompt
from lab.types import LabError, Step


def write_on(model: LoadedModel, prompt: NextPrompt, generator: torch.Generator) -> Iterator[Step]:
    """One `Step` a new token, until the model ends the text or can read no more.

    At temperature 0 the tokens are those of transformers' `generate(do_sample=False)`.
    Otherwise the draw at the n-th token of the whole text is a function of the generator's
    seed and of n.
    Raises `LabError("context_full")` when there is no room for even one token.
    """
    encoded, ids = given_next(model, prompt, model.context)
    if len(ids) >= model.context or encoded.dropped:
        raise LabError("context_full", context=model.context)
    filters, ends, pass_on = Filters(prompt), end_tokens(model), Forward(model.module)
    fresh = x = as_row(ids, model)
    for index in range(prompt.steps):
        logits = pass_on(fresh)
        token = filters.choose(x, logits, generator.initial_seed())
        shown = score(model.vocabulary, token, guesses(logits, prompt.top, [token])[0])
        if token in ends:
            yield Step(index, 0.0, (replace(shown, text=""),), end="eos")
            return
        fresh = as_row([token], model)
        x = torch.cat([x, fresh], dim=1)
        full = x.shape[1] >= model.context
        yield Step(index, 0.0, (shown,), end="context" if full else "")
        if full:
            return
