"""Bases of few bits: they rest, what stands beside them learns, and looks disturb neither."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from lab.recipe import Recipe
from lab.training.engine import Engine
from lab.training.measure import held_out, outputs
from lab.training.tasks import task
from lab.types import LabError

MakeRecipe = Callable[..., Recipe]
MakeEngine = Callable[..., Engine]


@pytest.mark.parametrize("objective", ["next", "masked", "span", "diffusion"])
def test_a_base_of_four_bits_learns(
    founded: MakeRecipe, engine: MakeEngine, objective: str
) -> None:
    told = founded(objective, weights="nf4", optimiser__rate=0.03, steps=12, lora__rank=8)
    found = engine(told)
    kinds = {type(m).__name__ for m in found.inner.modules()}
    assert "Linear4bit" in kinds
    still = {n: p.detach().clone() for n, p in found.inner.named_parameters()}
    asked = task(found.work.objective, found.work.batches, 0, 0)

    def loss() -> float:
        with torch.no_grad():
            model = found.inner
            return float(outputs(model, found.work.objective, asked, bf16=False))

    before = loss()
    for _ in range(12):
        found.step()
    assert loss() < before - 0.05
    for name, value in found.inner.named_parameters():
        assert value.requires_grad or torch.equal(value, still[name]), "the base rests"


def test_a_look_between_two_steps_changes_neither(founded: MakeRecipe, engine: MakeEngine) -> None:
    """bitsandbytes packs what is asked outside training for good where the processor has
    AVX512-BF16; elsewhere this can hardly fail."""
    plain = engine(founded("next", weights="nf4"), "plain")
    watched = engine(founded("next", weights="nf4"), "watched")
    for found in (plain, watched):
        found.step()
        if found is watched:
            held_out(found.work, 16)
        found.step()
    moved = {n: p for n, p in plain.inner.named_parameters() if p.requires_grad}
    for name, value in watched.inner.named_parameters():
        if value.requires_grad:
            assert torch.equal(value, moved[name]), name


@pytest.mark.parametrize("change", [{"learns": "all"}, {"start": "random"}])
def test_weights_of_few_bits_only_rest(founded: MakeRecipe, change: dict[str, str]) -> None:
    with pytest.raises(LabError, match="few_bits_rest"):
        founded("next", weights="nf4", **change)
