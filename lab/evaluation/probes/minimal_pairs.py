"""Which of two sentences, one right and one wrong, is the likelier (BLiMP, Warstadt et al. 2020).

It tells what a model prefers between two sentences, not what it would write. The lab's own pairs
are in assets/probes/minimal-pairs; a person's are in BLiMP's format, a JSON line a pair.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from lab.evaluation.interval import bootstrap
from lab.evaluation.likelihood import MEASURES, preferred
from lab.evaluation.probes._tables import names_of, pairs_of, rows_of
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
from lab.types import Kind, LabError

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
        sets = grouped(zip(pairs, right, strict=True), lambda one: one[0].group.partition("/")[0])
        figures = [figure("whole", "right", bootstrap(right), neutral=0.5)] if len(sets) > 1 else []
        for name, of_set in sets.items():
            figures.append(figure(name, "right", bootstrap([r for _, r in of_set]), neutral=0.5))
            groups = grouped(of_set, lambda one: one[0].group)
            figures += [
                figure(group, "right", bootstrap([r for _, r in of]), neutral=0.5)
                for group, of in groups.items()
            ]
        return Judged(tuple(figures), MEASURES[model.spec.kind], notices)


def read(questions: Questions) -> list[Pair]:
    """The pairs to ask. Raises `LabError`: no_pairs, and as `rows_of` does."""
    if questions.data is not None:
        stem = questions.data.stem
        found = [
            Pair(row[GOOD], row[BAD], f"{stem}/{row.get('UID') or row['file']}")
            for row in rows_of(questions.data, (GOOD, BAD))
        ]
    else:
        found = [
            Pair(row[GOOD], row[BAD], f"{language}/{row['UID']}")
            for language in questions.languages
            for row in pairs_of(OWN / "minimal-pairs" / f"{language}.toml", "paradigm")
        ]
    if not found:
        raise LabError("no_pairs", path=str(questions.data or "en, fr"))
    return found


PROBE = MinimalPairs()
