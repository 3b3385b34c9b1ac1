"""How likely a model holds whole sentences: its log-likelihood, or what stands for one.

A next-token model has one, by the chain rule. A masked model has none: each token is hidden
in turn and the logarithms are summed, a pseudo-log-likelihood (Salazar et al. 2020, equation 1).
The two are not the same quantity and must not be compared.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from lab.evaluation.sound import sound
from lab.models.loaded import LoadedModel
from lab.models.sparse import logits_only
from lab.objectives._read_next import opening
from lab.objectives.base import require_mask

TOKENS = 8192
"""Tokens in one forward pass, sentences side by side."""
TOGETHER = 64
"""Pairs handed to the model between two words on how far it has come."""
MEASURES = {"causal": "exact", "masked": "pseudo"}
Where = Callable[[int, tuple[int, ...]], Sequence[int]]
"""(a sentence's number, the token numbers of its words) -> which of these count."""


@torch.inference_mode()
def likelihoods(
    model: LoadedModel, sentences: Sequence[str], where: Where | None = None
) -> list[float]:
    """For each sentence its log-likelihood, or pseudo-log-likelihood, in nats.

    where  which of its words count; by default all

    Raises `LabError("scores_nan")`.
    """
    rows = [_Sentence.of(model, text) for text in sentences]
    if where is not None:
        rows = [row.at(where(n, row.said)) for n, row in enumerate(rows)]
    score = _from_the_left if model.spec.kind == "causal" else _each_hidden
    out = [0.0] * len(rows)
    # Of like length side by side, so that little is padded.
    order = sorted(range(len(rows)), key=lambda i: len(rows[i].ids))
    for batch in _batches(order, [rows[i].cost(model.spec.kind) for i in order]):
        for i, value in zip(batch, score(model, [rows[i] for i in batch]), strict=True):
            out[i] = value
    sound(out, model.spec.id)
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

    @property
    def said(self) -> tuple[int, ...]:
        """The token numbers of the words."""
        return tuple(self.ids[i] for i in self.words)

    def at(self, chosen: Sequence[int]) -> _Sentence:
        """The same sentence with some of its words to be scored, by their number."""
        return _Sentence(self.ids, tuple(self.words[i] for i in chosen))

    def cost(self, kind: str) -> int:
        return len(self.ids) * (1 if kind == "causal" else max(1, len(self.words)))


def preferred(
    model: LoadedModel,
    pairs: Sequence[tuple[str, str]],
    say: Callable[[int, int], None],
    where: Callable[[Sequence[str]], Where] | None = None,
) -> list[float]:
    """1 where the first of two sentences is the likelier, 0 where the second is, a half for a tie.

    say    told (done, total) after each TOGETHER pairs
    where  for the sentences of some pairs, one behind the other, which of their words count
    """
    found: list[float] = []
    for at in range(0, len(pairs), TOGETHER):
        texts = [text for pair in pairs[at : at + TOGETHER] for text in pair]
        said = likelihoods(model, texts, where(texts) if where else None)
        found += [
            0.5 if first == second else float(first > second)
            for first, second in zip(said[::2], said[1::2], strict=True)
        ]
        say(len(found), len(pairs))
    return found


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
    if not copies:
        return [0.0] * len(rows)
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
