"""Muon is PyTorch's, but for the numbers it computes in."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from lab.training import muon
from lab.training.muon import Muon, orthogonal

TOLD = {"lr": 3e-3, "weight_decay": 0.1}


def _moved(
    kind: type[torch.optim.Optimizer], rounds: int = 3, **told: object
) -> list[torch.Tensor]:
    """Matrices tall, wide and square after some steps of an optimiser on the same gradients."""
    chance = torch.Generator().manual_seed(0)
    matrices = [
        nn.Parameter(torch.randn(shape, generator=chance)) for shape in ((24, 8), (8, 24), (8, 8))
    ]
    optimiser = kind(matrices, **TOLD, **told)  # type: ignore[call-arg]
    for _ in range(rounds):
        for matrix in matrices:
            matrix.grad = torch.randn(matrix.shape, generator=chance)
        optimiser.step()
    return [matrix.detach() for matrix in matrices]


def test_in_16_bits_it_is_pytorchs_to_the_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(muon, "working", lambda device: torch.bfloat16)
    theirs = _moved(torch.optim.Muon, adjust_lr_fn="match_rms_adamw")
    for own, other in zip(_moved(Muon), theirs, strict=True):
        assert torch.equal(own, other)


def test_in_single_precision_it_moves_as_pytorchs_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(muon, "working", lambda device: torch.float32)
    theirs = _moved(torch.optim.Muon, rounds=1, adjust_lr_fn="match_rms_adamw")
    own = _moved(Muon, rounds=1)
    start = _moved(Muon, rounds=0)
    for mine, other, before in zip(own, theirs, start, strict=True):
        assert not torch.equal(mine, other)
        assert (mine - other).norm() < 0.03 * (other - before).norm()


@pytest.mark.parametrize("shape", [(40, 12), (12, 40)])
def test_singular_values_come_near_one(
    shape: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(muon, "working", lambda device: torch.float32)
    given = torch.randn(shape, generator=torch.Generator().manual_seed(1))
    values = torch.linalg.svdvals(orthogonal(given))
    assert values.min() > 0.6
    assert values.max() < 1.3
