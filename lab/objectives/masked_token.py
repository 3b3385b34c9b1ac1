"""Masked token: say what was hidden, from both sides (BERT, Devlin et al. 2018, section 3.1)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

import torch
from torch import Tensor

from lab.config import MaskedTokenConfig
from lab.objectives._panel import sees_masked
from lab.objectives._read_masked import fill_masks, given_masked, read_masked, score_masked
from lab.objectives.base import (
    Batch,
    Corrupted,
    Objective,
    even_weights,
    learnable,
    maskable,
    present,
    require_mask,
    uniform,
)
from lab.prompts import MaskedPrompt
from lab.types import UNKNOWN, Reading, Sees, Step

if TYPE_CHECKING:
    from lab.models.loaded import LoadedModel


class MaskedToken(Objective[MaskedTokenConfig, MaskedPrompt]):
    """A share of the tokens must be guessed; of those most are masked, some swapped, some kept."""

    name: ClassVar[str] = "masked"
    kinds: ClassVar[tuple[str, ...]] = ("masked",)
    Config = MaskedTokenConfig
    Prompt = MaskedPrompt

    def corrupt(
        self, batch: Batch, generator: torch.Generator, at: Tensor | None = None
    ) -> Corrupted:
        """Choose places at the configured ratio (or take `at`, all of it masked)."""
        ids, mask_id = batch.text, require_mask(self.alphabet)
        if at is None:
            chosen = uniform(ids.shape, generator, ids.device) < self.config.ratio
            chosen &= learnable(batch, self.alphabet)
            given = self._mixed(ids, chosen, mask_id, generator)
        else:
            chosen = at
            given = ids.masked_fill(chosen, mask_id)
        share = chosen.sum(1) / maskable(ids, self.alphabet).sum(1).clamp(min=1)
        return Corrupted(
            inputs={"input_ids": given, "attention_mask": present(ids, self.alphabet).long()},
            targets=ids,
            weights=even_weights(chosen & (ids != UNKNOWN)),
            level=share.float().cpu(),
        )

    def _mixed(
        self, ids: Tensor, chosen: Tensor, mask_id: int, generator: torch.Generator
    ) -> Tensor:
        """BERT's 80/10/10: mask, swap for a random token, or keep, at the chosen places."""
        fate = uniform(ids.shape, generator, ids.device)
        swap = chosen & (fate < self.config.swap)
        mask = chosen & (fate >= self.config.swap + self.config.keep)
        reserved = sorted(self.alphabet.reserved)
        random = torch.randint(self.alphabet.size - len(reserved), ids.shape, generator=generator)
        for marker in reserved:  # step over each: all other tokens stay equally likely
            random += random >= marker
        return torch.where(swap, random.to(ids.device), ids).masked_fill(mask, mask_id)

    def visible(self, corrupted: Corrupted) -> Tensor:
        n = corrupted.targets.shape[1]
        real = corrupted.inputs["attention_mask"][0].bool().cpu()
        return real[None, :].expand(n, n)

    def given(self, model: LoadedModel, prompt: MaskedPrompt) -> Tensor:
        return torch.tensor([given_masked(model, prompt)[1]], device=model.device)

    def read(self, model: LoadedModel, prompt: MaskedPrompt) -> Reading:
        """What the model would put at the places hidden by hand, all at once."""
        return read_masked(model, prompt)

    def score(self, model: LoadedModel, prompt: MaskedPrompt) -> Reading:
        """The pseudo-log-likelihood of the sentence: a forward pass a token."""
        return score_masked(model, prompt)

    def sees(self, model: LoadedModel, prompt: MaskedPrompt, generator: torch.Generator) -> Sees:
        return sees_masked(self, model, prompt, generator)

    def trajectory(
        self, model: LoadedModel, prompt: MaskedPrompt, generator: torch.Generator
    ) -> Iterator[Step]:
        """One step: a masked model answers all its masks at once, each without the others."""
        yield fill_masks(model, prompt)


OBJECTIVE = MaskedToken
