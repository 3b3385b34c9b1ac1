"""Next token: say what comes next, from the left alone (GPT, Radford et al. 2018, equation 1)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

import torch
from torch import Tensor

from lab.config import NextTokenConfig
from lab.objectives._panel import sees_next
from lab.objectives._read_next import given_next, read_next
from lab.objectives._write import write_on
from lab.objectives.base import Batch, Corrupted, Objective, even_weights, present
from lab.prompts import NextPrompt
from lab.types import Reading, Sees, Step

if TYPE_CHECKING:
    from lab.models.loaded import LoadedModel


class NextToken(Objective[NextTokenConfig, NextPrompt]):
    """Nothing is hidden but the future: every token is a target, each sees only its left."""

    name: ClassVar[str] = "next"
    kinds: ClassVar[tuple[str, ...]] = ("causal",)
    packs: ClassVar[bool] = True
    Config = NextTokenConfig
    Prompt = NextPrompt

    def corrupt(
        self, batch: Batch, generator: torch.Generator, at: Tensor | None = None
    ) -> Corrupted:
        """Targets are the inputs moved one place left; the last place has none.

        `at` marks tokens that carry loss (an answer, say); by default all do.
        """
        ids, places = batch.text, batch.places
        real = present(ids, self.alphabet)
        targets = torch.cat([ids[:, 1:], torch.full_like(ids[:, :1], self.alphabet.pad)], dim=1)
        wanted = real if at is None else real & at
        if batch.learn is not None:
            wanted = wanted & batch.learn
        carries = torch.zeros_like(real)
        carries[:, :-1] = wanted[:, 1:]
        inputs = {"input_ids": ids, "attention_mask": real.long()}
        if places is not None:
            carries[:, :-1] &= places[:, 1:] > 0  # nobody guesses how another text begins
            # Without a mask, transformers keeps apart what is counted apart.
            inputs = {"input_ids": ids, "position_ids": places}
        return Corrupted(
            inputs=inputs,
            targets=targets,
            weights=even_weights(carries),
            level=torch.zeros(len(ids)),
        )

    def visible(self, corrupted: Corrupted) -> Tensor:
        n = corrupted.targets.shape[1]
        left = torch.ones(n, n, dtype=torch.bool).tril()
        if (places := corrupted.inputs.get("position_ids")) is not None:
            text = (places[0].cpu() == 0).cumsum(0)
            return left & (text[:, None] == text[None, :])
        real = corrupted.inputs["attention_mask"][0].bool().cpu()
        return left & real[None, :]

    def given(self, model: LoadedModel, prompt: NextPrompt) -> Tensor:
        return torch.tensor([given_next(model, prompt)[1]], device=model.device)

    def read(self, model: LoadedModel, prompt: NextPrompt) -> Reading:
        """One forward pass says it all: every prefix of the text is a question already answered."""
        return read_next(model, prompt)

    def score(self, model: LoadedModel, prompt: NextPrompt) -> Reading:
        return self.read(model, prompt)

    def sees(self, model: LoadedModel, prompt: NextPrompt, generator: torch.Generator) -> Sees:
        return sees_next(self, model, prompt, generator)

    def trajectory(
        self, model: LoadedModel, prompt: NextPrompt, generator: torch.Generator
    ) -> Iterator[Step]:
        return write_on(model, prompt, generator)


OBJECTIVE = NextToken
