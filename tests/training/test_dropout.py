"""Dropout by bytes is dropout: as often, unbiased, the same on the way back, still when asked."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn

from lab.recipe import Recipe
from lab.training.dropout import ByteDropout, cheapen
from lab.training.engine import Engine


@pytest.mark.parametrize("p", [0.02, 0.05, 0.1, 0.5])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_drops_as_often_as_it_says_and_keeps_the_mean(p: float, dtype: torch.dtype) -> None:
    torch.manual_seed(3)
    ones = torch.ones(1000, 1003, dtype=dtype)
    said = ByteDropout(p).train()(ones)
    told = round(256 * p) / 256
    assert float((said == 0).float().mean()) == pytest.approx(told, abs=0.002)
    assert float(said.float().mean()) == pytest.approx(1, abs=0.005)
    assert len(said.unique()) == 2


def test_neighbours_are_dropped_apart() -> None:
    """Eight draws come from one number: they must not hang together."""
    torch.manual_seed(0)
    kept = (ByteDropout(0.5).train()(torch.ones(1, 800_000)) > 0).float().view(-1, 8)
    together = torch.corrcoef(kept.T) - torch.eye(8)
    assert float(together.abs().max()) < 0.02


def test_the_way_back_goes_through_what_was_kept() -> None:
    x = torch.randn(7, 33, requires_grad=True)
    said = ByteDropout(0.3).train()(x)
    said.sum().backward()
    assert x.grad is not None
    torch.testing.assert_close(x.grad * x.detach(), said.detach())


def test_a_seed_gives_the_same_draw_and_asking_gives_none() -> None:
    layer, x = ByteDropout(0.3), torch.randn(5, 9)
    layer.train()
    first, second = (_seeded(layer, x) for _ in range(2))
    assert torch.equal(first, second)
    assert torch.equal(layer.eval()(x), x)


def _seeded(layer: nn.Module, x: torch.Tensor) -> torch.Tensor:
    torch.manual_seed(11)
    said: torch.Tensor = layer(x)
    return said


def test_every_dropout_that_drops_is_exchanged() -> None:
    model = nn.Sequential(nn.Linear(3, 3), nn.Dropout(0.0), nn.Sequential(nn.Dropout(0.2)))
    cheapen(model)
    assert [type(m) for m in model.modules() if "Drop" in type(m).__name__] == [
        nn.Dropout,
        ByteDropout,
    ]


@pytest.mark.skipif(torch.cuda.is_available(), reason="a card draws side by side")
def test_adapters_learn_with_it(
    founded: Callable[..., Recipe], engine: Callable[..., Engine]
) -> None:
    found = engine(founded("next", dropout=0.1))
    assert any(isinstance(m, ByteDropout) for m in found.inner.modules())
    found.train()
    assert not any(type(m) is nn.Dropout and m.p > 0 for m in found.inner.modules())
