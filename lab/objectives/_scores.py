"""From logits to what is shown: likeliest tokens, entropy in bits, the true token's probability.

Everything is computed on the device for all places at once; only what is shown
is brought to the host.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from lab.models.vocabulary import Vocabulary
from lab.types import TokenScore

ROWS = 256
"""Places worked on at once, so that a long text over a large vocabulary fits in memory."""

Pairs = tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Guess:
    """One distribution, summed up. `p` is that of the token asked about, `None` if none was."""

    ids: tuple[int, ...]
    ps: tuple[float, ...]
    entropy: float
    p: float | None = None

    def pairs(self, words: Vocabulary) -> Pairs:
        return tuple(zip(words.pieces(self.ids), self.ps, strict=True))


def guesses(logits: Tensor, top: int, asked: Sequence[int] | None = None) -> list[Guess]:
    """Sum up each row of `logits` (n, V); -inf stands for probability 0.

    asked: for each row, the token whose probability is wanted; negative for none.
    """
    out: list[Guess] = []
    wanted = asked if asked is not None else [-1] * len(logits)
    for at in range(0, len(logits), ROWS):
        out += _some(logits[at : at + ROWS], top, wanted[at : at + ROWS])
    return out


def _some(logits: Tensor, top: int, asked: Sequence[int]) -> Iterator[Guess]:
    logs = logits.float().log_softmax(-1)
    p = logs.exp()
    best = p.topk(min(top, p.shape[-1]))
    entropy = torch.special.entr(p).sum(-1) / math.log(2)
    index = torch.tensor(asked, device=p.device)
    # In logarithms: a surprise of 200 bits is finite, its probability in single precision is 0.
    told = logs.gather(1, index.clamp(min=0)[:, None])[:, 0]
    rows = zip(
        best.indices.tolist(),
        best.values.tolist(),
        entropy.tolist(),
        told.tolist(),
        asked,
        strict=True,
    )
    for ids, ps, bits, one, token in rows:
        yield Guess(tuple(ids), tuple(ps), bits, math.exp(one) if token >= 0 else None)


def also(guess: Guess, logits: Tensor, ids: Sequence[int]) -> Guess:
    """`guess`, of the one row of `logits` (1, V), telling of the tokens `ids` as well."""
    more = [token for token in ids if token not in guess.ids]
    ps = logits[0].float().softmax(-1)[more].tolist()
    pairs = [*zip(guess.ids, guess.ps, strict=True), *zip(more, ps, strict=True)]
    pairs.sort(key=lambda pair: -pair[1])
    return replace(guess, ids=tuple(t for t, _ in pairs), ps=tuple(p for _, p in pairs))


def likeliest(logits: Tensor, top: int) -> Iterator[tuple[Sequence[int], Sequence[float]]]:
    """(tokens, probabilities), best first, of each row of `logits` (n, V): `guesses` made cheap."""
    best = logits.float().log_softmax(-1).topk(min(top, logits.shape[-1]))
    ps = best.values.exp()
    return zip(best.indices.tolist(), ps.tolist(), strict=True)


def score(words: Vocabulary, token: int, guess: Guess) -> TokenScore:
    """A token the model says, with what else was likely at its place."""
    return TokenScore(
        text=words.piece(token),
        state="predicted",
        id=token,
        p=guess.p,
        top=guess.pairs(words),
        top_ids=guess.ids,
        entropy=guess.entropy,
    )


def outlook(words: Vocabulary, guess: Guess) -> TokenScore:
    """A whole distribution with no token chosen: what could come next."""
    return TokenScore(
        text="", state="masked", top=guess.pairs(words), top_ids=guess.ids, entropy=guess.entropy
    )
