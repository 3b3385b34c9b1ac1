"""Muon for matrices and kernels, AdamW for the rest, and a rate that warms and cools."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

from lab.recipe import Optimiser
from lab.training import optimiser
from lab.training.muon import Muon


def told(**changes: object) -> Optimiser:
    return Optimiser.model_validate({"rate": 0.1, "warmup": 4, "decay": 0.5} | changes)


def test_kernels_are_trained_as_matrices_in_the_same_memory() -> None:
    """Muon's first step on a convolution is its step on the flattened weights, done directly."""
    kernel = nn.Conv2d(4, 32, 3)
    twin = nn.Parameter(kernel.weight.detach().clone().flatten(1))
    made = optimiser.make(kernel, told())
    kernel(torch.ones(1, 4, 5, 5)).square().sum().backward()
    assert kernel.weight.grad is not None
    twin.grad = kernel.weight.grad.flatten(1).clone()
    direct = Muon([twin], lr=0.1, weight_decay=told().weight_decay)
    before = kernel.weight.detach().clone()
    made.step()
    direct.step()
    assert not torch.equal(kernel.weight, before)
    assert torch.equal(kernel.weight.flatten(1), twin)


@pytest.mark.parametrize("name", ["muon", "adamw"])
def test_no_gradient_is_left_for_the_next_step(name: str) -> None:
    model = nn.Sequential(nn.Conv2d(3, 32, 3), nn.Flatten(), nn.Linear(32, 4))
    made = optimiser.make(model, told(name=name))
    model(torch.ones(1, 3, 3, 3)).square().sum().backward()
    made.step()
    made.zero_grad()
    assert all(p.grad is None for p in model.parameters())


def test_each_parameter_has_its_optimiser() -> None:
    model = nn.ModuleDict(
        {"table": nn.Embedding(9, 4), "matrix": nn.Linear(4, 4), "norm": nn.LayerNorm(4)}
    )
    adam, muon = optimiser.make(model, told()).parts
    assert [p.shape for g in muon.param_groups for p in g["params"]] == [(4, 4)]
    decays = {tuple(p.shape): g["weight_decay"] for g in adam.param_groups for p in g["params"]}
    assert decays[(9, 4)] > 0
    assert decays[(4,)] == 0, "biases and norms are not pulled to zero"
    assert len(optimiser.make(model, told(name="adamw")).parts) == 1


def test_a_saved_state_goes_on_as_the_first_would_have() -> None:
    def steps(model: nn.Module, made: optimiser.Together, count: int) -> None:
        for i in range(count):
            model(torch.full((2, 3), float(i + 1))).square().sum().backward()
            optimiser.set_rate(made, 0.05)
            made.step()
            made.zero_grad()

    torch.manual_seed(0)
    one = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 4))
    other = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 4))
    first = optimiser.make(one, told())
    steps(one, first, 3)
    other.load_state_dict(one.state_dict())
    second = optimiser.make(other, told())
    second.load_state_dict(copy.deepcopy(first.state_dict()))
    steps(one, first, 2)
    steps(other, second, 2)
    for a, b in zip(one.parameters(), other.parameters(), strict=True):
        assert torch.equal(a, b)


def test_the_rate_warms_stays_and_cools() -> None:
    rates = [optimiser.rate(step, 40, told()) for step in range(40)]
    assert rates[:4] == pytest.approx([0.025, 0.05, 0.075, 0.1])
    assert rates[4:20] == pytest.approx([0.1] * 16)
    assert rates[20:] == sorted(rates[20:], reverse=True)
    assert rates[-1] < 0.01
    assert optimiser.rate(39, 40, told(decay=0)) == 0.1
