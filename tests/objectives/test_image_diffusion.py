"""Image diffusion against the papers' definitions and against diffusers used directly."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from painted import as_array, own
from tiny_models import generator

from lab.config import ImageDiffusionConfig, Size
from lab.models.loaded import LoadedModel
from lab.models.scratch import build
from lab.objectives._denoise import estimate_clean
from lab.objectives._pixels import to_pictures
from lab.objectives.base import Batch, objectives
from lab.objectives.image_diffusion import ImageDiffusion
from lab.prompts import ImagePrompt

# -- the task ---------------------------------------------------------------------


def test_is_found_under_its_name() -> None:
    assert objectives()["image"] is ImageDiffusion


@pytest.mark.parametrize("schedule", ["linear", "squaredcos_cap_v2"])
def test_forward_marginals_are_those_of_ddpm(schedule: str) -> None:
    """q(x_t | x_0) = N(sqrt(alpha_bar) x_0, (1 - alpha_bar) I), by formula and by sampling."""
    objective = ImageDiffusion(ImageDiffusionConfig(schedule=schedule))  # type: ignore[arg-type]
    if schedule == "linear":
        betas = np.linspace(1e-4, 0.02, 1000)
    else:

        def f(u: float) -> float:
            return math.cos((u + 0.008) / 1.008 * math.pi / 2) ** 2

        betas = np.array([min(1 - f((i + 1) / 1000) / f(i / 1000), 0.999) for i in range(1000)])
    kept = np.cumprod(1 - betas)
    clean = torch.full((400, 3, 16, 16), 0.6)
    for time in (0, 250, 700, 999):
        made = objective.corrupt(Batch(pixels=clean), generator(), torch.full((400,), time))
        noisy = made.inputs["sample"]
        assert float(made.level[0]) == pytest.approx(1 - kept[time], abs=1e-5)
        assert float(noisy.mean()) == pytest.approx(0.6 * math.sqrt(kept[time]), abs=0.01)
        assert float(noisy.var()) == pytest.approx(1 - kept[time], rel=0.02, abs=1e-6)
        exact = math.sqrt(kept[time]) * clean + math.sqrt(1 - kept[time]) * made.extra["noise"]
        torch.testing.assert_close(noisy, exact, atol=1e-5, rtol=1e-5)


def test_level_goes_from_clean_to_noise() -> None:
    objective = ImageDiffusion(ImageDiffusionConfig())
    levels = objective.level(torch.tensor([-1, 0, 500, 999])).tolist()
    assert levels[0] == 0
    assert levels[1] < 1e-3
    assert 0.4 < levels[2] < 0.6
    assert levels[3] > 0.999


def test_times_are_uniform() -> None:
    objective = ImageDiffusion(ImageDiffusionConfig(timesteps=10))
    drawn = torch.cat([objective.times(7, generator(i)) for i in range(2000)])
    counts = torch.bincount(drawn, minlength=10) / len(drawn)
    assert counts.shape == (10,)
    torch.testing.assert_close(counts, torch.full((10,), 0.1), atol=0.01, rtol=0)


def test_noise_and_velocity_tell_the_same_picture() -> None:
    """From either target, perfectly said, the estimate is the clean picture itself."""
    clean = torch.rand(5, 3, 8, 8) * 2 - 1
    at = torch.tensor([3, 100, 400, 700, 900])
    for prediction in ("epsilon", "v_prediction"):
        objective = ImageDiffusion(ImageDiffusionConfig(prediction=prediction))  # type: ignore[arg-type]
        made = objective.corrupt(Batch(pixels=clean), generator(1), at)
        noisy = made.inputs["sample"]
        for i, time in enumerate(at):
            back = estimate_clean(objective, made.targets[i], time, noisy[i])
            torch.testing.assert_close(back, clean[i], atol=1e-4, rtol=1e-4)
        kept = objective.noising.alphas_cumprod[at].view(-1, 1, 1, 1)
        if prediction == "v_prediction":
            velocity = kept.sqrt() * made.extra["noise"] - (1 - kept).sqrt() * clean
            torch.testing.assert_close(made.targets, velocity)
        else:
            assert torch.equal(made.targets, made.extra["noise"])


def test_loss_is_the_mean_squared_error() -> None:
    objective = ImageDiffusion(ImageDiffusionConfig())
    made = objective.corrupt(Batch(pixels=torch.rand(4, 3, 8, 8)), generator())
    outputs = torch.randn(4, 3, 8, 8)
    expected = torch.nn.functional.mse_loss(outputs, made.targets)
    torch.testing.assert_close(objective.loss(outputs, made), expected)
    assert float(made.weights.sum()) == pytest.approx(4 / made.targets.numel())


def test_classes_are_dropped_to_any() -> None:
    objective = ImageDiffusion(ImageDiffusionConfig(drop_class=0.25), classes=3)
    batch = Batch(pixels=torch.zeros(4000, 1, 1, 1), labels=torch.full((4000,), 2))
    told = objective.corrupt(batch, generator()).inputs["class_labels"]
    assert set(told.tolist()) == {2, 3}
    assert float((told == 3).float().mean()) == pytest.approx(0.25, abs=0.03)


def test_training_moves_the_weights(model: LoadedModel) -> None:
    """The inputs made by `corrupt` are the forward's own arguments, and the loss has a gradient."""
    module = build("unet", Size(width=32), classes=3)
    objective = ImageDiffusion(ImageDiffusionConfig(), classes=3)
    batch = Batch(pixels=torch.rand(2, 3, 32, 32), labels=torch.tensor([0, 1]))
    made = objective.corrupt(batch, generator())
    objective.loss(module(**made.inputs).sample, made).backward()
    assert all(p.grad is not None for p in module.parameters())


# -- what the model sees -------------------------------------------------------------


def test_the_panel_shows_what_corrupt_makes(model: LoadedModel) -> None:
    objective = ImageDiffusion(
        ImageDiffusionConfig(drop_class=0), classes=3, schedule=model.schedule
    )
    seen = objective.sees(model, ImagePrompt(start=0.4, picture=own(), label=1), generator())
    assert (seen.timestep, seen.label, seen.says) == (399, 1, "epsilon")
    assert seen.weight == pytest.approx(1 / (3 * 32 * 32))
    assert seen.regions == (8, 8)
    assert len(seen.visible) == 64
    assert all(map(all, seen.visible))
    clean = torch.tensor([200, 40, 40]).view(1, 3, 1, 1).expand(1, 3, 32, 32) / 127.5 - 1
    made = objective.corrupt(
        Batch(pixels=clean, labels=torch.tensor([1])), generator(), torch.tensor([399])
    )
    assert seen.given == to_pictures(made.inputs["sample"])[0]
    assert seen.target == to_pictures(made.targets / seen.reach)[0]
    assert as_array(seen.clean)[0, 0].tolist() == [200, 40, 40]


def test_the_panel_has_a_picture_of_its_own(model: LoadedModel) -> None:
    seen = ImageDiffusion.serving(model).sees(model, ImagePrompt(), generator())
    assert as_array(seen.clean).std() > 10
    other = ImageDiffusion.serving(replace(model, classes=("house", "boat", "star")))
    named = other.sees(
        replace(model, classes=("house", "boat", "star")), ImagePrompt(label=1), generator()
    )
    assert named.clean != seen.clean
