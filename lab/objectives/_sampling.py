"""How the next token is drawn: transformers' own filters, in the order `generate` applies them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import torch
from torch import Tensor
from transformers import (
    RepetitionPenaltyLogitsProcessor,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

from lab.prompts import NextPrompt

Filter = Callable[[Tensor, Tensor], Tensor]


class Filters:
    """(ids (1, N), logits (1, V)) -> logits after repetition penalty, temperature, top-k, top-p.

    At temperature 0 only the likeliest token keeps any probability, as in greedy search.
    """

    def __init__(self, prompt: NextPrompt) -> None:
        self.greedy = prompt.temperature == 0
        self._steps: list[Filter] = []
        if prompt.repetition != 1:
            self._steps.append(RepetitionPenaltyLogitsProcessor(prompt.repetition))
        if self.greedy:
            return
        if prompt.temperature != 1:
            self._steps.append(TemperatureLogitsWarper(prompt.temperature))
        if prompt.top_k:
            self._steps.append(TopKLogitsWarper(prompt.top_k))
        if prompt.top_p < 1:
            self._steps.append(TopPLogitsWarper(prompt.top_p))

    def __call__(self, ids: Tensor, logits: Tensor) -> Tensor:
        logits = self._filtered(ids, logits)
        if not self.greedy:
            return logits
        best = logits.argmax(-1, keepdim=True)
        return torch.full_like(logits, -torch.inf).scatter(1, best, 0.0)

    def choose(self, ids: Tensor, logits: Tensor, seed: int) -> int:
        """The token that comes next after `ids`: the likeliest, or drawn.

        The draw depends on (seed, how many tokens came before) and on nothing else, so that a
        text which was paused, taken up again or branched goes on as if it never had been.
        """
        logits = self._filtered(ids, logits)
        if self.greedy:
            return int(logits.argmax(-1))
        return pick(logits[0], draw(seed, ids.shape[1]))

    def _filtered(self, ids: Tensor, logits: Tensor) -> Tensor:
        for step in self._steps:
            logits = step(ids, logits)
        return logits


def draw(seed: int, place: int) -> float:
    """A uniform number in [0, 1) that is a function of (seed, place)."""
    digest = hashlib.blake2b(f"{seed}:{place}".encode(), digest_size=8).digest()
    return (int.from_bytes(digest) >> 24) / 2**40


def pick(logits: Tensor, u: float) -> int:
    """The token at which the cumulative probability of `logits` (V,) passes `u`."""
    draws = torch.tensor([u], dtype=torch.float64, device=logits.device)
    return int(pick_rows(logits[None], draws))


def pick_rows(logits: Tensor, draws: Tensor) -> Tensor:
    """(n,) a token for each row of `logits` (n, V), by its own uniform draw in [0, 1)."""
    cumulative = logits.double().softmax(-1).cumsum(-1)
    wanted = draws.double()[:, None] * cumulative[:, -1:]
    return torch.searchsorted(cumulative, wanted, right=True)[:, 0]
