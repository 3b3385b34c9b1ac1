"""Which of two sentences, one right and one wrong, is the likelier (BLiMP, Warstadt et al. 2020).

It tells what a model prefers between two sentences, not what it would write. The lab's own pairs
are in assets/probes/minimal-pairs; a person's are in BLiMP's format, a JSON line a pair.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from lab.evaluation.likelihood import MEASURES, preferred
from lab.evaluation.probes._tables import names_of
from lab.evaluation.probes.base import (
    OWN,
    Judged,
    Probe,
    Questions,
    Say,
    Scored,
    Subject,
    sampled,
    shares,
)
from lab.types import Kind

GOOD, BAD = "sentence_good", "sentence_bad"


@dataclass(frozen=True, slots=True)
class Pair:
    """One right sentence and one wrong; `group` is the phenomenon, behind its language."""

    good: str
    bad: str
    group: str


class MinimalPairs(Probe):
    """The share of pairs whose right sentence is the likelier; a tie counts as half."""

    name: ClassVar[str] = "minimal-pairs"
    place: ClassVar[int] = 10
    kinds: ClassVar[tuple[Kind, ...]] = ("causal", "masked")

    def groups(self) -> Mapping[str, Mapping[str, str]]:
        return {
            name: told
            for language in self.languages
            for name, told in names_of(OWN / "minimal-pairs" / f"{language}.toml").items()
        }

    def judge(self, subject: Subject, questions: Questions, say: Say) -> Judged:
        pairs, notices = sampled(read(questions), questions.most)
        model = subject.model()
        right = preferred(model, [(pair.good, pair.bad) for pair in pairs], say)
        sets = [pair.group.partition("/")[0] for pair in pairs]
        whole = ("whole",) if len(set(sets)) > 1 else ()
        scored = tuple(
            Scored((*whole, of, pair.group), str(number), value)
            for number, (of, pair, value) in enumerate(zip(sets, pairs, right, strict=True))
        )
        measure = MEASURES[model.spec.kind]
        return Judged(shares(scored, "right", neutral=0.5), measure, notices, scored)


def read(questions: Questions) -> list[Pair]:
    """The pairs to ask. Raises `LabError` as `rows_of` does."""
    return [
        Pair(row[GOOD], row[BAD], f"{row['set']}/{row.get('UID') or row['file']}")
        for row in questions.rows("probes/minimal-pairs/{}.toml", (GOOD, BAD))
    ]


PROBE = MinimalPairs()
