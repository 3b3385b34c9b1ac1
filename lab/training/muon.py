"""Muon for matrices, in the numbers that the machine computes by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from lab.arithmetic import working

EPSILON = 1e-7


class Muon(torch.optim.Muon):
    """`torch.optim.Muon`, whose rounds of Newton and Schulz are not bound to bfloat16.

    PyTorch computes them in bfloat16 wherever it runs. A processor that has none spends more
    time there than on forward and back together. Where it has, the two agree to the bit.
    """

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # type: ignore[override]
        """Momentum with Nesterov's look ahead, made orthogonal, at AdamW's size of a step
        (Jordan et al. 2024; Liu et al. 2025, equation 4)."""
        loss = closure() if closure is not None else None
        for group in self.param_groups:
            for matrix in group["params"]:
                if matrix.grad is not None:
                    self._move(matrix, group)
        return loss

    def _move(self, matrix: Tensor, group: dict[str, Any]) -> None:
        assert matrix.grad is not None
        kept = self.state[matrix]
        if "momentum_buffer" not in kept:
            kept["momentum_buffer"] = torch.zeros_like(matrix)
        momentum, inertia = kept["momentum_buffer"], group["momentum"]
        momentum.lerp_(matrix.grad, 1 - inertia)
        ahead = matrix.grad.lerp(momentum, inertia) if group["nesterov"] else momentum
        rate = group["lr"]
        size = 0.2 * max(matrix.shape) ** 0.5
        towards = orthogonal(ahead, group["ns_coefficients"], group["ns_steps"], group["eps"])
        matrix.mul_(1 - rate * group["weight_decay"])
        matrix.add_(towards, alpha=-rate * size)


def orthogonal(
    matrix: Tensor, coefficients: tuple[float, float, float], rounds: int, epsilon: float = EPSILON
) -> Tensor:
    """`matrix` (m, n) with all its singular values brought near 1, by a quintic iteration."""
    a, b, c = coefficients
    tall = matrix.shape[0] > matrix.shape[1]
    x = matrix.to(working(matrix.device))
    x = x.T if tall else x
    x = x / x.norm().clamp(min=epsilon)
    for _ in range(rounds):
        gram = x @ x.T
        x = torch.addmm(x, torch.addmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return x.T if tall else x
