"""A model in memory, and what the objectives need to know of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn

from lab.config import ModelSpec, Precision
from lab.models.recent import Recent
from lab.models.vocabulary import Vocabulary
from lab.types import LabError


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """Weights on a device, ready to predict. Shared by all users; never changed once loaded.

    recent     what was lately read with it, if it reads from left to right

    context    tokens it can read at once
    bytes      memory its weights take
    schedule   for a picture model, the noise schedule it was trained with (diffusers' config)
    classes    for a picture model, the names of its classes; empty without
    body       what an adapter was put into, kept so that others on the same one find it
    """

    spec: ModelSpec
    module: nn.Module
    precision: Precision
    device: torch.device
    context: int
    bytes: int
    words: Vocabulary | None = None
    schedule: dict[str, Any] = field(default_factory=dict)
    classes: tuple[str, ...] = ()
    body: nn.Module | None = None
    recent: Recent[Any] = field(default_factory=Recent)

    @property
    def vocabulary(self) -> Vocabulary:
        if self.words is None:
            raise LabError("model_cannot", model=self.spec.id, objective="text")
        return self.words
