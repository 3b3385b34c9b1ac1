"""Walks from noise, or from a picture of one’s own, to a picture: as diffusers takes them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from diffusers import (
    DDIMPipeline,
    DDIMScheduler,
    DDPMPipeline,
    DDPMScheduler,
    DPMSolverMultistepScheduler,
)
from painted import NAMES, as_array, model_of, own, walk
from tiny_models import generator
from torch import Tensor

from lab.models.loaded import LoadedModel
from lab.objectives._pixels import to_pictures
from lab.objectives.image_diffusion import ImageDiffusion
from lab.prompts import ImagePrompt
from lab.types import LabError, Picture


def plain_loop(
    module: Any, scheduler: Any, steps: int, label: int | None, seed: int = 0
) -> tuple[Tensor, list[Tensor]]:
    """What diffusers' own examples do."""
    draws = generator(seed)
    sample = torch.randn((1, 3, 32, 32), generator=draws)
    scheduler.set_timesteps(steps)
    told = {} if label is None else {"class_labels": torch.tensor([label])}
    seen = []
    with torch.no_grad():
        for time in scheduler.timesteps:
            seen.append(sample)
            said = module(sample, time, **told).sample
            sample = scheduler.step(said, time, sample, generator=draws).prev_sample
    return sample, seen


@pytest.mark.parametrize("prediction", ["epsilon", "v_prediction"])
@pytest.mark.parametrize("name", ["ddpm", "ddim", "dpm"])
def test_equals_the_plain_loop(name: str, prediction: str) -> None:
    model = model_of(prediction=prediction)
    made = {
        "ddpm": lambda: DDPMScheduler.from_config(model.schedule),
        "ddim": lambda: DDIMScheduler.from_config(model.schedule),
        "dpm": lambda: DPMSolverMultistepScheduler.from_config(
            model.schedule, algorithm_type="dpmsolver++", lambda_min_clipped=-5.1
        ),
    }
    expected, seen = plain_loop(model.module, made[name](), 6, label=1)
    steps = walk(model, scheduler=name, steps=6, label=1)
    assert [s.index for s in steps] == list(range(7))
    for step, sample in zip(steps, [*seen, expected], strict=True):
        (picture,) = to_pictures(sample)
        difference = as_array(step.sample).astype(int) - as_array(picture).astype(int)
        assert abs(difference).max() <= 1
    assert steps[-1].level == 0
    assert steps[-1].timestep == -1
    assert steps[-1].sample == steps[-1].estimate
    assert [s.timestep for s in steps] == sorted((s.timestep for s in steps), reverse=True)
    assert [s.level for s in steps] == sorted((s.level for s in steps), reverse=True)


@pytest.mark.parametrize(("name", "pipeline"), [("ddpm", DDPMPipeline), ("ddim", DDIMPipeline)])
def test_equals_diffusers_pipelines(classless: LoadedModel, name: str, pipeline: Any) -> None:
    pipe = pipeline(classless.module, DDPMScheduler.from_config(classless.schedule))
    pipe.set_progress_bar_config(disable=True)
    picture = pipe(generator=generator(3), num_inference_steps=5, output_type="np").images[0]
    ours = as_array(walk(classless, seed=3, scheduler=name, steps=5)[-1].sample)
    assert np.abs(ours - picture * 255).max() <= 1


@pytest.mark.parametrize("name", ["ddpm", "ddim", "dpm"])
@pytest.mark.parametrize("steps", [1, 2, 7, 100])
def test_any_number_of_steps(classless: LoadedModel, name: str, steps: int) -> None:
    made = walk(classless, scheduler=name, steps=steps)
    assert len(made) == steps + 1
    assert len({s.timestep for s in made}) == steps + 1


@pytest.mark.parametrize("name", ["ddpm", "ddim", "dpm"])
def test_estimate_is_what_the_output_amounts_to(model: LoadedModel, name: str) -> None:
    """(x_t - sqrt(1 - alpha_bar) eps) / sqrt(alpha_bar), at the first step."""
    first = walk(model, scheduler=name, steps=4)[0]
    sample = torch.randn((1, 3, 32, 32), generator=generator())
    objective = ImageDiffusion.serving(model)
    kept = objective.noising.alphas_cumprod[first.timestep]
    with torch.no_grad():
        told = torch.tensor([len(NAMES)])
        said = model.module(sample, first.timestep, class_labels=told).sample
    clean = (sample - (1 - kept).sqrt() * said) / kept.sqrt()
    assert first.level == pytest.approx(float(1 - kept))
    assert first.sample == to_pictures(sample)[0]
    assert first.estimate == to_pictures(clean)[0]


def test_a_seed_gives_one_picture(model: LoadedModel) -> None:
    assert walk(model, 5, scheduler="ddpm", steps=3) == walk(model, 5, scheduler="ddpm", steps=3)
    assert walk(model, 5, steps=3)[-1] != walk(model, 6, steps=3)[-1]


def test_classes_and_guidance(model: LoadedModel) -> None:
    def last(**prompt: Any) -> Picture | None:
        return walk(model, steps=3, **prompt)[-1].sample

    assert last(label=0) != last(label=1)
    assert last(label=0, guidance=0) == last()
    assert last(guidance=5) == last(), "without a wish nothing pulls"
    assert last(label=0, guidance=4) != last(label=0)


def test_guidance_is_a_line_through_any_and_class(model: LoadedModel) -> None:
    from lab.objectives._denoise import Voice

    sample, time = torch.randn(1, 3, 32, 32), torch.tensor(500)
    with torch.no_grad():
        wished, anything = (
            model.module(sample, time, class_labels=torch.tensor([i])).sample for i in (1, 3)
        )
    said = Voice(model, torch.tensor([1, 3]), 2.5)(sample, time)
    torch.testing.assert_close(said, anything + 2.5 * (wished - anything), atol=1e-4, rtol=1e-4)


def test_gradients_are_off_and_stay_as_they_were(model: LoadedModel) -> None:
    steps = ImageDiffusion.serving(model).trajectory(model, ImagePrompt(steps=2), generator())
    next(steps)
    assert torch.is_grad_enabled()


def test_begins_from_ones_own_picture_noised(model: LoadedModel) -> None:
    steps = walk(model, steps=10, start=0.5, picture=own())
    assert len(steps) == 6
    first = steps[0]
    objective = ImageDiffusion.serving(model)
    clean = torch.tensor([200, 40, 40]).view(1, 3, 1, 1).expand(1, 3, 32, 32) / 127.5 - 1
    noise = torch.randn(clean.shape, generator=generator())
    kept = objective.noising.alphas_cumprod[first.timestep]
    assert first.timestep == 499
    assert first.sample == to_pictures(kept.sqrt() * clean + (1 - kept).sqrt() * noise)[0]


@pytest.mark.parametrize("name", ["ddpm", "ddim", "dpm"])
def test_little_noise_keeps_the_picture(model: LoadedModel, name: str) -> None:
    last = walk(model, scheduler=name, steps=100, start=0.02, picture=own())[-1]
    assert np.abs(as_array(last.sample).mean((0, 1)) - [200, 40, 40]).max() < 12


def test_without_a_picture_the_labs_drawing_is_noised(model: LoadedModel) -> None:
    """The very one of the panel, which shows the same noise."""
    first = walk(model, start=0.02, steps=100)[0]
    seen = ImageDiffusion.serving(model).sees(model, ImagePrompt(start=0.02), generator())
    drawn = as_array(seen.clean).astype(int)
    assert abs(as_array(first.sample) - drawn).mean() < 10
    assert seen.timestep == first.timestep


def test_what_cannot_be_asked(model: LoadedModel, classless: LoadedModel) -> None:
    """Said at once, not when the first step is read."""

    def ask(model: LoadedModel, **prompt: Any) -> None:
        ImageDiffusion.serving(model).trajectory(model, ImagePrompt(**prompt), generator())

    for key, on, prompt in [
        ("no_such_class", model, {"label": 3}),
        ("no_classes", classless, {"label": 0}),
        ("too_many_steps", classless, {"steps": 101}),
        ("picture_broken", model, {"picture": "no picture"}),
    ]:
        with pytest.raises(LabError, match=key):
            ask(on, **prompt)
