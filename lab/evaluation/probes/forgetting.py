"""What a model forgot of general language while it learnt: beside its base, as the verdict has it.

The beginnings of the lab's own texts in both languages, row by row with the same noise for both:
how many bits a byte more they cost than they cost the base.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from typing import ClassVar

from lab.config import ModelSpec
from lab.evaluation.change import GENERAL_ROWS, Sums, by_row, changed
from lab.evaluation.probes.base import Judged, Probe, Questions, Say, Subject
from lab.evaluation.sound import sound
from lab.evaluation.text_bits import WINDOW, objective_of
from lab.findings import Figure
from lab.models.loaded import LoadedModel
from lab.objectives.base import Batch
from lab.training.measure import MEASURE
from lab.training.setup import General, general_texts
from lab.types import Kind, LabError
from lab.verdict import Change


class Forgetting(Probe):
    """For a model that was made from another, of the same kind."""

    name: ClassVar[str] = "forgetting"
    place: ClassVar[int] = 70
    kinds: ClassVar[tuple[Kind, ...]] = ("causal", "masked", "seq2seq")
    reads: ClassVar[tuple[str, ...]] = ()

    def refuses(self, spec: ModelSpec) -> LabError | None:
        if (why := super().refuses(spec)) is not None:
            return why
        return None if spec.base else LabError("probe_no_base", model=spec.id)

    def judge(self, subject: Subject, questions: Questions, say: Say) -> Judged:
        sides = subject.other(subject.spec.base), subject
        spec, base = subject.spec, sides[0].spec
        if spec.kind != base.kind:
            raise LabError("probe_other_base", model=spec.id, base=base.id)
        measured: list[dict[str, Sums]] = []
        for number, side in enumerate(sides):
            measured.append(_measured(side.model(), questions, say, number))
        found: list[Figure] = []
        measure = MEASURE[objective_of(subject.model()).name]
        for language in questions.languages:
            told = changed(measured[0][language], measured[1][language], measure)
            if told is not None:
                found += _figures(language, told)
        return Judged(tuple(found), measure)


def _measured(model: LoadedModel, questions: Questions, say: Say, side: int) -> dict[str, Sums]:
    """(nats, bytes) of each row, by language; the base is side 0."""
    objective = objective_of(model)
    every = general_texts(model.vocabulary, min(WINDOW, model.context))
    found = {}
    for number, language in enumerate(questions.languages):
        done = side * len(questions.languages) + number
        batches = _told(every[language], questions, say, done)
        rows = by_row(model.module, objective, batches, every[language].per_byte, nullcontext())
        sound((nats for nats, _ in rows), model.spec.id)
        found[language] = rows
    return found


def _told(text: General, questions: Questions, say: Say, done: int) -> Iterator[Batch]:
    """The rows of a text, batch by batch, and how far that is of both texts on both sides."""
    batches: Sequence[Batch] = list(text.windows(questions.most or GENERAL_ROWS))
    for number, batch in enumerate(batches, 1):
        yield batch
        say(done * len(batches) + number, 2 * len(questions.languages) * len(batches))


def _figures(language: str, told: Change) -> tuple[Figure, ...]:
    more, rows = told.tuned - told.base, told.documents
    return (
        Figure(language, "forgotten", "bits", more, rows, told.low, told.high, 0.0),
        Figure(language, "bits_per_byte", "bits", told.tuned, rows),
        Figure(language, "bits_base", "bits", told.base, rows),
    )


PROBE = Forgetting()
