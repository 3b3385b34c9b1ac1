"""Which of two sentences, one right and one wrong, is the likelier: BLiMP's format.

    python -m lab.evaluation.minimal_pairs MODEL [MODEL …] --data FOLDER

BLiMP (Warstadt et al. 2020): a JSON line a pair, `sentence_good` and `sentence_bad`. A
next-token model is asked for the log-likelihood of the whole sentence, a masked one for its
pseudo-log-likelihood (Salazar et al. 2020). It tells what a model prefers between two
sentences, not what it would write.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from lab.evaluation import passport
from lab.evaluation.interval import Mean, bootstrap
from lab.models.loaded import LoadedModel
from lab.models.sparse import logits_only
from lab.objectives._read_next import opening
from lab.objectives.base import require_mask
from lab.types import LabError

TOKENS = 8192
"""Tokens in one forward pass, sentences side by side."""


@dataclass(frozen=True, slots=True)
class Pair:
    good: str
    bad: str
    group: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """The share of pairs whose right sentence was the likelier, by group and in all."""

    groups: dict[str, Mean]
    whole: Mean


def read_pairs(folder: Path) -> list[Pair]:
    """Every pair of every .jsonl file below `folder`. Raises `LabError("no_pairs")`."""
    found = []
    for path in sorted(folder.rglob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            one = json.loads(line)
            if "sentence_good" in one and "sentence_bad" in one:
                group = str(one.get("UID", path.stem))
                found.append(Pair(one["sentence_good"], one["sentence_bad"], group))
    if not found:
        raise LabError("no_pairs", path=str(folder))
    return found


def judge(model: LoadedModel, pairs: Sequence[Pair]) -> Verdict:
    """Ask the model about every pair; a tie counts as half."""
    scores = likelihoods(model, [s for pair in pairs for s in (pair.good, pair.bad)])
    right: dict[str, list[float]] = {}
    for pair, good, bad in zip(pairs, scores[::2], scores[1::2], strict=True):
        right.setdefault(pair.group, []).append(0.5 if good == bad else float(good > bad))
    every = [value for values in right.values() for value in values]
    return Verdict({name: bootstrap(values) for name, values in right.items()}, bootstrap(every))


@torch.inference_mode()
def likelihoods(model: LoadedModel, sentences: Sequence[str]) -> list[float]:
    """For each sentence its log-likelihood, or pseudo-log-likelihood, in nats."""
    rows = [_Sentence.of(model, text) for text in sentences]
    score = _from_the_left if model.spec.kind == "causal" else _each_hidden
    out = [0.0] * len(rows)
    # Of like length side by side, so that little is padded.
    order = sorted(range(len(rows)), key=lambda i: len(rows[i].ids))
    for batch in _batches(order, [rows[i].cost(model.spec.kind) for i in order]):
        for i, value in zip(batch, score(model, [rows[i] for i in batch]), strict=True):
            out[i] = value
    return out


@dataclass(frozen=True, slots=True)
class _Sentence:
    """Token numbers with the markers around them; `words` are the places of text."""

    ids: tuple[int, ...]
    words: tuple[int, ...]

    @classmethod
    def of(cls, model: LoadedModel, text: str) -> _Sentence:
        encoded = model.vocabulary.encode(text, model.context)
        ids, words = encoded.ids, encoded.words
        if model.spec.kind == "causal" and words[:1] == (0,):
            # Without a marker the first token would go unscored.
            ids, words = (opening(model.vocabulary), *ids), tuple(i + 1 for i in words)
        return cls(ids, words)

    def cost(self, kind: str) -> int:
        return len(self.ids) * (1 if kind == "causal" else max(1, len(self.words)))


def _batches(order: Sequence[int], costs: Sequence[int]) -> list[list[int]]:
    found: list[list[int]] = [[]]
    room = TOKENS
    for i, cost in zip(order, costs, strict=True):
        if found[-1] and cost > room:
            found.append([])
            room = TOKENS
        found[-1].append(i)
        room -= cost
    return [batch for batch in found if batch]


def _from_the_left(model: LoadedModel, rows: Sequence[_Sentence]) -> list[float]:
    ids, real = _padded(model, [row.ids for row in rows])
    logits = model.module(input_ids=ids, attention_mask=real.long(), use_cache=False).logits
    logs = logits[:, :-1].float().log_softmax(-1)
    told = logs.gather(2, ids[:, 1:, None])[..., 0].cpu()
    return [float(sum(told[n, i - 1] for i in row.words)) for n, row in enumerate(rows)]


def _each_hidden(model: LoadedModel, rows: Sequence[_Sentence]) -> list[float]:
    """Every sentence once for each of its tokens, that one hidden."""
    mask = require_mask(model.vocabulary.alphabet)
    copies = [row.ids for row in rows for _ in row.words]
    places = [place for row in rows for place in row.words]
    ids, real = _padded(model, copies)
    where = torch.zeros_like(ids, dtype=torch.bool)
    where[range(len(places)), places] = True
    with logits_only(model.module, where):
        masked = ids.masked_fill(where, mask)
        logits = model.module(input_ids=masked, attention_mask=real.long()).logits
    told = logits.float().log_softmax(-1).gather(1, ids[where][:, None])[:, 0].tolist()
    out, at = [], 0
    for row in rows:
        out.append(sum(told[at : at + len(row.words)]))
        at += len(row.words)
    return out


def _padded(model: LoadedModel, rows: Sequence[tuple[int, ...]]) -> tuple[Tensor, Tensor]:
    """(n, longest) token numbers, padded on the right, and which of them are real."""
    longest = max(map(len, rows))
    pad = model.vocabulary.alphabet.pad
    ids = torch.tensor([[*row, *[pad] * (longest - len(row))] for row in rows])
    real = torch.tensor([[i < len(row) for i in range(longest)] for row in rows])
    return ids.to(model.device), real.to(model.device)


def main() -> None:
    from lab.models.catalogue import Catalogue
    from lab.models.pool import Pool
    from lab.objectives.base import objectives

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="+")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--passport", action="store_true", help="write it into the passport too")
    given = parser.parse_args()
    pairs = read_pairs(given.data)
    pool = Pool(Catalogue.load())
    for name in given.models:
        kind = pool.catalogue.spec(name).kind
        objective = objectives()["next" if kind == "causal" else "masked"]
        verdict = judge(pool.get(name, "fp32", None, objective), pairs)
        said: dict[str, Any] = {"model": name, **asdict(verdict)}
        print(json.dumps(said))
        if given.passport:
            groups = {group: mean.value for group, mean in verdict.groups.items()}
            figures = {"data": given.data.name, "whole": asdict(verdict.whole), "groups": groups}
            passport.add(pool.catalogue.locate(name), "minimal_pairs", figures)


if __name__ == "__main__":
    main()
