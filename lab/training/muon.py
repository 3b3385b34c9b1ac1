"""Muon for matrices and kernels, in the numbers that the machine computes by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor

from lab.arithmetic import working

EPSILON = 1e-7
INERTIA = 0.95
COEFFICIENTS = (3.4445, -4.7750, 2.0315)
"""Of the quintic iteration (Jordan et al. 2024)."""
ROUNDS = 5


class Muon(torch.optim.Optimizer):
    """What `torch.optim.Muon` does, not bound to bfloat16, and for a convolution's kernel too.

    PyTorch computes the rounds of Newton and Schulz in bfloat16 wherever it runs. A processor
    that has none spends more time there than on forward and back together. Where it has, the
    two agree to the bit. A kernel (out, in, h, w) is moved as the matrix (out, in·h·w) in the
    same memory.
    """

    def __init__(self, params: Iterable[Tensor], lr: float, weight_decay: float = 0.1) -> None:
        super().__init__(params, {"lr": lr, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # type: ignore[override]
        """Momentum with Nesterov's look ahead, made orthogonal, at AdamW's size of a step
        (Jordan et al. 2024; Liu et al. 2025, equation 4)."""
        loss = closure() if closure is not None else None
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    self._move(parameter, parameter.grad.flatten(1), group)
        return loss

    def _move(self, parameter: Tensor, gradient: Tensor, group: dict[str, Any]) -> None:
        kept = self.state[parameter]
        if "momentum_buffer" not in kept:
            kept["momentum_buffer"] = torch.zeros_like(gradient)
        momentum, rate = kept["momentum_buffer"], group["lr"]
        momentum.lerp_(gradient, 1 - INERTIA)
        ahead = gradient.lerp(momentum, INERTIA)
        towards = orthogonal(ahead).view_as(parameter)
        parameter.mul_(1 - rate * group["weight_decay"])
        parameter.add_(towards, alpha=-rate * 0.2 * max(gradient.shape) ** 0.5)


def orthogonal(matrix: Tensor) -> Tensor:
    """`matrix` (m, n) with all its singular values brought near 1, by a quintic iteration."""
    a, b, c = COEFFICIENTS
    tall = matrix.shape[0] > matrix.shape[1]
    x = matrix.to(working(matrix.device))
    x = x.T if tall else x
    x = x / x.norm().clamp(min=EPSILON)
    for _ in range(ROUNDS):
        gram = x @ x.T
        x = torch.addmm(x, torch.addmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return x.T if tall else x
