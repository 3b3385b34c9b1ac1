"""How many bits a byte of text costs: the one measure that compares models across tokenizers.

Exact for a next-token model; for masked diffusion an upper bound, for masked tokens and cut
pieces a pseudo-likelihood, which is no probability of a text and smaller than one: figures of
different measures must not be compared, and every figure names its own.
"""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from lab.documents.text import read_text
from lab.evaluation.interval import bootstrap_ratio
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
from lab.evaluation.text_bits import cost, windows
from lab.recipe import Data
from lab.training.corpus import find
from lab.types import Kind, LabError

MOST = 200
"""Windows read unless more are asked for, evenly spread over the text."""
LONGEST = 4_000_000
"""Characters of a file that are read."""


class BitsPerByte(Probe):
    """On the lab's own texts in each language, or on each file of a folder and the whole of it."""

    name: ClassVar[str] = "bits-per-byte"
    place: ClassVar[int] = 60
    kinds: ClassVar[tuple[Kind, ...]] = ("causal", "masked", "seq2seq")
    reads: ClassVar[tuple[str, ...]] = TEXTS

    def judge(self, subject: Subject, questions: Questions, say: Say) -> Judged:
        texts = read(questions)
        model = subject.model()
        every = [(name, window) for name, text in texts for window in windows(model, [text])]
        chosen, notices = sampled(every, questions.most or MOST)
        found = cost(model, [window for _, window in chosen], say=say)
        names = [name for name, _ in chosen]
        groups = list(dict.fromkeys(names))
        figures = [
            figure(group, "bits_per_byte", bootstrap_ratio(
                [b for b, name in zip(found.bits, names, strict=True) if name == group],
                [b for b, name in zip(found.bytes, names, strict=True) if name == group],
            ), "bits")
            for group in groups
        ]  # fmt: skip
        if len(groups) > 1 and questions.data is not None:
            whole = bootstrap_ratio(found.bits, found.bytes)
            figures.insert(0, figure("whole", "bits_per_byte", whole, "bits"))
        return Judged(tuple(figures), found.measure, notices)


def read(questions: Questions) -> list[tuple[str, str]]:
    """(name, text) of what is to be measured. Raises `LabError`: no_such_path, no_text,
    probe_empty where there is nothing but blanks."""
    if questions.data is None:
        return [(name, text) for name in questions.languages for text in _own(name)]
    files = find(Data.model_validate({"paths": (str(questions.data),)}))
    name = Path(questions.title).stem
    texts = [(name or file.stem, read_text(file, LONGEST)) for file in files]
    found = [(stem, text) for stem, text in texts if text.strip()]
    if not found:
        raise LabError("probe_empty", path=questions.name)
    return found


def _own(language: str) -> list[str]:
    files: list[Path] = find(Data.model_validate({"language": language}))
    return [read_text(file, LONGEST) for file in files]


PROBE = BitsPerByte()
