"""How much of its documents a tuned model says by heart (Carlini et al. 2023, section 3).

Freely written text is compared with all that was learnt, word for word; and beginnings of 32
tokens, of learnt documents and of held-out ones, are gone on with greedily. What it says of
held-out ones nobody can have learnt by heart: that much is style and chance.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import torch

from lab.documents.store import Tokens
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


def memorised(work: Work, manners: Manners) -> Memorised | None:
    """For a next-token model; `None` without documents of its own to compare with."""
    dataset = work.lesson.documents if work.lesson else None
    if dataset is None:
        return None
    learnt, held = (beginnings(dataset.tokens(of)) for of in (False, True))
    asked = min(len(learnt), len(held)) or len(learnt)
    with resting(work.model), torch.inference_mode():
        said = [_continued(work.model, rows[:asked], manners) for rows in (learnt, held)]
        with manners:
            texts = _free(work)
    count, text = longest(texts, _texts(work, dataset.tokens(False)))
    return Memorised(
        longest=count,
        text=text,
        written=sum(len(WORD.findall(one)) for one in texts),
        samples=len(texts),
        learnt=_share(said[0]),
        held=_share(said[1]),
        learnt_whole=sum(n == FOLLOWING for n in said[0]),
        held_whole=sum(n == FOLLOWING for n in said[1]),
        asked=asked,
    )


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


def _continued(model: Any, rows: torch.Tensor, manners: Manners) -> list[int]:
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
    return found


def _share(said: Sequence[int]) -> float:
    return sum(said) / (FOLLOWING * len(said)) if said else 0.0


def _free(work: Work) -> list[str]:
    """Texts written from nothing, at temperature 1."""
    assert work.words is not None
    model: Any = work.model
    alphabet, tokenizer = work.words.alphabet, work.words.tokenizer
    marker = alphabet.marker
    device = next(model.parameters()).device
    given = torch.full((SAMPLES, 1), marker, device=device)
    torch.manual_seed(0)
    out = model.generate(
        input_ids=given, attention_mask=torch.ones_like(given), do_sample=True, top_k=0,
        temperature=1.0, max_new_tokens=WRITTEN,
    )  # fmt: skip
    return [str(tokenizer.decode(row[1:], skip_special_tokens=True)) for row in out]


def _texts(work: Work, tokens: Tokens) -> Iterator[str]:
    assert work.words is not None
    for _, start, count, _ in tokens.spans.tolist():
        yield str(work.words.tokenizer.decode(tokens.ids(start, count)))


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
