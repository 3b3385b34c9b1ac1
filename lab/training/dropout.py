"""Dropout that costs little on a processor: eight draws from every random number.

torch draws a number in [0, 1) for each signal, one after the other, and keeps one as wide as the
signal for the way back; with a LoRA beside every layer that was an eighth of a step's time. A byte
a signal is enough to decide, and to keep.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn

STEPS = 256


class _Dropped(torch.autograd.Function):
    """x * kept / (1 - p), the decisions kept as bytes for the way back."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, kept: Tensor, scale: float) -> Tensor:
        ctx.save_for_backward(kept)
        ctx.scale = scale
        return torch.where(kept, x * scale, 0.0)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        (kept,) = ctx.saved_tensors
        return torch.where(kept, gradients[0] * ctx.scale, 0.0), None, None


class ByteDropout(nn.Module):
    """nn.Dropout (Srivastava et al. 2014), `p` rounded to a 256th: 0.05 is 13 of 256."""

    def __init__(self, p: float) -> None:
        super().__init__()
        self.p = p
        self.least = min(STEPS - 1, max(1, round(STEPS * p)))

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return x
        words = torch.empty(math.ceil(x.numel() / 8), dtype=torch.int64, device=x.device)
        drawn = words.random_(-(2**63), None).view(torch.uint8)[: x.numel()].view(x.shape)
        dropped: Tensor = _Dropped.apply(x, drawn >= self.least, STEPS / (STEPS - self.least))  # type: ignore[no-untyped-call]
        return dropped


def cheapen(model: nn.Module) -> None:
    """Every `nn.Dropout` of a model that learns on a processor, drawn so."""
    for layer in list(model.modules()):
        for name, part in list(layer.named_children()):
            if type(part) is nn.Dropout and part.p > 0:
                setattr(layer, name, ByteDropout(part.p))
