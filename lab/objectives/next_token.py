"""Next token: say what comes next, from the left alone (GPT, Radford et al. 2018, equation 1)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

import torch
from torch import Tensor

from lab.config import NextTokenConfig
from lab.objectives.base import Batch, Corrupted, Objective, even_weights
from lab.prompts import NextPrompt
from lab.types import Step

if TYPE_CHECKING:
    from lab.models.loaded import LoadedModel


class NextToken(Objective[NextTokenConfig, NextPrompt]):
    """Nothing is hidden but the future: every token is a target, each sees only its left."""

    name: ClassVar[str] = "next"
    kinds: ClassVar[tuple[str, ...]] = ("causal",)
    Config = NextTokenConfig
    Prompt = NextPrompt

    def corrupt(
        self, batch: Batch, generator: torch.Generator, at: Tensor | None = None
    ) -> Corrupted:
        """Targets are the inputs moved one place left; the last place has none.

        `at` marks tokens that carry loss (an answer, say); by default all do.
        """
        ids = batch.text
        targets = torch.cat([ids[:, 1:], torch.full_like(ids[:, :1], self.alphabet.pad)], dim=1)
        carries = targets != self.alphabet.pad
        carries[:, -1] = False
        if at is not None:
            carries[:, :-1] &= at[:, 1:]
        present = (ids != self.alphabet.pad).long()
        return Corrupted(
            inputs={"input_ids": ids, "attention_mask": present},
            targets=targets,
            weights=even_weights(carries),
            level=torch.zeros(len(ids)),
        )

    def visible(self, corrupted: Corrupted) -> Tensor:
        n = corrupted.targets.shape[1]
        present = corrupted.inputs["attention_mask"][0].bool().cpu()
        return torch.ones(n, n, dtype=torch.bool).tril() & present[None, :]

    def trajectory(
        self, model: LoadedModel, prompt: NextPrompt, generator: torch.Generator
    ) -> Iterator[Step]:
        from lab.objectives._write import write_on

        return write_on(model, prompt, generator)


OBJECTIVE = NextToken
