"""Projection and loss slice by slice: the same loss and the same gradients as the long way."""

from __future__ import annotations

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from tiny_models import loaded
from torch import nn

from lab.models import fused
from lab.models.fused import fused_cross_entropy, plain_head


@pytest.mark.parametrize("kind", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("frozen", [False, True])
def test_loss_and_gradients_are_those_of_the_long_way(
    kind: torch.dtype, bias: bool, frozen: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fused, "SLICE", 7 * 50)  # slices of seven rows, the last one shorter
    torch.manual_seed(0)
    head = nn.Linear(16, 50, bias=bias).requires_grad_(not frozen)
    targets, weights = torch.randint(50, (31,)), torch.rand(31)
    found: list[Any] = []
    for quick in (True, False):
        states = torch.randn(31, 16, generator=torch.Generator().manual_seed(1)).requires_grad_()
        head.zero_grad()
        with torch.autocast("cpu", kind, enabled=kind != torch.float32):
            if quick:
                loss = fused_cross_entropy(states, head, targets, weights)
            else:
                logits = head(states).float()
                loss = (F.cross_entropy(logits, targets, reduction="none") * weights).sum()
        (3 * loss).backward()
        found.append([loss.detach(), states.grad, *(p.grad for p in head.parameters())])
    near = 1e-5 if kind == torch.float32 else 2e-2
    for ours, theirs in zip(*found, strict=True):
        assert (ours is None) == (theirs is None) == (frozen and theirs is None)
        if ours is not None:
            torch.testing.assert_close(ours, theirs, rtol=near, atol=near)


def test_a_model_that_changes_its_logits_takes_the_long_way() -> None:
    model: Any = loaded("causal").module
    assert plain_head(model) is model.get_output_embeddings()
    model.config.final_logit_softcapping = 30.0
    try:
        assert plain_head(model) is None
    finally:
        del model.config.final_logit_softcapping
