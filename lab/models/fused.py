"""Output projection and loss in one, slice by slice: the logits are never all in memory.

A vocabulary of 49,152 makes 200 MB of logits of a thousand tokens, and three times that on the
way back. Here each slice's share of the gradient is computed while its logits are at hand (as
in Liger Kernel's fused linear cross-entropy, Hsu et al. 2024, section 3.2), on any device.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

SLICE = 1 << 22
"""Logits computed at once, about: 16 MB in single precision."""
RESHAPED = ("final_logit_softcapping", "logit_scale", "logits_scaling", "output_multiplier_alpha")
"""Settings of models that change their logits behind the projection: these take the long way."""


def plain_head(model: nn.Module) -> nn.Linear | None:
    """The output projection, where the logits are what it says and nothing is done to them."""
    head = model.get_output_embeddings()  # type: ignore[operator]
    config = model.config
    changed = any(getattr(config, name, None) not in (None, 1, 1.0) for name in RESHAPED)
    return head if type(head) is nn.Linear and not changed else None


def fused_cross_entropy(
    hidden: Tensor, head: nn.Linear, targets: Tensor, weights: Tensor
) -> Tensor:
    """The sum over places of weight x -log p(target), in nats.

    hidden   (n, d) what enters the projection; under autocast it is projected in its precision
    targets  (n,) token numbers
    weights  (n,) how much each place counts; no gradient flows to them
    """
    device = hidden.device.type
    kind = torch.get_autocast_dtype(device) if torch.is_autocast_enabled(device) else hidden.dtype
    told = (hidden, head.weight, head.bias, targets, weights, kind)
    loss: Tensor = _Fused.apply(*told)  # type: ignore[no-untyped-call]
    return loss


class _Fused(torch.autograd.Function):
    """Forwards computes the gradients too; backwards only scales them."""

    @staticmethod
    def forward(
        ctx: Any, hidden: Tensor, weight: Tensor, bias: Tensor | None,
        targets: Tensor, weights: Tensor, kind: torch.dtype,
    ) -> Tensor:  # fmt: skip
        wanted = ctx.needs_input_grad[:3]
        to_hidden = torch.empty_like(hidden) if wanted[0] else None
        to_weight = torch.zeros_like(weight, dtype=torch.float32) if wanted[1] else None
        to_bias = None if bias is None else torch.zeros_like(bias, dtype=torch.float32)
        total = torch.zeros((), device=hidden.device)
        rows = max(1, SLICE // len(weight))
        with torch.autocast(hidden.device.type, enabled=False):
            table = weight.to(kind)
            shift = None if bias is None else bias.to(kind)
            for at in range(0, len(hidden), rows):
                some = slice(at, at + rows)
                given = hidden[some].to(kind)
                logits = F.linear(given, table, shift).float()
                total += _loss_to_gradient(logits, targets[some], weights[some])
                slope = logits.to(kind)
                if to_hidden is not None:
                    to_hidden[some] = slope @ table
                if to_weight is not None:
                    to_weight += slope.T @ given
                if to_bias is not None:
                    to_bias += slope.float().sum(0)
        ctx.save_for_backward(to_hidden, to_weight, to_bias)
        ctx.kinds = weight.dtype, None if bias is None else bias.dtype
        return total

    @staticmethod
    def backward(ctx: Any, slope: Tensor) -> Any:  # type: ignore[override]
        to_hidden, to_weight, to_bias = ctx.saved_tensors
        of_weight, of_bias = ctx.kinds
        return (
            None if to_hidden is None else to_hidden * slope,
            None if to_weight is None else (to_weight * slope).to(of_weight),
            None if to_bias is None else (to_bias * slope).to(of_bias),
            None,
            None,
            None,
        )


def _loss_to_gradient(logits: Tensor, targets: Tensor, weights: Tensor) -> Tensor:
    """The slice's loss; `logits` (n, V) become its gradient in place."""
    at = targets[:, None]
    whole = logits.logsumexp(dim=1, keepdim=True)
    losses = (whole - logits.gather(1, at))[:, 0]
    logits.sub_(whole).exp_()
    logits.scatter_add_(1, at, torch.full_like(whole, -1.0))
    logits.mul_(weights[:, None])
    return (losses * weights).sum()
