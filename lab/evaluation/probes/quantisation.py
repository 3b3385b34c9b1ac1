"""What fewer bits a weight cost and spare: the same model held in several ways, side by side.

The lab's own texts: bits a byte, and how often the likeliest token is another than in fp32;
the bytes the weights take; and tokens read a second, here and now.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor

from lab.config import Precision
from lab.evaluation.interval import bootstrap, bootstrap_ratio
from lab.evaluation.probes.base import (
    TEXTS,
    Judged,
    Probe,
    Questions,
    Say,
    Subject,
    figure,
    sampled,
)
from lab.evaluation.probes.bits_per_byte import read
from lab.evaluation.text_bits import Window, cost, objective_of, windows
from lab.findings import Figure
from lab.models.loaded import LoadedModel
from lab.objectives.base import Batch
from lab.types import Kind

PRECISIONS: tuple[Precision, ...] = ("fp32", "bf16", "int8", "nf4")
MOST = 24
"""Windows read in each precision unless more are asked for."""


class Quantisation(Probe):
    """Whatever precision is asked for, all four are tried."""

    name: ClassVar[str] = "quantisation"
    place: ClassVar[int] = 100
    kinds: ClassVar[tuple[Kind, ...]] = ("causal", "masked", "seq2seq")
    reads: ClassVar[tuple[str, ...]] = TEXTS

    def judge(self, subject: Subject, questions: Questions, say: Say) -> Judged:
        texts = [text for _, text in read(questions)]
        some, notices = sampled(list(windows(subject.model("fp32"), texts)), questions.most or MOST)
        first: list[Tensor] = []
        found: list[Figure] = []
        measure = ""
        for number, precision in enumerate(PRECISIONS, 1):
            model = subject.model(precision)
            spent = cost(model, some)
            measure = spent.measure
            guesses, seconds, tokens = _likeliest(model, some)
            bits = bootstrap_ratio(spent.bits, spent.bytes)
            found.append(figure(precision, "bits_per_byte", bits, "bits"))
            if first:
                found.append(figure(precision, "changed", bootstrap(_changed(first, guesses))))
            first = first or guesses
            found += [
                Figure(precision, "memory", "bytes", model.bytes, 1),
                Figure(precision, "speed", "rate", tokens / seconds, tokens),
            ]
            say(number, len(PRECISIONS))
        return Judged(tuple(found), measure, notices)


def _changed(first: Sequence[Tensor], guesses: Sequence[Tensor]) -> list[float]:
    """Of each window, the share of guesses that are no longer the first ones."""
    return [
        float((a != b).float().mean())
        for a, b in zip(guesses, first, strict=True)
        if len(a)  # a draw may hide nothing
    ]


@torch.inference_mode()
def _likeliest(model: LoadedModel, some: Sequence[Window]) -> tuple[list[Tensor], float, int]:
    """(the likeliest token at each place that must be said, seconds, tokens read)."""
    objective = objective_of(model)
    marker = model.vocabulary.alphabet.marker
    module: Any = model.module
    found, tokens = [], 0
    started = time.perf_counter()
    for number, window in enumerate(some):
        noise = torch.Generator().manual_seed(number)
        task = objective.corrupt(Batch(ids=torch.tensor([[marker, *window.ids]])), noise)
        inputs = {name: value.to(model.device) for name, value in task.inputs.items()}
        said = module(**inputs).logits.argmax(-1).cpu()
        found.append(said[task.weights != 0])
        tokens += len(window.ids)
    return found, time.perf_counter() - started, tokens


PROBE = Quantisation()
