"""Masked diffusion for text: hide any share, bring it back in steps (MDLM, Sahoo et al. 2024)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

import torch
from torch import Tensor

from lab.config import MaskedDiffusionConfig
from lab.objectives._panel import sees_diffusion
from lab.objectives._read_masked import given_masked, read_masked
from lab.objectives._unmask import unmask
from lab.objectives.base import (
    Batch,
    Corrupted,
    Objective,
    learnable,
    present,
    require_mask,
    uniform,
)
from lab.prompts import DiffusionPrompt
from lab.types import UNKNOWN, Reading, Sees, Step

if TYPE_CHECKING:
    from lab.models.loaded import LoadedModel


class MaskedDiffusion(Objective[MaskedDiffusionConfig, DiffusionPrompt]):
    """A time t is drawn for each text and each token hidden with probability 1 - alpha(t)."""

    name: ClassVar[str] = "diffusion"
    kinds: ClassVar[tuple[str, ...]] = ("masked",)
    begins_unasked: ClassVar[bool] = True
    Config = MaskedDiffusionConfig
    Prompt = DiffusionPrompt

    def alpha(self, t: Tensor) -> Tensor:
        """The chance that a token is still there at time t: 1 at t=0, 0 at t=1."""
        if self.config.schedule == "linear":
            return 1 - t
        return torch.cos(0.5 * math.pi * t).clamp(min=0)

    def rate(self, t: Tensor) -> Tensor:
        """-alpha'(t) / (1 - alpha(t)): what a hidden token's loss counts (MDLM, equation 10).

        It makes the weighted sum a bound on the negative log-likelihood. For the
        linear schedule it is 1/t.
        """
        if self.config.schedule == "linear":
            return 1 / t
        slope = 0.5 * math.pi * torch.sin(0.5 * math.pi * t)
        return slope / (1 - self.alpha(t))

    def time(self, share: Tensor) -> Tensor:
        """The t at which `share` of the tokens is hidden on average: alpha(t) = 1 - share."""
        if self.config.schedule == "linear":
            return share
        return torch.acos(1 - share) * 2 / math.pi

    def times(self, rows: int, generator: torch.Generator) -> Tensor:
        """(rows,) times, evenly spread over (floor, 1) from one random shift: calmer batches."""
        shift = torch.rand(1, generator=generator)
        spread = (shift + torch.arange(rows) / rows) % 1
        return self.config.floor + (1 - self.config.floor) * spread

    def corrupt(
        self, batch: Batch, generator: torch.Generator, at: Tensor | None = None
    ) -> Corrupted:
        """Weights are rate(t)/N at hidden places, N being the real tokens of the batch.

        With `at`, t is the time at which as large a share is hidden on average.
        """
        ids, mask_id = batch.text, require_mask(self.alphabet)
        real = learnable(batch, self.alphabet)
        if at is None:
            t = self.times(len(ids), generator).to(ids.device)
            hidden = uniform(ids.shape, generator, ids.device) < (1 - self.alpha(t))[:, None]
            hidden &= real
        else:
            hidden = at
            share = hidden.sum(1) / real.sum(1).clamp(min=1)
            t = self.time(share.float()).clamp(self.config.floor, 1.0)
        known = hidden & (ids != UNKNOWN)
        weights = known.float() * self.rate(t)[:, None] / real.sum().clamp(min=1)
        return Corrupted(
            inputs={
                "input_ids": ids.masked_fill(hidden, mask_id),
                "attention_mask": present(ids, self.alphabet).long(),
            },
            targets=ids,
            weights=weights,
            level=(1 - self.alpha(t)).cpu(),
        )

    def visible(self, corrupted: Corrupted) -> Tensor:
        n = corrupted.targets.shape[1]
        real = corrupted.inputs["attention_mask"][0].bool().cpu()
        return real[None, :].expand(n, n)

    def given(self, model: LoadedModel, prompt: DiffusionPrompt) -> Tensor:
        return torch.tensor([given_masked(model, prompt)[1]], device=model.device)

    def read(self, model: LoadedModel, prompt: DiffusionPrompt) -> Reading:
        """What the model would put at the places hidden by hand, all at once."""
        return read_masked(model, prompt)

    def sees(self, model: LoadedModel, prompt: DiffusionPrompt, generator: torch.Generator) -> Sees:
        return sees_diffusion(self, model, prompt, generator)

    def trajectory(
        self, model: LoadedModel, prompt: DiffusionPrompt, generator: torch.Generator
    ) -> Iterator[Step]:
        return unmask(self, model, prompt, generator)


OBJECTIVE = MaskedDiffusion
