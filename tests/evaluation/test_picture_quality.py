"""A classifier that learns its classes, and a distance that is what the paper says."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from lab.evaluation.picture_quality import Classifier, frechet, judge, train_classifier
from lab.training.pictures import Shapes


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


def test_the_classifier_learns_the_shapes() -> None:
    classifier = train_classifier(Shapes(), steps=50)
    batch = Shapes().batches(64, 5)(0)
    with torch.inference_mode():
        right = (classifier(batch.pictures).argmax(1) == batch.labels).float().mean()
    assert right > 0.4, "one in eight is chance"


def test_a_model_that_knows_nothing_draws_nothing() -> None:
    from lab.config import ImageDiffusionConfig, ModelSpec, Size
    from lab.models.loaded import LoadedModel
    from lab.models.scratch import build
    from lab.objectives.image_diffusion import ImageDiffusion

    module = build("unet", Size(width=32, heads=4), classes=8).eval()  # type: ignore[call-arg]
    spec = ModelSpec(
        id="u", title="", source="scratch", kind="unet", objectives=("image",), licence="",
        data=(), limits={},
    )  # type: ignore[call-arg]  # fmt: skip
    schedule = dict(ImageDiffusion(ImageDiffusionConfig(), classes=8).noising.config)  # type: ignore[call-arg]
    names = Shapes.classes
    model = LoadedModel(spec, module, "fp32", torch.device("cpu"), 0, 0, None, schedule, names)
    torch.manual_seed(0)
    quality = judge(model, Shapes(), Classifier(8).eval(), each=2)
    assert quality.drawn.items == quality.real.items == 16
    assert quality.frechet > quality.frechet_real
