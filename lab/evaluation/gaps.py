"""A sentence with a word missing: does the model find it?

A model that sees both sides can be asked about every sentence, a next-token model only where
what stands before the gap is enough: elsewhere it would not have read the sentence. An answer
of one token has a rank among all tokens. One of several has none; it counts as right when each
of its tokens is the likeliest, and then a masked model has been told by the number of masks how
many there are, a next-token model has not.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from lab.evaluation.interval import bootstrap
from lab.evaluation.probes.base import SERVES, figure
from lab.evaluation.sound import sound
from lab.findings import Figure
from lab.models.loaded import LoadedModel
from lab.models.sparse import logits_only
from lab.objectives.base import Batch, Objective, maskable, objectives
from lab.prompts import MASK_WORD


@dataclass(frozen=True, slots=True)
class Item:
    """A sentence with one [MASK]; `also` are other words as right as `answer`, and `left` says
    that what stands before the gap is enough to know them."""

    text: str
    answer: str
    kind: str = "word"
    also: tuple[str, ...] = ()
    left: bool = False
    domain: str = ""
    concept: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model made of an item.

    tokens  how many the answer has; rank: 1 for the likeliest token, 0 where it has several
    right   the answer, or one as good, is what the model finds likeliest
    p       the probability of the answer, or of the likelier of those as good: a product over
            its tokens, for a masked model as if they did not depend on one another
    """

    item: Item
    tokens: int
    rank: int
    right: bool
    p: float


def items_of(told: Mapping[str, Any]) -> list[Item]:
    """The `item` tables of a file of the format described in docs/probes.md."""
    return [Item(**(one | {"also": tuple(one.get("also", ()))})) for one in told["item"]]


def ask(model: LoadedModel, item: Item) -> Answer:
    """Every accepted word in the gap in turn, through the corruption that training uses."""
    objective: Objective[Any, Any] = objectives()[SERVES[model.spec.kind]].serving(model)
    first, *others = (_try(objective, model, item, word) for word in (item.answer, *item.also))
    tries = [first, *others]
    ranks = [one.rank for one in tries if one.rank]
    return Answer(
        item=item,
        tokens=first.tokens,
        rank=min(ranks) if first.rank else 0,
        right=any(one.right for one in tries),
        p=max(one.p for one in tries),
    )


@torch.inference_mode()
def _try(objective: Objective[Any, Any], model: LoadedModel, item: Item, word: str) -> Answer:
    start = item.text.index(MASK_WORD)
    encoded = model.vocabulary.encode(item.text.replace(MASK_WORD, word), model.context)
    places = encoded.covering(((start, start + len(word)),))
    ids = torch.tensor([encoded.ids], device=model.device)
    at = torch.zeros_like(ids, dtype=torch.bool)
    at[0, list(places)] = True
    task = objective.corrupt(Batch(ids=ids), torch.Generator().manual_seed(0), at)
    where = (task.weights != 0) & maskable(task.targets, objective.alphabet)
    with logits_only(model.module, where):
        logs = model.module(**task.inputs).logits.float().log_softmax(-1)
    targets = task.targets[where]
    told = logs.gather(1, targets[:, None])
    sound(told.flatten().tolist(), model.spec.id)
    above = (logs > told).sum(1)
    return Answer(
        item=item,
        tokens=len(places),
        rank=int(above[0]) + 1 if len(places) == 1 else 0,
        right=bool((above == 0).all()),
        p=math.exp(float(told.sum())),
    )


def fair(model: LoadedModel, items: Sequence[Item]) -> list[Item]:
    """Those that the model can be asked: all, but of a next-token model only what it has read."""
    return [item for item in items if item.left or model.spec.kind != "causal"]


def figures(name: str, answers: Sequence[Answer], unknown: float) -> tuple[Figure, ...]:
    """What answers come to: the share that is right; of those with one token, whether it was among
    the first five and its median rank; and the mean surprise at the answer in bits.

    unknown  the chance of one token among all
    """
    ranks = [answer.rank for answer in answers if answer.rank]
    bits = [-math.log2(max(answer.p, 1e-300)) for answer in answers]
    middle = sorted(ranks)[len(ranks) // 2] if ranks else math.nan
    right = bootstrap([float(answer.right) for answer in answers])
    return (
        figure(name, "right", right, neutral=unknown),
        figure(name, "top5", bootstrap([float(rank <= 5) for rank in ranks]), neutral=5 * unknown),
        Figure(name, "rank", "rank", middle, len(ranks)),
        figure(name, "surprise", bootstrap(bits, ends=None), "bits"),
    )
