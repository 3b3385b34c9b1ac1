"""One word is missing: does the model know it? The lab's own sentences, assets/probes/cloze.

    python -m lab.evaluation.cloze MODEL [MODEL …] [--language fr]

A model that sees both sides is asked about every sentence, a next-token model only where
nothing but the final punctuation follows the gap: elsewhere it would not have read the
sentence. An answer of one token has a rank among all tokens. One of several has none; it
counts as right when each of its tokens is the likeliest, and then a masked model has been
told by the number of masks how many there are, a next-token model has not.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from lab.evaluation.interval import Mean, bootstrap
from lab.models.loaded import LoadedModel
from lab.models.sparse import logits_only
from lab.objectives.base import Batch, Objective, maskable, objectives
from lab.prompts import MASK_WORD
from lab.texts import ASSETS

PROBES = ASSETS / "probes" / "cloze"
SERVES = {"causal": "next", "masked": "masked", "seq2seq": "span"}


@dataclass(frozen=True, slots=True)
class Item:
    """A sentence with one [MASK]; `also` are other words as right as `answer`, and `left` says
    that what stands before the gap is enough to know them: only punctuation follows it."""

    kind: str
    text: str
    answer: str
    also: tuple[str, ...] = ()
    left: bool = False
    domain: str = ""

    @property
    def group(self) -> str:
        return f"{self.kind}, {'last' if self.left else 'inner'} word"


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


@dataclass(frozen=True, slots=True)
class Score:
    """A group of answers summed up.

    right         share of all items
    one_token     items whose answer is one token; of these `top1`, `top5` and the median `rank`
    bits          mean surprise at the answer
    """

    items: int
    right: Mean
    one_token: int
    top1: Mean
    top5: Mean
    rank: float
    bits: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a model did; `left_out` items were not asked, having words behind the gap."""

    whole: Score
    groups: dict[str, Score]
    left_out: int


def read_items(path: Path) -> list[Item]:
    """The items of one file of the format described in docs/probes.md."""
    found = tomllib.loads(path.read_text(encoding="utf-8"))["item"]
    return [Item(**(one | {"also": tuple(one.get("also", ()))})) for one in found]


def judge(model: LoadedModel, items: Sequence[Item]) -> Verdict:
    """Ask a text model about every item that is fair to it."""
    fair = [item for item in items if item.left or model.spec.kind != "causal"]
    answers = [ask(model, item) for item in fair]
    groups = sorted({item.group for item in fair})
    return Verdict(
        whole=summed_up(answers),
        groups={g: summed_up(a for a in answers if a.item.group == g) for g in groups},
        left_out=len(items) - len(fair),
    )


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
    above = (logs > told).sum(1)
    return Answer(
        item=item,
        tokens=len(places),
        rank=int(above[0]) + 1 if len(places) == 1 else 0,
        right=bool((above == 0).all()),
        p=math.exp(float(told.sum())),
    )


def summed_up(answers: Iterable[Answer]) -> Score:
    found = list(answers)
    ranks = [answer.rank for answer in found if answer.rank]
    return Score(
        items=len(found),
        right=bootstrap([float(answer.right) for answer in found]),
        one_token=len(ranks),
        top1=bootstrap([float(rank == 1) for rank in ranks]),
        top5=bootstrap([float(rank <= 5) for rank in ranks]),
        rank=statistics.median(ranks) if ranks else math.nan,
        bits=statistics.fmean(-math.log2(max(a.p, 1e-300)) for a in found) if found else math.nan,
    )


def main() -> None:
    from lab.models.catalogue import Catalogue
    from lab.models.pool import Pool

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="+")
    parser.add_argument("--language", choices=("en", "fr"), default="en")
    given = parser.parse_args()
    items = read_items(PROBES / f"{given.language}.toml")
    pool = Pool(Catalogue.load())
    for name in given.models:
        kind = pool.catalogue.spec(name).kind
        model = pool.get(name, "fp32", None, objectives()[SERVES.get(kind, "next")])
        sees = "the left alone" if kind == "causal" else "both sides"
        verdict = asdict(judge(model, items))
        print(json.dumps({"model": name, "language": given.language, "sees": sees, **verdict}))


if __name__ == "__main__":
    main()
