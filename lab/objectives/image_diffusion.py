"""Image diffusion: say which noise was added to a picture (DDPM, Ho et al. 2020)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Self

import torch
from torch import Tensor

from lab.config import ImageDiffusionConfig
from lab.objectives.base import Batch, Corrupted, Objective
from lab.prompts import ImagePrompt
from lab.types import Alphabet, SeesPicture, Step

if TYPE_CHECKING:
    from lab.models.loaded import LoadedModel

REGION = 4
"""Side, in pixels, of the regions that attend to one another in the deepest of three levels."""


class ImageDiffusion(Objective[ImageDiffusionConfig, ImagePrompt]):
    """A time t is drawn for each picture and Gaussian noise mixed in by as much.

    The level of a picture is 1 - alpha_bar(t): the share of its variance that is
    noise, 0 for the clean picture and (nearly) 1 at the last time.
    """

    name: ClassVar[str] = "image"
    kinds: ClassVar[tuple[str, ...]] = ("unet",)
    Config = ImageDiffusionConfig
    Prompt = ImagePrompt

    def __init__(
        self,
        config: ImageDiffusionConfig,
        alphabet: Alphabet | None = None,
        classes: int = 0,
        schedule: dict[str, Any] | None = None,
    ) -> None:
        """`classes`: real ones; the embedding after the last of them means "any".

        `schedule`: the noising a model was trained with, as diffusers writes it;
        it stands above the config's own timesteps, schedule and prediction.
        """
        super().__init__(config, alphabet)
        self.classes = classes
        self._schedule = schedule or {}

    @classmethod
    def serving(cls, model: LoadedModel) -> Self:
        embeddings = getattr(model.module.config, "num_class_embeds", None) or 1
        return cls(cls.Config(), classes=embeddings - 1, schedule=model.schedule)

    @cached_property
    def noising(self) -> Any:
        """diffusers' `DDPMScheduler`: alpha_bar, the mixing of noise and the meaning of outputs."""
        from diffusers import DDPMScheduler

        own = {
            "num_train_timesteps": self.config.timesteps,
            "beta_schedule": self.config.schedule,
            "prediction_type": self.config.prediction,
            "timestep_spacing": "trailing",  # begin at the last time, whatever the step count
        }
        return DDPMScheduler.from_config(self._schedule or own)

    @property
    def timesteps(self) -> int:
        return int(self.noising.config.num_train_timesteps)

    def level(self, times: Tensor) -> Tensor:
        """1 - alpha_bar at the given times, each 0 to T-1; below 0 the picture is clean."""
        noise = 1 - self.noising.alphas_cumprod.cpu()[times.cpu().clamp(min=0)]
        return torch.where(times.cpu() < 0, torch.zeros_like(noise), noise)

    def times(self, rows: int, generator: torch.Generator) -> Tensor:
        """(rows,) times, each uniform over 0 … T-1 and together spread evenly: steadier batches."""
        shift = torch.rand(1, generator=generator)
        spread = (shift + torch.arange(rows) / rows) % 1
        return (spread * self.timesteps).long().clamp(max=self.timesteps - 1)

    def corrupt(
        self, batch: Batch, generator: torch.Generator, at: Tensor | None = None
    ) -> Corrupted:
        """x_t = sqrt(alpha_bar) x_0 + sqrt(1 - alpha_bar) noise (DDPM, equation 4).

        at: (B,) times, instead of drawing them. Targets are (B, C, H, W): the
        noise, or the velocity sqrt(alpha_bar) noise - sqrt(1 - alpha_bar) x_0
        (Salimans and Ho 2022, section 4). Weights are (B,), each 1/(B·C·H·W).
        """
        clean = batch.pictures
        times = (self.times(len(clean), generator) if at is None else at).to(clean.device)
        noise = torch.randn(clean.shape, generator=generator, dtype=clean.dtype).to(clean.device)
        inputs = {"sample": self.noising.add_noise(clean, noise, times), "timestep": times}
        if batch.labels is not None and self.classes:
            dropped = torch.rand(len(clean), generator=generator) < self.config.drop_class
            inputs["class_labels"] = batch.labels.masked_fill(
                dropped.to(clean.device), self.classes
            )
        return Corrupted(
            inputs=inputs,
            targets=self._targets(clean, noise, times),
            weights=torch.full((len(clean),), 1 / clean.numel(), device=clean.device),
            level=self.level(times),
            extra={"noise": noise},
        )

    def _targets(self, clean: Tensor, noise: Tensor, times: Tensor) -> Tensor:
        said = self.noising.config.prediction_type
        if said == "v_prediction":
            velocity: Tensor = self.noising.get_velocity(clean, noise, times)
            return velocity
        return clean if said == "sample" else noise

    def loss(self, outputs: Tensor, corrupted: Corrupted) -> Tensor:
        """The mean squared error, as the weighted sum over pictures of their squared errors.

        outputs: (B, C, H, W).
        """
        errors = (outputs.float() - corrupted.targets).square().flatten(1).sum(1)
        return (errors * corrupted.weights).sum()

    def visible(self, corrupted: Corrupted) -> Tensor:
        """Every region of 4 x 4 pixels may look at every other, itself included: nothing is hidden.

        Regions are numbered row by row; noise, not a mask, is what stands between.
        """
        columns, rows = self.regions(corrupted)
        return torch.ones(columns * rows, columns * rows, dtype=torch.bool)

    def regions(self, corrupted: Corrupted) -> tuple[int, int]:
        """(columns, rows) of the regions of a picture."""
        height, width = corrupted.targets.shape[-2:]
        return -(-width // REGION), -(-height // REGION)

    def sees(
        self, model: LoadedModel, prompt: ImagePrompt, generator: torch.Generator
    ) -> SeesPicture:
        from lab.objectives._denoise import show_corrupted

        return show_corrupted(self, model, prompt, generator)

    def trajectory(
        self, model: LoadedModel, prompt: ImagePrompt, generator: torch.Generator
    ) -> Iterator[Step]:
        from lab.objectives._denoise import denoise

        return denoise(self, model, prompt, generator)


OBJECTIVE = ImageDiffusion
