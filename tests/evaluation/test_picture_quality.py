"""A classifier that learns its classes, and a distance that is what the paper says."""

from __future__ import annotations

import dataclasses
from random import Random

import numpy as np
import pytest
import torch
from subjects import subject
from tiny_models import drawing

from lab.evaluation import picture_quality
from lab.evaluation.picture_quality import Classifier, frechet, judge, train_classifier
from lab.evaluation.probes import pictures
from lab.evaluation.probes.base import Questions
from lab.findings import Figure
from lab.models.loaded import LoadedModel
from lab.training.glyphs import to_tensor
from lab.training.pictures import Shapes
from lab.types import LabError


def test_the_distance_between_two_normals_is_known() -> None:
    dice = np.random.default_rng(0)
    one = dice.normal(0, 1, (200_000, 2))
    other = dice.normal(0, 1, (200_000, 2)) * [2.0, 1.0] + [3.0, 0.0]
    assert frechet(one, other) == pytest.approx(9 + (2 - 1) ** 2, rel=0.02)
    assert frechet(one, one) == pytest.approx(0, abs=1e-6)


def test_it_does_not_matter_which_comes_first() -> None:
    dice = np.random.default_rng(1)
    mix = dice.normal(size=(3, 3))
    one, other = dice.normal(size=(500, 3)), dice.normal(size=(500, 3)) @ mix
    assert frechet(one, other) == pytest.approx(frechet(other, one))


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return train_classifier(Shapes(), steps=60)


def test_the_classifier_learns_the_shapes(classifier: Classifier) -> None:
    batch = Shapes().batches(64, 5)(0)
    with torch.inference_mode():
        right = (classifier(batch.pictures).argmax(1) == batch.labels).float().mean()
    assert right > 0.4, "one in eight is chance"


def test_a_model_that_knows_nothing_draws_nothing() -> None:
    torch.manual_seed(0)
    quality = judge(drawing(), Shapes(), Classifier(8).eval(), each=2)
    assert quality.drawn.items == quality.real.items == 16
    assert quality.frechet > quality.frechet_real


def probed(model: LoadedModel, most: int) -> dict[tuple[str, str], Figure]:
    found = pictures.PROBE.judge(subject("", model), Questions((), most=most), lambda *_: None)
    return {(figure.name, figure.key): figure for figure in found.figures}


def test_at_chance_with_random_weights_and_at_the_top_with_real_ones(
    classifier: Classifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "_classifier", lambda _: classifier)
    random = probed(drawing(), 16)["drawn", "recognised"]
    assert random.items == 16
    assert random.value <= 0.375, "one in eight is chance, three of sixteen more are luck"
    assert random.neutral == 1 / 8
    dice = Random(5)
    monkeypatch.setattr(
        picture_quality, "_drawn",
        lambda _, label, __: to_tensor(Shapes().draw(label, dice))[None],
    )  # fmt: skip
    found = probed(drawing(), 64)
    told, real = found["drawn", "recognised"], found["real", "recognised"]
    assert abs(told.value - real.value) < 0.2
    assert found["drawn", "frechet"].value < 3 * found["real", "frechet"].value


def test_pictures_of_other_things_cannot_be_judged() -> None:
    other = dataclasses.replace(drawing(), classes=("cat", "dog"))
    with pytest.raises(LabError, match="probe_no_set"):
        probed(other, 8)
