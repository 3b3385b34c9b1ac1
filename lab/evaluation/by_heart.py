"""How much of its documents a tuned model says by heart (Carlini et al. 2023, section 3).

Freely written text is compared with all that was learnt, word for word; and beginnings of 32
tokens, of learnt documents and of held-out ones, are gone on with greedily. What it says of
held-out ones nobody can have learnt by heart: that much is style and chance.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import torch

from lab.documents.store import Tokens
from lab.models.vocabulary import Vocabulary
from lab.training.manners import Manners
from lab.training.measure import resting
from lab.training.setup import Work
from lab.verdict import Memorised

PREFIX = FOLLOWING = 32
"""Tokens given, and tokens that should follow."""
ASKED = 32
"""Beginnings of each side, at most."""
SAMPLES, WRITTEN = 8, 96
"""Texts written freely, and tokens of each."""
TOGETHER = 8
WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Heard:
    """What a model said.

    texts         those it wrote freely
    longest, text words of the longest run of them that stands in what was learnt, and that run
    learnt, held  tokens said word for word behind each beginning of either side
    """

    texts: tuple[str, ...]
    longest: int
    text: str
    learnt: tuple[int, ...]
    held: tuple[int, ...]

    @property
    def written(self) -> int:
        """Words written freely."""
        return sum(len(WORD.findall(one)) for one in self.texts)


def memorised(work: Work, manners: Manners) -> Memorised | None:
    """For a next-token model; `None` without documents of its own to compare with."""
    dataset = work.texts.documents if work.texts else None
    if dataset is None or work.words is None:
        return None
    learnt, held = dataset.tokens(False), dataset.tokens(True)
    found = hear(work.model, work.words, learnt, held, manners)
    return Memorised(
        longest=found.longest,
        text=found.text,
        written=found.written,
        samples=len(found.texts),
        learnt=_share(found.learnt),
        held=_share(found.held),
        learnt_whole=sum(n == FOLLOWING for n in found.learnt),
        held_whole=sum(n == FOLLOWING for n in found.held),
        asked=len(found.learnt),
    )


def hear(
    model: Any,
    words: Vocabulary,
    learnt: Tokens,
    held: Tokens,
    manners: AbstractContextManager[object],
    told: Callable[[], None] = lambda: None,
) -> Heard:
    """Ask a next-token model for what it learnt; `told` after each batch of beginnings."""
    rows = [beginnings(side) for side in (learnt, held)]
    asked = min(map(len, rows)) or len(rows[0])
    with resting(model), torch.inference_mode():
        said = [_continued(model, side[:asked], manners, told) for side in rows]
        with manners:
            texts = _free(model, words)
    told()
    count, text = longest(texts, _texts(words, learnt))
    return Heard(tuple(texts), count, text, tuple(said[0]), tuple(said[1]))


def beginnings(tokens: Tokens) -> torch.Tensor:
    """(n, PREFIX + FOLLOWING) stretches of the texts that do not overlap, evenly chosen."""
    length = PREFIX + FOLLOWING
    every = [
        at
        for _, start, count, _ in tokens.spans.tolist()
        for at in range(start, start + count - length + 1, length)
    ]
    few = every if len(every) <= ASKED else [every[i * len(every) // ASKED] for i in range(ASKED)]
    rows = [torch.from_numpy(tokens.ids(start, length)) for start in few]
    return torch.stack(rows) if rows else torch.zeros(0, length, dtype=torch.long)


def _continued(
    model: Any,
    rows: torch.Tensor,
    manners: AbstractContextManager[object],
    told: Callable[[], None],
) -> list[int]:
    """Tokens said word for word behind each beginning, until the first that differs."""
    found: list[int] = []
    device = next(model.parameters()).device
    for at in range(0, len(rows), TOGETHER):
        some = rows[at : at + TOGETHER]
        given = some[:, :PREFIX].to(device)
        with manners:
            out = model.generate(
                input_ids=given, attention_mask=torch.ones_like(given), do_sample=False,
                max_new_tokens=FOLLOWING, min_new_tokens=FOLLOWING,
            )  # fmt: skip
        right = out[:, PREFIX:].cpu() == some[:, PREFIX:]
        found += right.long().cumprod(1).sum(1).tolist()
        told()
    return found


def _share(said: Sequence[int]) -> float:
    return sum(said) / (FOLLOWING * len(said)) if said else 0.0


def _free(model: Any, words: Vocabulary) -> list[str]:
    """Texts written from nothing, at temperature 1."""
    tokenizer, marker = words.tokenizer, words.alphabet.marker
    device = next(model.parameters()).device
    given = torch.full((SAMPLES, 1), marker, device=device)
    torch.manual_seed(0)
    out = model.generate(
        input_ids=given, attention_mask=torch.ones_like(given), do_sample=True, top_k=0,
        temperature=1.0, max_new_tokens=WRITTEN,
    )  # fmt: skip
    return [str(tokenizer.decode(row[1:], skip_special_tokens=True)) for row in out]


def _texts(words: Vocabulary, tokens: Tokens) -> Iterator[str]:
    for _, start, count, _ in tokens.spans.tolist():
        yield str(words.tokenizer.decode(tokens.ids(start, count)))


def longest(texts: Sequence[str], learnt: Iterator[str]) -> tuple[int, str]:
    """(words of the longest run of `texts` that stands in `learnt` word for word, the run)."""
    written = [WORD.findall(text.lower()) for text in texts]
    best: tuple[int, str] = (0, "")
    for text in learnt:
        known = " " + " ".join(WORD.findall(text.lower())) + " "
        for words in written:
            for at in range(len(words)):
                while (end := at + best[0] + 1) <= len(words):
                    run = " ".join(words[at:end])
                    if f" {run} " not in known:
                        break
                    best = (best[0] + 1, run)
    return best
