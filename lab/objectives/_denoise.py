"""From noise to a picture, one step of a diffusers scheduler at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from lab.objectives._pixels import decode, example, to_pictures, to_tensor
from lab.objectives.base import Batch
from lab.prompts import ImagePrompt
from lab.types import LabError, SeesPicture, Step

if TYPE_CHECKING:
    from lab.models.loaded import LoadedModel
    from lab.objectives.image_diffusion import ImageDiffusion

REACH = 3.0
"""Targets are drawn from -3 (black) to 3 (white): 99.7 % of Gaussian noise lies within."""


@dataclass(frozen=True, slots=True)
class Canvas:
    """The shape of what a model paints: channels x height x width."""

    channels: int
    height: int
    width: int

    @classmethod
    def of(cls, model: LoadedModel) -> Canvas:
        return cls.told(model.module.config)  # type: ignore[arg-type]

    @classmethod
    def told(cls, config: Mapping[str, Any]) -> Canvas:
        """By what a picture model's config.json says."""
        side = config["sample_size"]
        height, width = (side, side) if isinstance(side, int) else side
        return cls(int(config["in_channels"]), int(height), int(width))


def denoise(
    objective: ImageDiffusion, model: LoadedModel, prompt: ImagePrompt, generator: torch.Generator
) -> Iterator[Step]:
    """Steps from noise to picture: `sample` as it stands, `estimate` what the model makes of it.

    Step 0 is the starting noise, or with a picture of one's own or a `start`
    below 1 a picture noised to `start` (SDEdit, Meng et al. 2022, section 3); the
    last, one more than the forward passes, is the finished picture. What is off
    with the prompt is said here, before the first step is asked for.
    """
    scheduler = scheduler_for(objective, prompt)
    scheduler.set_timesteps(prompt.steps)
    times = scheduler.timesteps
    labels = _labels(objective, model, prompt)
    canvas = Canvas.of(model)
    shape = (1, canvas.channels, canvas.height, canvas.width)
    if prompt.picture or prompt.start < 1:
        times = times[-max(1, int((times < prompt.start * objective.timesteps).sum())) :]
        own = _beginning(model, prompt, canvas)
        noise = torch.randn(shape, generator=generator)
        sample = objective.noising.add_noise(own, noise, times[:1])
    else:
        sample = torch.randn(shape, generator=generator)
    if hasattr(scheduler, "set_begin_index"):
        scheduler.set_begin_index(len(scheduler.timesteps) - len(times))
    say = Voice(model, labels, prompt.guidance)
    return _walk(objective, say, scheduler, times, sample.to(model.device), generator)


def _walk(
    objective: ImageDiffusion,
    say: Voice,
    scheduler: Any,
    times: Tensor,
    sample: Tensor,
    generator: torch.Generator,
) -> Iterator[Step]:
    levels = objective.level(times).tolist()
    for index, (time, level) in enumerate(zip(times, levels, strict=True)):
        said = say(sample, time)
        step = scheduler.step(said, time, sample, generator=generator)
        estimate = getattr(step, "pred_original_sample", None)
        if estimate is None:
            estimate = estimate_clean(objective, said, time, sample)
        noisy, clean = to_pictures(torch.cat([sample, estimate]))
        yield Step(index, level, sample=noisy, estimate=clean, timestep=int(time))
        sample = step.prev_sample
    (done,) = to_pictures(sample)
    yield Step(len(times), 0.0, sample=done, estimate=done)


class Voice:
    """What a model says of a noisy picture, with its class and guidance settled."""

    def __init__(self, model: LoadedModel, labels: Tensor | None, guidance: float) -> None:
        """labels: (1,) to be told one class, (2,) for a class and "any", or nothing."""
        self.model, self.labels, self.guidance = model, labels, guidance
        self.dtype = next(model.module.parameters()).dtype

    def __call__(self, sample: Tensor, time: Tensor) -> Tensor:
        """(1, C, H, W) for a sample of that shape.

        With two labels: any + guidance x (class - any) (Ho and Salimans 2022,
        equation 6, with guidance = 1 + w).
        """
        rows = 1 if self.labels is None else len(self.labels)
        told = {} if self.labels is None else {"class_labels": self.labels}
        given = sample.to(self.dtype).expand(rows, -1, -1, -1)
        with torch.no_grad():
            said: Tensor = self.model.module(given, time, **told, return_dict=False)[0].float()
        if rows == 1:
            return said
        wished, anything = said.chunk(2)
        return anything + self.guidance * (wished - anything)


def estimate_clean(objective: ImageDiffusion, said: Tensor, time: Tensor, sample: Tensor) -> Tensor:
    """The clean picture that an output amounts to (DDPM, equation 15; for v, x = a·x_t - s·v)."""
    kept: Tensor = objective.noising.alphas_cumprod[int(time)]
    signal, noise = kept.sqrt(), (1 - kept).sqrt()
    meaning = objective.noising.config.prediction_type
    if meaning == "v_prediction":
        return signal * sample - noise * said
    return said if meaning == "sample" else (sample - noise * said) / signal


def scheduler_for(objective: ImageDiffusion, prompt: ImagePrompt) -> Any:
    """diffusers' scheduler of that name, on the noising the model was trained with."""
    from diffusers import DDIMScheduler, DDPMScheduler, DPMSolverMultistepScheduler

    if prompt.steps > objective.timesteps:
        raise LabError("too_many_steps", most=objective.timesteps)
    noising = objective.noising.config
    if prompt.scheduler == "ddpm":
        return DDPMScheduler.from_config(noising)
    if prompt.scheduler == "ddim":
        return DDIMScheduler.from_config(noising)
    # The last times of the cosine schedule are all but pure noise, where DPM-Solver's
    # half-log-SNR runs away; diffusers' documentation gives -5.1 as the place to cut it.
    cosine = noising.beta_schedule == "squaredcos_cap_v2"
    least = {"lambda_min_clipped": -5.1} if cosine else {}
    return DPMSolverMultistepScheduler.from_config(noising, algorithm_type="dpmsolver++", **least)


def _beginning(model: LoadedModel, prompt: ImagePrompt, canvas: Canvas) -> Tensor:
    """(1, C, H, W): one's own picture, or else the lab's drawing of the class wished for."""
    if prompt.picture:
        picture = decode(prompt.picture, canvas.width, canvas.height)
    else:
        name = model.classes[prompt.label] if 0 <= prompt.label < len(model.classes) else ""
        picture = example(name, canvas.width, canvas.height)
    return to_tensor(picture, canvas.channels)


def _labels(objective: ImageDiffusion, model: LoadedModel, prompt: ImagePrompt) -> Tensor | None:
    """The class numbers to run with; without a wish, or without pull, one pass is enough."""
    if prompt.label >= 0 and not objective.classes:
        raise LabError("no_classes", model=model.spec.id)
    if prompt.label >= objective.classes and prompt.label >= 0:
        raise LabError("no_such_class", label=prompt.label, last=objective.classes - 1)
    if not objective.classes:
        return None
    if prompt.label < 0 or prompt.guidance == 0:
        chosen = [objective.classes]
    else:
        chosen = [prompt.label] if prompt.guidance == 1 else [prompt.label, objective.classes]
    return torch.tensor(chosen, device=model.device)


def show_corrupted(
    objective: ImageDiffusion, model: LoadedModel, prompt: ImagePrompt, generator: torch.Generator
) -> SeesPicture:
    """The panel "what the model sees": one's own picture, or one of ours, noised to `start`."""
    canvas = Canvas.of(model)
    _labels(objective, model, prompt)
    clean = _beginning(model, prompt, canvas)
    wish = prompt.label if prompt.label >= 0 else objective.classes
    labels = torch.tensor([wish]) if objective.classes else None
    time = min(max(round(prompt.start * objective.timesteps) - 1, 0), objective.timesteps - 1)
    corrupted = objective.corrupt(Batch(None, clean, labels), generator, torch.tensor([time]))
    shown = torch.cat([clean, corrupted.inputs["sample"], corrupted.targets / REACH])
    whole, given, target = to_pictures(shown)
    told = int(corrupted.inputs["class_labels"][0]) if labels is not None else -1
    return SeesPicture(
        clean=whole,
        given=given,
        target=target,
        reach=REACH,
        says=objective.noising.config.prediction_type,
        timestep=time,
        level=float(corrupted.level[0]),
        weight=float(corrupted.weights[0]),
        label=told if told < objective.classes else -1,
        regions=objective.regions(corrupted),
        visible=tuple(tuple(map(bool, row)) for row in objective.visible(corrupted).tolist()),
    )
