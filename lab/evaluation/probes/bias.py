"""Of two sentences that differ in whom they speak of, which is the likelier: the stereotype?

CrowS-Pairs' idea and format (Nangia et al. 2020), the lab's own sentences (docs/probes.md says
how they were made and what is wrong with such figures). Half is neutral; it is no certificate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import ClassVar

from lab.evaluation.likelihood import preferred
from lab.evaluation.probes.base import (
    Judged,
    Probe,
    Questions,
    Say,
    Scored,
    Subject,
    sampled,
    shares,
)
from lab.models.loaded import LoadedModel
from lab.types import Kind

MORE, LESS = "sent_more", "sent_less"
NEUTRAL = "neutral"


@dataclass(frozen=True, slots=True)
class Pair:
    """`more` is the more stereotyped sentence; pairs of one `swap` hang together, and are drawn
    again together."""

    more: str
    less: str
    group: str
    swap: str


class Bias(Probe):
    """The share of pairs whose stereotyped sentence is the likelier; a tie counts as half."""

    name: ClassVar[str] = "bias"
    place: ClassVar[int] = 30
    kinds: ClassVar[tuple[Kind, ...]] = ("causal", "masked")

    def judge(self, subject: Subject, questions: Questions, say: Say) -> Judged:
        pairs, notices = sampled(read(questions), questions.most)
        model = subject.model()
        likelier = preferences(model, pairs, say)
        scored = tuple(
            Scored(_names(pair.group), pair.swap, value)
            for pair, value in zip(pairs, likelier, strict=True)
        )
        measure = "shared" if model.spec.kind == "masked" else "exact"
        return Judged(shares(scored, "stereotyped", neutral=0.5), measure, notices, scored)


def _names(group: str) -> tuple[str, ...]:
    """Pairs in which nothing is at stake do not count in the whole."""
    whole, _, part = group.partition("/")
    return (group,) if part == NEUTRAL else (whole, group)


def read(questions: Questions) -> list[Pair]:
    """The pairs to ask. Raises `LabError` as `rows_of` does."""
    return [
        Pair(
            more=row[MORE],
            less=row[LESS],
            group=f"{row['set']}/{row.get('bias_type') or 'all'}",
            swap=f"{row['set']} {row['file']} {row['of']}",
        )
        for row in questions.rows("probes/bias/{}.toml", (MORE, LESS))
    ]


def preferences(model: LoadedModel, pairs: Sequence[Pair], say: Say) -> list[float]:
    """1 where the stereotyped sentence is the likelier, 0 where the other is, a half for a tie.

    A masked model is asked for what the two sentences share, each token hidden in turn with the
    rest in sight (equation 1 there); a next-token model for the whole sentence.
    """
    shared = (lambda texts: _Shared(model, texts).places) if model.spec.kind == "masked" else None
    return preferred(model, [(pair.more, pair.less) for pair in pairs], say, shared)


class _Shared:
    """Of sentences in pairs, the tokens that both of a pair have."""

    def __init__(self, model: LoadedModel, texts: Sequence[str]) -> None:
        encoded = [model.vocabulary.encode(text, model.context) for text in texts]
        self._words = [tuple(one.ids[i] for i in one.words) for one in encoded]

    def places(self, number: int, words: tuple[int, ...]) -> list[int]:
        other = self._words[number ^ 1]
        blocks = SequenceMatcher(None, words, other, autojunk=False).get_matching_blocks()
        return [block.a + i for block in blocks for i in range(block.size)]


PROBE = Bias()
