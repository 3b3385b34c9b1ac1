"""Bring a hidden text back in steps, the surest places first (MaskGIT, MDLM), some of it twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from lab.models.loaded import LoadedModel
from lab.models.sparse import logits_only
from lab.models.vocabulary import Encoded
from lab.objectives._sampling import pick_rows
from lab.objectives._scores import guesses, score
from lab.objectives._text import as_batch, encode_hidden, flags, given_tokens, notices
from lab.objectives.base import require_mask, uniform
from lab.prompts import DiffusionPrompt
from lab.types import Step, TokenScore

if TYPE_CHECKING:
    from lab.objectives.masked_diffusion import MaskedDiffusion


def hidden_at_start(encoded: Encoded, ratio: float, generator: torch.Generator) -> tuple[int, ...]:
    """What is hidden by hand, and a share `ratio` of the rest: never fewer than one in all.

    Each place has its draw and the lowest go first, so that a higher ratio hides the same
    places and more.
    """
    draws = uniform((len(encoded.ids),), generator, torch.device("cpu")).tolist()
    rest = sorted(set(encoded.words) - set(encoded.hidden), key=lambda place: draws[place])
    count = round(ratio * len(rest))
    if ratio > 0 and not encoded.hidden:
        count = max(1, count)
    return tuple(sorted({*encoded.hidden, *rest[:count]}))


def unmask(
    objective: MaskedDiffusion,
    model: LoadedModel,
    prompt: DiffusionPrompt,
    generator: torch.Generator,
) -> Iterator[Step]:
    """Step 0 is the corrupted sentence; each step after it fixes an equal share of the hidden.

    Guesses never name a marker: a hidden place always holds text (the zero masking
    probabilities of MDLM, Sahoo et al. 2024). With `remask`, before every step that share of
    the fixed places, the least sure ones, is hidden again, and as many more are fixed
    (remasking by confidence, after ReMDM, Wang et al. 2025).
    """
    encoded = encode_hidden(model, prompt)
    hidden = hidden_at_start(encoded, prompt.ratio, generator)
    batch = as_batch(encoded, model)
    corrupted = objective.corrupt(batch, generator, flags(hidden, batch.text))
    text = _Text(model, encoded, corrupted.inputs["input_ids"], list(hidden))
    yield replace(text.step(0), notices=notices(encoded, model.context))
    steps = min(prompt.steps, len(hidden))
    for index in range(1, steps + 1):
        left = len(hidden) - round(len(hidden) * index / steps)
        text.hide_again(int(prompt.remask * len(text.fixed)))
        text.guess(prompt, generator)
        text.fix(len(text.hidden) - left, index, prompt.order, generator)
        yield text.step(index)


@dataclass(slots=True)
class _Text:
    """A text half brought back.

    ids      (1, N) what the model is given, its mask at the hidden places
    fixed    what the model put where, and `guessed` what it would put at the hidden places
    """

    model: LoadedModel
    encoded: Encoded
    ids: Tensor
    hidden: list[int]
    fixed: dict[int, TokenScore] = field(default_factory=dict)
    guessed: dict[int, TokenScore] = field(default_factory=dict)

    @torch.inference_mode()
    def guess(self, prompt: DiffusionPrompt, generator: torch.Generator) -> None:
        """One forward pass: a token for every hidden place, likeliest or drawn."""
        with logits_only(self.model.module, flags(self.hidden, self.ids)):
            logits = self.model.module(input_ids=self.ids).logits.float()
        self._never_a_marker(logits)
        if prompt.temperature == 0:
            tokens = logits.argmax(-1).tolist()
        else:
            draws = torch.rand(len(logits), generator=generator).to(logits.device)
            tokens = pick_rows(logits / prompt.temperature, draws).tolist()
        words = self.model.vocabulary
        said = guesses(logits, prompt.top, tokens)
        self.guessed = {
            place: score(words, token, guess)
            for place, token, guess in zip(self.hidden, tokens, said, strict=True)
        }

    def _never_a_marker(self, logits: Tensor) -> None:
        alphabet = self.model.vocabulary.alphabet
        logits[:, sorted(alphabet.reserved)] = -torch.inf
        logits[:, alphabet.size :] = -torch.inf

    def fix(self, count: int, index: int, order: str, generator: torch.Generator) -> None:
        """Put `count` of the guesses in place, the surest ones or at random."""
        if order == "random":
            mixed = torch.randperm(len(self.hidden), generator=generator).tolist()
            first = [self.hidden[i] for i in mixed[:count]]
        else:
            first = sorted(self.hidden, key=lambda i: -(self.guessed[i].p or 0.0))[:count]
        for place in first:
            self.fixed[place] = replace(self.guessed.pop(place), step=index)
            self.hidden.remove(place)
        self._write(first, [self.fixed[place].id for place in first])

    def hide_again(self, count: int) -> None:
        """Take back the `count` fixed tokens the model was least sure of."""
        worst = sorted(self.fixed, key=lambda i: self.fixed[i].p or 0.0)[:count]
        for place in worst:
            del self.fixed[place]
        self.hidden = sorted([*self.hidden, *worst])
        self._write(worst, [require_mask(self.model.vocabulary.alphabet)] * len(worst))

    def _write(self, places: Sequence[int], tokens: Sequence[int]) -> None:
        self.ids[0, list(places)] = torch.tensor(tokens, dtype=torch.long, device=self.ids.device)

    def step(self, index: int) -> Step:
        """The text as it stands; the level is the share of it that is hidden."""
        given = given_tokens(self.model.vocabulary, self.encoded)
        hidden = set(self.hidden)
        tokens = [
            self._masked(place, given[place])
            if place in hidden
            else self.fixed.get(place, given[place])
            for place in self.encoded.words
        ]
        level = len(hidden) / max(1, len(tokens))
        return Step(index, level, tuple(tokens))

    def _masked(self, place: int, token: TokenScore) -> TokenScore:
        """A hidden place with what the model would put there, once it has been asked."""
        guess = self.guessed.get(place)
        if guess is None:
            return replace(token, state="masked")
        return replace(
            token, state="masked", top=guess.top, top_ids=guess.top_ids, entropy=guess.entropy
        )
