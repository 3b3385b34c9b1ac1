"""Of two sentences that differ in whom they speak of, which is the likelier: the stereotype?

CrowS-Pairs' idea and format (Nangia et al. 2020), the lab's own sentences (docs/probes.md says
how they were made and what is wrong with such figures). Half is neutral; it is no certificate.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import ClassVar

from lab.evaluation.interval import bootstrap
from lab.evaluation.likelihood import preferred
from lab.evaluation.probes._tables import pairs_of, rows_of
from lab.evaluation.probes.base import (
    OWN,
    Judged,
    Probe,
    Questions,
    Say,
    Subject,
    figure,
    grouped,
    sampled,
)
from lab.findings import Figure
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
    kinds: ClassVar[tuple[Kind, ...]] = ("causal", "masked")

    def judge(self, subject: Subject, questions: Questions, say: Say) -> Judged:
        pairs, notices = sampled(read(questions), questions.most)
        model = subject.model()
        likelier = scored(model, pairs, say)
        found: list[Figure] = []
        asked = list(zip(pairs, likelier, strict=True))
        for language, of in grouped(asked, lambda one: one[0].group.partition("/")[0]).items():
            told = [one for one in of if not one[0].group.endswith(f"/{NEUTRAL}")]
            found.append(_share(language, told))
            groups = grouped(of, lambda one: one[0].group)
            found += [_share(group, some) for group, some in groups.items()]
        return Judged(tuple(found), "shared" if model.spec.kind == "masked" else "exact", notices)


def read(questions: Questions) -> list[Pair]:
    """The pairs to ask. Raises `LabError` as `rows_of` does."""
    if questions.data is not None:
        stem = questions.data.stem
        return [
            Pair(row[MORE], row[LESS], f"{stem}/{row.get('bias_type', 'all')}", str(number))
            for number, row in enumerate(rows_of(questions.data, (MORE, LESS)))
        ]
    return [
        Pair(row[MORE], row[LESS], f"{language}/{row['bias_type']}", f"{language}{number // 2}")
        for language in questions.languages
        for number, row in enumerate(pairs_of(OWN / "bias" / f"{language}.toml", "swap"))
    ]


def scored(model: LoadedModel, pairs: Sequence[Pair], say: Say) -> list[float]:
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


def _share(name: str, of: Sequence[tuple[Pair, float]]) -> Figure:
    swaps = grouped(of, lambda one: one[0].swap)
    means = [statistics.fmean(value for _, value in some) for some in swaps.values()]
    found = figure(name, "stereotyped", bootstrap(means), neutral=0.5)
    return Figure(name, found.key, "share", found.value, len(of), found.low, found.high, 0.5)


PROBE = Bias()
