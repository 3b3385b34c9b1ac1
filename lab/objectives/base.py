"""What every pre-training objective answers, and the pieces they share.

An objective says how clean data becomes what the model is given and what it
must say (`corrupt`), how far off its answer is (`loss`), and how a trained
model walks from a prompt to a prediction (`trajectory`). `corrupt` feeds both
training and the panel "what the model sees": what is shown is what is trained.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Self, TypeVar

import torch
import torch.nn.functional as F
from torch import Tensor

from lab.config import Frozen, ModelSpec
from lab.registry import discover
from lab.types import Alphabet, LabError, Reading, Sees, SeesPicture, Step

if TYPE_CHECKING:
    from lab.models.loaded import LoadedModel

ConfigT = TypeVar("ConfigT", bound=Frozen)
PromptT = TypeVar("PromptT", bound=Frozen)


@dataclass(frozen=True, slots=True)
class Batch:
    """Clean data: `ids` (B, N), or `pixels` (B, 3, H, W) in [-1, 1] with `labels` (B,).

    learn   (B, N) bool: tokens that may carry loss (an answer, say); by default all do
    places  (B, N) counted anew in each of several texts that share a row, for objectives that
            keep them apart; padding counts zero
    """

    ids: Tensor | None = None
    pixels: Tensor | None = None
    labels: Tensor | None = None
    learn: Tensor | None = None
    places: Tensor | None = None

    @property
    def text(self) -> Tensor:
        if self.ids is None:
            raise TypeError("this objective reads text; the batch holds none")
        return self.ids

    @property
    def pictures(self) -> Tensor:
        if self.pixels is None:
            raise TypeError("this objective reads pictures; the batch holds none")
        return self.pixels


@dataclass(frozen=True, slots=True)
class Corrupted:
    """What training feeds a model.

    inputs   keyword arguments of the model's forward
    targets  what it must say: (B, N) token numbers (`UNKNOWN`, of no weight, where a person
             wrote a mask and nobody knows), or (B, 3, H, W) numbers
    weights  how much each place counts, same shape as (B, N), or (B,) for whole pictures;
             0 carries no loss.
             All normalisation lives here, so that one weighted sum is the loss.
    level    (B,) noise, 0 (clean) to 1 (nothing left)
    """

    inputs: dict[str, Tensor]
    targets: Tensor
    weights: Tensor
    level: Tensor
    extra: dict[str, Tensor] = field(default_factory=dict)


class Objective(ABC, Generic[ConfigT, PromptT]):
    """One way to make a task out of plain data."""

    name: ClassVar[str]
    kinds: ClassVar[tuple[str, ...]]
    """Kinds of model that can serve it."""
    packs: ClassVar[bool] = False
    """Whether several texts can share a row of training data without seeing each other."""
    begins_unasked: ClassVar[bool] = False
    """Whether the first step of `trajectory` is made before the model computes anything."""
    Config: ClassVar[type[Frozen]]
    Prompt: ClassVar[type[Frozen]]

    def __init__(self, config: ConfigT, alphabet: Alphabet | None = None) -> None:
        self.config = config
        self._alphabet = alphabet

    @property
    def alphabet(self) -> Alphabet:
        if self._alphabet is None:
            raise TypeError(f"the {self.name} objective reads text and needs an alphabet")
        return self._alphabet

    @classmethod
    def serving(cls, model: LoadedModel) -> Self:
        """The objective as `model` was taught it: its alphabet, and the default settings."""
        return cls(cls.Config(), model.words.alphabet if model.words else None)  # type: ignore[arg-type]

    @classmethod
    def accepts(cls, model: ModelSpec) -> LabError | None:
        """Why `model` cannot serve this objective, or `None` when it can."""
        if model.kind in cls.kinds and cls.name in model.objectives:
            return None
        return LabError("model_cannot", model=model.id, objective=cls.name)

    @abstractmethod
    def corrupt(
        self, batch: Batch, generator: torch.Generator, at: Tensor | None = None
    ) -> Corrupted:
        """Make the task. `at` fixes what would be drawn: the hidden places, (B, N) bool, for
        text; the times, (B,), for pictures.
        """

    @abstractmethod
    def visible(self, corrupted: Corrupted) -> Tensor:
        """(rows, columns) bool: may position i look at position j, for the batch's first row."""

    def read(self, model: LoadedModel, prompt: PromptT) -> Reading:
        """What one forward pass says about the prompt: the live view under the reader's fingers."""
        raise LabError("nothing_to_read", objective=self.name)

    def given(self, model: LoadedModel, prompt: PromptT) -> Tensor:
        """(1, N) the token numbers `read` puts before the model, side by side with its tokens."""
        raise LabError("nothing_to_read", objective=self.name)

    def score(self, model: LoadedModel, prompt: PromptT) -> Reading:
        """Every token's probability given what the objective lets it see, and the sum in bits."""
        raise LabError("nothing_to_read", objective=self.name)

    @abstractmethod
    def sees(
        self, model: LoadedModel, prompt: PromptT, generator: torch.Generator
    ) -> Sees | SeesPicture:
        """What the model is given for this prompt, through the same `corrupt` as training."""

    @abstractmethod
    def trajectory(
        self, model: LoadedModel, prompt: PromptT, generator: torch.Generator
    ) -> Iterator[Step]:
        """Walk from the prompt to a prediction, one step at a time."""

    def loss(self, outputs: Tensor, corrupted: Corrupted) -> Tensor:
        """The weighted sum of per-place losses, in nats for text.

        outputs: (B, N, V) logits, or (n, V) at the n places whose weight is not
        zero, in row order (see `lab.models.sparse`), which costs far less.
        """
        return weighted_cross_entropy(outputs, corrupted)


def weighted_cross_entropy(logits: Tensor, corrupted: Corrupted) -> Tensor:
    """sum over places of weight x -log p(target); places of weight 0 are never computed."""
    carries = corrupted.weights != 0
    if logits.dim() == 3:
        logits = logits[carries]
    losses = F.cross_entropy(logits.float(), corrupted.targets[carries], reduction="none")
    return (losses * corrupted.weights[carries]).sum()


def even_weights(carries: Tensor) -> Tensor:
    """1/n at each of the n marked places of the batch, 0 elsewhere: their loss is a mean."""
    return carries.float() / carries.sum().clamp(min=1)


def present(ids: Tensor, alphabet: Alphabet) -> Tensor:
    """(B, N) bool: false at the padding that fills a row on its right.

    Many tokenizers pad with their end token. Where they do, the first one of the filling is
    the end itself and stays, or no model would ever learn to stop; ends inside a row stay too.
    """
    pad = ids == alphabet.pad
    filling = pad.flip(1).cummin(1).values.flip(1)
    if alphabet.pad == alphabet.eos:
        filling = filling & filling.roll(1, dims=1)
        filling[:, 0] = False
    return ~filling


def maskable(ids: Tensor, alphabet: Alphabet) -> Tensor:
    """(B, N) bool: the places that hold real text, not padding or markers."""
    reserved = torch.tensor(sorted(alphabet.reserved), dtype=ids.dtype, device=ids.device)
    return ~torch.isin(ids, reserved)


def learnable(batch: Batch, alphabet: Alphabet) -> Tensor:
    """(B, N) bool: the places of real text that may carry loss."""
    text = maskable(batch.text, alphabet)
    return text if batch.learn is None else text & batch.learn


def require_mask(alphabet: Alphabet) -> int:
    """The mask's id; without one the objective cannot be taught, and says so."""
    if alphabet.mask is None:
        raise LabError("no_mask_token")
    return alphabet.mask


def uniform(shape: tuple[int, ...], generator: torch.Generator, device: torch.device) -> Tensor:
    """Uniform draws made on the CPU, so that a seed gives the same ones on every machine.

    Their type is named: transformers changes torch's default one while it loads a model.
    """
    return torch.rand(shape, generator=generator, dtype=torch.float32).to(device)


@cache
def objectives() -> dict[str, type[Objective[Any, Any]]]:
    """Every objective there is, by its short name."""
    import lab.objectives

    return discover(lab.objectives, "OBJECTIVE", type(Objective))  # type: ignore[return-value]
