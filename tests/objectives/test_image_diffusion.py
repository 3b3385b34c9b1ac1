"""Image diffusion against the papers' definitions and against diffusers used directly."""

from __future__ import annotations

import base64
import math
from dataclasses import replace
from io import BytesIO
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
from PIL import Image
from torch import Tensor

from lab.config import ImageDiffusionConfig, ModelSpec, Size
from lab.models.loaded import LoadedModel
from lab.models.scratch import build
from lab.objectives._denoise import estimate_clean
from lab.objectives._pixels import to_pictures
from lab.objectives.base import Batch, objectives
from lab.objectives.image_diffusion import ImageDiffusion
from lab.prompts import ImagePrompt
from lab.types import LabError, Picture, Step

NAMES = ("circle", "square", "cross")


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def as_array(picture: Picture | None) -> np.ndarray[Any, Any]:
    assert picture is not None
    flat = np.frombuffer(picture.pixels, np.uint8)
    return flat.reshape(picture.height, picture.width, 3)


def model_of(classes: tuple[str, ...] = NAMES, **config: Any) -> LoadedModel:
    module = build("unet", Size(width=32, heads=4), classes=len(classes)).eval()
    spec = ModelSpec(
        id="tiny", title="tiny", source="scratch", kind="unet", objectives=("image",),
        licence="-", data=(), limits={},
    )  # fmt: skip
    noising = ImageDiffusion(ImageDiffusionConfig(**config)).noising
    return LoadedModel(
        spec, module, "fp32", torch.device("cpu"), 0, 0, None, dict(noising.config), classes
    )


@pytest.fixture(scope="module")
def model() -> LoadedModel:
    return model_of()


@pytest.fixture(scope="module")
def classless() -> LoadedModel:
    return model_of((), timesteps=100, schedule="linear")


def walk(model: LoadedModel, seed: int = 0, **prompt: Any) -> list[Step]:
    objective = ImageDiffusion.serving(model)
    return list(objective.trajectory(model, ImagePrompt(**prompt), generator(seed)))


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


# -- the walk ---------------------------------------------------------------------


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


# -- one's own picture --------------------------------------------------------------


def own(colour: Any = (200, 40, 40), size: tuple[int, int] = (64, 48), kind: str = "PNG") -> str:
    file = BytesIO()
    Image.new("RGB", size, colour).save(file, kind)
    return base64.b64encode(file.getvalue()).decode()


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
