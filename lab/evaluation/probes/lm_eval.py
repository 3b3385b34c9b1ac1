"""The standard numbers: tasks of lm-evaluation-harness, where it is installed.

Without a task it is given the lab's own minimal pairs, or a person's in BLiMP's format, as its
BLiMP tasks are told. Named tasks are its own, whose data come from a hub, or those of a folder.
"""

from __future__ import annotations

from typing import Any, ClassVar

from lab.evaluation.harness import Harness, require, tasks_in
from lab.evaluation.likelihood import likelihoods
from lab.evaluation.probes import minimal_pairs
from lab.evaluation.probes.base import (
    Judged,
    Probe,
    Questions,
    Say,
    Scored,
    Subject,
    grouped,
    sampled,
    shares,
)
from lab.findings import Figure, Unit
from lab.models.loaded import LoadedModel
from lab.types import Kind, LabError

MEASURES: dict[str, tuple[str, Unit]] = {
    "acc": ("right", "share"),
    "acc_norm": ("right_by_length", "share"),
    "exact_match": ("exact_match", "share"),
    "f1": ("f1", "share"),
    "bits_per_byte": ("bits_per_byte", "bits"),
}
"""The harness's measures that are told, under which key and in what unit."""
Z = 1.96


class LmEval(Probe):
    """For next-token models, which the harness is made for."""

    name: ClassVar[str] = "lm-eval"
    place: ClassVar[int] = 120
    kinds: ClassVar[tuple[Kind, ...]] = ("causal",)
    has_tasks: ClassVar[bool] = True

    def judge(self, subject: Subject, questions: Questions, say: Say) -> Judged:
        require()
        folder = questions.data if questions.data and questions.data.is_dir() else None
        tasks = questions.tasks or (tuple(tasks_in(folder)) if folder else ())
        if not tasks:
            return _pairs(subject, questions, say)
        harness = Harness(_sound(subject))
        figures: list[Figure] = []
        for number, name in enumerate(tasks, 1):
            told = harness.task(name, folder, questions.most)
            figures += _figures(name, told)
            say(number, len(tasks))
        return Judged(tuple(figures), "exact")


def _sound(subject: Subject) -> LoadedModel:
    """The model. Raises `LabError("scores_nan")` for one whose scores are no numbers."""
    model = subject.model()
    likelihoods(model, ["1"])
    return model


def _pairs(subject: Subject, questions: Questions, say: Say) -> Judged:
    """Group by group, as `minimal-pairs` has them."""
    pairs, notices = sampled(minimal_pairs.read(questions), questions.most)
    harness = Harness(_sound(subject))
    groups = grouped(pairs, lambda pair: pair.group)
    scored: list[Scored] = []
    for number, (group, of) in enumerate(groups.items(), 1):
        right = harness.pairs(f"pairs_{number}", [(pair.good, pair.bad) for pair in of])
        names = (group.partition("/")[0], group)
        scored += [Scored(names, f"{group} {i}", value) for i, value in enumerate(right)]
        say(number, len(groups))
    return Judged(shares(scored, "right", neutral=0.5), "exact", notices, tuple(scored))


def _figures(name: str, told: dict[str, dict[str, Any]]) -> list[Figure]:
    """A task's measures, and those of the tasks it is made of, with the harness's own standard
    errors. Raises `LabError("lm_eval_measures")` for a task that has none of MEASURES."""
    found = []
    for task in sorted(told, key=lambda one: (one != name, one)):
        label = name if task == name else f"{name}/{task}"
        for measure, (key, unit) in MEASURES.items():
            value = told[task].get(f"{measure},none")
            if not isinstance(value, float | int):
                continue
            error = told[task].get(f"{measure}_stderr,none")
            reach = Z * error if isinstance(error, float) else None
            low, high = (None, None) if reach is None else (value - reach, value + reach)
            items = int(told[task]["samples"])
            found.append(Figure(label, key, unit, float(value), items, low, high))
    if not found:
        raise LabError("lm_eval_measures", task=name, known=", ".join(MEASURES))
    return found


PROBE = LmEval()
