"""How many bits a text costs a model, window by window, in whichever way its objective tells it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from lab.evaluation.sound import sound
from lab.models.loaded import LoadedModel
from lab.objectives.base import Batch, Objective, objectives
from lab.training.measure import MEASURE, nats

WINDOW = 256
"""Tokens of a window, the marker before it among them: what a model may look back on. Models that
are compared must have the same, as far as they can read so much."""
BEST_FIRST = ("next", "diffusion", "masked", "span")
"""A bound on a text's probability says more than a pseudo-likelihood."""


@dataclass(frozen=True, slots=True)
class Window:
    """Some tokens in a row, and how many bytes of the text they are."""

    ids: tuple[int, ...]
    bytes: int


@dataclass(frozen=True, slots=True)
class Cost:
    """Bits and bytes of each window, and what the bits are: exact, bound or pseudo."""

    bits: tuple[float, ...]
    bytes: tuple[int, ...]
    measure: str


def objective_of(model: LoadedModel) -> Objective[Any, Any]:
    """The objective under which the model's bits say most."""
    name = next(name for name in BEST_FIRST if name in model.spec.objectives)
    return objectives()[name].serving(model)


def windows(model: LoadedModel, texts: Sequence[str]) -> Iterator[Window]:
    """Every text in windows, each token once, none across two texts."""
    length = min(WINDOW, model.context) - 1
    for text in texts:
        tokenizer: Any = model.vocabulary.tokenizer
        cut = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
        ids, spans = cut["input_ids"], cut["offset_mapping"]
        for at in range(0, len(ids), length):
            some = spans[at : at + length]
            # What lies between two windows (blanks that no token stands for) goes with the first.
            end = spans[at + length][0] if at + length < len(spans) else len(text)
            start = some[0][0] if at else 0
            yield Window(tuple(ids[at : at + length]), len(text[start:end].encode()))


def cost(
    model: LoadedModel,
    found: Sequence[Window],
    draws: int = 1,
    say: Callable[[int, int], None] = lambda done, total: None,
) -> Cost:
    """What windows cost. `draws`: noises tried for each, where the objective draws any.

    Raises `LabError("scores_nan")`.
    """
    objective = objective_of(model)
    marker = model.vocabulary.alphabet.marker
    draws = 1 if objective.name == "next" else draws
    bits = []
    for number, window in enumerate(found):
        batch = Batch(ids=torch.tensor([[marker, *window.ids]]))
        told = [nats(model.module, objective, batch, number * draws + i)[0] for i in range(draws)]
        bits.append(sum(told) / draws / math.log(2))
        say(number + 1, len(found))
    sound(bits, model.spec.id)
    return Cost(tuple(bits), tuple(w.bytes for w in found), MEASURE[objective.name])
