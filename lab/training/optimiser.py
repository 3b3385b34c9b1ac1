"""How weights move: Muon for matrices, AdamW for the rest, and a rate that warms and cools."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from lab.recipe import Optimiser
from lab.training.muon import Muon
from lab.types import LabError

SMALLEST_KERNEL = 16
BETAS = (0.9, 0.98)


class Together(torch.optim.Optimizer):
    """Several optimisers as one, each with its own parameters."""

    def __init__(self, parts: list[torch.optim.Optimizer]) -> None:
        self.parts = parts
        super().__init__([p for part in parts for p in part.param_groups], {})
        # The very same groups, so that a rate set on them reaches the parts.
        self.param_groups = [group for part in parts for group in part.param_groups]

    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        for part in self.parts:
            part.step()

    def zero_grad(self, set_to_none: bool = True) -> None:
        for part in self.parts:
            part.zero_grad(set_to_none)

    def state_dict(self) -> dict[str, Any]:
        return {"parts": [part.state_dict() for part in self.parts]}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        for part, saved in zip(self.parts, state_dict["parts"], strict=True):
            part.load_state_dict(saved)
        self.param_groups = [group for part in self.parts for group in part.param_groups]


def make(model: nn.Module, told: Optimiser) -> Together:
    """Muon (Jordan et al. 2024) for the body's matrices and kernels, AdamW for all else.

    A convolution's kernel is a matrix too, one row an output channel; those with fewer rows
    than SMALLEST_KERNEL (the last layer of a picture model) stay with AdamW. Norms, biases
    and embeddings are not pulled to zero.
    """
    tables = {id(p) for m in model.modules() if isinstance(m, nn.Embedding) for p in m.parameters()}
    muon: list[Tensor] = []
    pulled: list[Tensor] = []
    free: list[Tensor] = []
    for parameter in model.parameters():
        if not parameter.requires_grad:
            continue
        matrix = parameter.dim() == 2 and id(parameter) not in tables
        kernel = parameter.dim() == 4 and len(parameter) >= SMALLEST_KERNEL
        if told.name == "muon" and (matrix or kernel):
            muon.append(parameter)
        elif parameter.dim() > 1:
            pulled.append(parameter)
        else:
            free.append(parameter)
    groups = [
        {"params": pulled, "weight_decay": told.weight_decay},
        {"params": free, "weight_decay": 0.0},
    ]
    kind = _paged() if told.name == "adamw8bit" else torch.optim.AdamW
    parts = [kind([g for g in groups if g["params"]], lr=told.rate, betas=BETAS)]
    if muon:
        decay = told.weight_decay
        parts.append(Muon(muon, lr=told.rate, weight_decay=decay))
    return Together(parts)


def _paged() -> Any:
    """AdamW with moments of 8 bits that move to main memory when the card is full (QLoRA).

    Raises `LabError("optimiser_needs_card")`.
    """
    if not torch.cuda.is_available():
        raise LabError("optimiser_needs_card", name="adamw8bit")
    from bitsandbytes.optim import PagedAdamW8bit

    return PagedAdamW8bit


def rate(step: int, steps: int, told: Optimiser) -> float:
    """The learning rate of `step`: up in a straight line, level, and down in a half cosine.

    Warm-up, stable, decay (Hu et al. 2024, section 4.2): a run made longer goes on at the
    level its last steps began from.
    """
    warm = min(1.0, (step + 1) / max(1, told.warmup))
    begin = round(steps * (1 - told.decay))
    if step < begin or told.decay == 0:
        return told.rate * warm
    gone = (step - begin) / max(1, steps - begin)
    return told.rate * warm * 0.5 * (1 + math.cos(math.pi * gone))


def set_rate(optimiser: torch.optim.Optimizer, value: float) -> None:
    for group in optimiser.param_groups:
        group["lr"] = value
