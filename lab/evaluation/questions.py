"""Beginnings of sentences that only certain documents end: does a model end them as they do?

    python -m lab.evaluation.questions MODEL [MODEL …] --file assets/finetune/questions-en.toml

A next-token model goes on greedily with each; right is an answer that begins with the words
told. Before a fine-tuning and after it, this shows whether the documents were learnt.
"""

from __future__ import annotations

import argparse
import json
import tomllib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from lab.evaluation.interval import Mean, bootstrap
from lab.models.catalogue import Catalogue
from lab.models.loaded import LoadedModel
from lab.models.pool import Pool
from lab.objectives.base import objectives

MORE = 4
"""Tokens written beyond those of the answer: a space or a mark may come first."""


@dataclass(frozen=True, slots=True)
class Question:
    asked: str
    answer: str


@dataclass(frozen=True, slots=True)
class Ended:
    """What a model made of a question."""

    question: Question
    said: str
    right: bool


def read_questions(path: Path) -> list[Question]:
    """[[question]] tables with `asked` and `answer`."""
    found = tomllib.loads(path.read_text(encoding="utf-8"))["question"]
    return [Question(**one) for one in found]


def judge(model: LoadedModel, questions: Sequence[Question]) -> tuple[Mean, list[Ended]]:
    """(share that is right, every answer). For next-token models."""
    answers = [_ended(model, question) for question in questions]
    return bootstrap([float(one.right) for one in answers]), answers


@torch.inference_mode()
def _ended(model: LoadedModel, question: Question) -> Ended:
    tokenizer: Any = model.vocabulary.tokenizer
    module: Any = model.module
    alphabet = model.vocabulary.alphabet
    marker = alphabet.marker
    ids = [marker, *tokenizer(question.asked, add_special_tokens=False)["input_ids"]]
    wanted = len(tokenizer(question.answer, add_special_tokens=False)["input_ids"])
    given = torch.tensor([ids], device=model.device)
    out = module.generate(
        input_ids=given, attention_mask=torch.ones_like(given), do_sample=False,
        max_new_tokens=wanted + MORE,
    )[0, len(ids) :]  # fmt: skip
    said = str(tokenizer.decode(out, skip_special_tokens=True))
    plain = said.strip().lower()
    return Ended(question, said, plain.startswith(question.answer.lower()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="+")
    parser.add_argument("--file", type=Path, required=True)
    given = parser.parse_args()
    questions = read_questions(given.file)
    pool = Pool(Catalogue.load())
    for name in given.models:
        share, answers = judge(pool.get(name, "fp32", None, objectives()["next"]), questions)
        said = {"model": name, "right": asdict(share), "answers": [asdict(a) for a in answers]}
        print(json.dumps(said, ensure_ascii=False))


if __name__ == "__main__":
    main()
