"""Beginnings of sentences that only certain documents end: does a model end them as they do?

A next-token model goes on greedily with each; right is an answer that begins with the words
told. Asked before a fine-tuning and after it, this shows whether the documents were learnt.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import torch

from lab.evaluation.likelihood import likelihoods
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

MORE = 4
"""Tokens written beyond those of the answer: a space or a mark may come first."""


@dataclass(frozen=True, slots=True)
class Question:
    """The beginning of a sentence, and how it ends; `group` is the language or the file."""

    asked: str
    answer: str
    group: str


class Example(Probe):
    """The lab's own questions are those of the documents in assets/finetune."""

    name: ClassVar[str] = "questions"
    place: ClassVar[int] = 90
    kinds: ClassVar[tuple[Kind, ...]] = ("causal",)

    def judge(self, subject: Subject, questions: Questions, say: Say) -> Judged:
        asked, notices = sampled(read(questions), questions.most)
        model = subject.model()
        likelihoods(model, [asked[0].asked])  # says so where its scores are no numbers
        scored = []
        for number, question in enumerate(asked, 1):
            right = float(ends(model, question))
            scored.append(Scored((question.group,), str(number), right))
            say(number, len(asked))
        return Judged(shares(scored, "right", neutral=0.0), "greedy", notices, tuple(scored))


def read(questions: Questions) -> list[Question]:
    """Columns `asked` and `answer`. Raises `LabError` as `rows_of` does."""
    return [
        Question(row["asked"], row["answer"], row["file"] if questions.data else row["set"])
        for row in questions.rows("finetune/questions-{}.toml", ("asked", "answer"))
    ]


@torch.inference_mode()
def ends(model: LoadedModel, question: Question) -> bool:
    """Whether the model's greedy words begin with the answer, whatever its capitals."""
    tokenizer: Any = model.vocabulary.tokenizer
    module: Any = model.module
    ids = tokenizer(question.asked, add_special_tokens=False, verbose=False)["input_ids"]
    wanted = len(tokenizer(question.answer, add_special_tokens=False)["input_ids"]) + MORE
    room = max(1, model.context - wanted - 1)
    given = torch.tensor([[model.vocabulary.alphabet.marker, *ids[-room:]]], device=model.device)
    out = module.generate(
        input_ids=given, attention_mask=torch.ones_like(given), do_sample=False,
        max_new_tokens=wanted,
    )[0, given.shape[1] :]  # fmt: skip
    said = str(tokenizer.decode(out, skip_special_tokens=True))
    return said.strip().lower().startswith(question.answer.lower())


PROBE = Example()
