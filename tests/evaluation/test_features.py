"""Features at rest: what is in them is found, what is not is not, for every kind of model."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
import torch
from subjects import subject
from tiny_models import loaded

from lab.evaluation.classify import crossed
from lab.evaluation.probes import features
from lab.evaluation.probes.base import Judged, Questions
from lab.types import LabError

BOTH = Questions(("en", "fr"))


def judged(kind: Any, questions: Questions = BOTH) -> Judged:
    return features.PROBE.judge(subject(kind), questions, lambda *_: None)


def test_what_is_in_the_features_is_found_and_noise_is_not() -> None:
    generator = torch.Generator().manual_seed(0)
    labels = ["a", "b", "c"] * 20
    noise = torch.randn(60, 200, generator=generator)
    assert abs(sum(crossed(noise, labels)) / 60 - 1 / 3) < 0.25
    marked = noise.clone()
    for i, label in enumerate(labels):
        at = 60 * "abc".index(label)
        marked[i, at : at + 60] += 3
    assert sum(crossed(marked, labels)) == 60


def test_the_minimum_is_the_one_of_all_dimensions() -> None:
    """Looked for in the span of what was learnt from, and found where the whole space has it."""
    from lab.evaluation.classify import DECAY, _fit

    known = torch.randn(12, 30, generator=torch.Generator().manual_seed(1))
    truth = torch.tensor([0, 1] * 6)
    model = _fit(known, truth, 2)
    alike = (known.double() - known.double().mean(0)) / known.double().std(0, unbiased=False)
    weights = (model._span @ model.weights.detach()).requires_grad_()
    bias = model.bias.detach().requires_grad_()
    told = torch.nn.functional.cross_entropy(alike @ weights + bias, truth, reduction="sum")
    (told + DECAY / 2 * (weights**2).sum()).backward()
    assert weights.grad is not None
    assert bias.grad is not None
    assert float(weights.grad.abs().max()) < 1e-3
    assert float(bias.grad.abs().max()) < 1e-3


def test_shuffled_labels_are_at_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    items = features.read(BOTH)
    dice = random.Random(0)
    mixed = []
    for task in dict.fromkeys(item.task for item in items):
        of = [item for item in items if item.task == task]
        labels = dice.sample([item.label for item in of], len(of))
        mixed += [
            features.Labelled(item.text, label, task)
            for item, label in zip(of, labels, strict=True)
        ]
    monkeypatch.setattr(features, "read", lambda _: mixed)
    for figure in judged("masked").figures:
        assert figure.neutral is not None
        spread = 4 * (figure.neutral * (1 - figure.neutral) / figure.items) ** 0.5
        assert abs(figure.value - figure.neutral) < spread, figure


def test_who_is_given_the_answers_is_at_the_top(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = {item.text: item.label for item in features.read(BOTH)}
    labels = sorted(set(answers.values()))

    def told(_: Any, text: str) -> tuple[torch.Tensor, torch.Tensor]:
        one = torch.zeros(len(labels))
        one[labels.index(answers[text])] = 1
        return one, one

    monkeypatch.setattr(features, "pooled", told)
    assert all(figure.value == 1 for figure in judged("causal").figures)


@pytest.mark.parametrize("kind", ["causal", "masked", "seq2seq"])
def test_every_token_of_the_text_counts_and_no_marker(kind: Any) -> None:
    model = loaded(kind)
    text = "The cat sat on the mat."
    last, middle = features.pooled(model, text)
    assert last.shape == middle.shape == (64,)
    assert not torch.equal(last, middle)
    encoded = model.vocabulary.encode(text, model.context)
    body: Any = model.module.get_encoder() if kind == "seq2seq" else model.module
    with torch.inference_mode():
        states = body(torch.tensor([encoded.ids]), output_hidden_states=True).hidden_states
    expected = states[-1][0, list(encoded.words)].mean(0)
    torch.testing.assert_close(last, expected)


def test_own_sentences_have_their_own_tasks(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    rows = [f"A {i} apple {word}.,{word}" for i in range(6) for word in ("red", "green")]
    path.write_text("text,label\n" + "\n".join(rows))
    found = judged("causal", Questions((), path))
    assert [figure.name for figure in found.figures][:2] == ["mine", "mine/mine"]
    assert found.figures[0].neutral == 0.5
    few = judged("causal", Questions((), path, most=6))
    assert few.figures[0].items == 6
    assert few.notices[0].facts == {"asked": 6, "of": 12}
    path.write_text("text,label\nOnly one.,red\nAnother.,green\n")
    with pytest.raises(LabError, match="probe_classes"):
        judged("causal", Questions((), path))
