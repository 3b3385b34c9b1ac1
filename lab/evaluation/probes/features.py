"""What encoders are good at: a small classifier on features that stay as they are.

Every sentence becomes the mean of its tokens' states, at the last layer and at the middle one,
and a logistic regression learns to tell two moods or four topics from them (as in SentEval,
Conneau & Kiela 2018, section 3). Nothing of the model is trained.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor

from lab.evaluation import classify
from lab.evaluation.interval import bootstrap
from lab.evaluation.probes._tables import Row
from lab.evaluation.probes.base import (
    Judged,
    Probe,
    Questions,
    Say,
    Scored,
    Subject,
    figure,
    grouped,
    sampled,
)
from lab.evaluation.sound import sound
from lab.findings import Figure
from lab.models.loaded import LoadedModel
from lab.types import Fact, Kind, LabError, Notice

LAYERS = {"classified": 1.0, "classified_middle": 0.5}
"""How deep in the model the features are taken, and what their figure is called."""
FEWEST = 2
"""Sentences of a class below which nothing can be learnt and tested."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """A sentence, and what it is told to be in its task."""

    text: str
    label: str
    task: str


class Features(Probe):
    """For every kind of text model; of one with two stacks, the first is read."""

    name: ClassVar[str] = "features"
    place: ClassVar[int] = 40
    kinds: ClassVar[tuple[Kind, ...]] = ("causal", "masked", "seq2seq")

    def judge(self, subject: Subject, questions: Questions, say: Say) -> Judged:
        tasks, notices = _chosen(read(questions), questions.most)
        model = subject.model()
        total = sum(map(len, tasks.values()))
        right: dict[str, dict[str, list[float]]] = {key: {} for key in LAYERS}
        done = 0
        for task, items in tasks.items():
            states = []
            for item in items:
                states.append(pooled(model, item.text))
                done += 1
                say(done, total)
            labels = [item.label for item in items]
            for number, key in enumerate(LAYERS):
                found = torch.stack([state[number] for state in states])
                sound(found.sum(1).tolist(), model.spec.id)
                right[key][task] = classify.crossed(found, labels)
        scored = tuple(
            Scored((task.partition("/")[0], task), f"{task} {number}", value)
            for task, values in right["classified"].items()
            for number, value in enumerate(values)
        )
        return Judged(tuple(_figures(tasks, right)), "frozen", notices, scored)


def read(questions: Questions) -> list[Labelled]:
    """Columns `text` and `label`, and `task` where there are several.

    Raises `LabError`: probe_classes, and as `rows_of` does.
    """
    return [
        Labelled(row["text"], row["label"], _task(row))
        for row in questions.rows("probes/features/{}.toml", ("text", "label"))
    ]


def _task(row: Row) -> str:
    return f"{row['set']}/{row.get('task') or row['file']}"


def _chosen(
    items: Sequence[Labelled], most: int
) -> tuple[dict[str, list[Labelled]], tuple[Notice, ...]]:
    """At most `most` sentences of each task, as many of each class as it has there.

    Raises `LabError("probe_classes")` where a task has fewer than two classes, or one too few.
    """
    found: dict[str, list[Labelled]] = {}
    notices: dict[Fact, Notice] = {}
    for task, of in grouped(items, lambda one: one.task).items():
        by_class = grouped(of, lambda one: one.label)
        ordered = [one for label in by_class.values() for one in label]
        some, said = sampled(ordered, most)
        notices |= {one.facts["of"]: one for one in said}
        left = grouped(some, lambda one: one.label)
        if len(left) < 2 or min(map(len, left.values())) < FEWEST:
            raise LabError("probe_classes", task=task, fewest=FEWEST)
        found[task] = list(some)
    return found, tuple(notices.values())


@torch.inference_mode()
def pooled(model: LoadedModel, text: str) -> tuple[Tensor, ...]:
    """(d,) the mean state of the text's own tokens, in each of LAYERS.

    Raises `LabError("probe_no_states")` for a model that does not give its states.
    """
    encoded = model.vocabulary.encode(text, model.context)
    ids, words = list(encoded.ids), list(encoded.words)
    if model.spec.kind == "causal" and words[:1] == [0]:
        ids, words = [model.vocabulary.alphabet.marker, *ids], [i + 1 for i in words]
    module: Any = model.module
    body: Any = module.get_encoder() if model.spec.kind == "seq2seq" else module
    if not isinstance(body, torch.nn.Module):  # a single stack that stands for two
        raise LabError("probe_no_states", model=model.spec.id)
    given = torch.tensor([ids], device=model.device)
    states = body(
        input_ids=given, attention_mask=torch.ones_like(given), output_hidden_states=True
    ).hidden_states
    if not states:
        raise LabError("probe_no_states", model=model.spec.id)
    every = words or list(range(len(ids)))
    layers = (round(depth * (len(states) - 1)) for depth in LAYERS.values())
    return tuple(states[layer][0, every].float().mean(0).cpu() for layer in layers)


def _figures(
    tasks: Mapping[str, Sequence[Labelled]], right: Mapping[str, Mapping[str, Sequence[float]]]
) -> list[Figure]:
    """Each language and each task in it; whoever always says the largest class is neutral."""
    found = []
    for key, of in right.items():
        for name, some in grouped(of, lambda task: task.partition("/")[0]).items():
            neutral = {task: _largest(tasks[task]) for task in some}
            values = [value for task in some for value in of[task]]
            whole = sum(neutral[task] * len(of[task]) for task in some) / len(values)
            found.append(figure(name, key, bootstrap(values), neutral=whole))
            found += [
                figure(task, key, bootstrap(of[task]), neutral=neutral[task]) for task in some
            ]
    return found


def _largest(items: Sequence[Labelled]) -> float:
    return max(map(len, grouped(items, lambda one: one.label).values())) / len(items)


PROBE = Features()
