"""What training does to a model beside its objective: less kept, noise, variants of LoRA."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from lab.recipe import Recipe
from lab.training.engine import Engine
from lab.training.setup import set_up

MakeRecipe = Callable[..., Recipe]
MakeEngine = Callable[..., Engine]


@pytest.mark.parametrize("more", [{"lora__rank_stabilised": True}, {"lora__magnitude": True}])
def test_variants_of_lora_begin_as_their_base(
    founded: MakeRecipe, home: Path, more: dict[str, bool]
) -> None:
    plain, varied = set_up(founded("next"), home), set_up(founded("next", **more), home)
    ids = torch.tensor([[8, 30, 40, 50]])
    with torch.inference_mode():
        torch.testing.assert_close(varied.model(ids).logits, plain.model(ids).logits)
    learnt = [n for n, p in varied.model.named_parameters() if p.requires_grad]
    assert any("magnitude" in n for n in learnt) == ("lora__magnitude" in more)


@pytest.mark.parametrize(("precision", "weights"), [("fp32", "fp32"), ("bf16", "nf4")])
def test_activations_made_twice_give_the_same_step(
    founded: MakeRecipe, engine: MakeEngine, precision: str, weights: str
) -> None:
    told = {"precision": precision, "weights": weights, "dropout": 0.1}
    plain = engine(founded("next", **told), "plain")
    twice = engine(founded("next", **told, recompute=True), "twice")
    assert twice.step()[:2] == pytest.approx(plain.step()[:2], rel=1e-5)


def kept_of(model: Any, ids: torch.Tensor) -> tuple[int, dict[str, torch.Tensor]]:
    """(bytes kept for the way back, gradients) of one pass."""
    rooms: dict[int, int] = {}
    resting = {p.untyped_storage().data_ptr() for p in model.parameters()}

    def keep(t: torch.Tensor) -> torch.Tensor:
        room = t.untyped_storage()
        if room.data_ptr() not in resting:
            rooms[room.data_ptr()] = room.nbytes()
        held.append(t)
        return t

    held: list[torch.Tensor] = []
    model.zero_grad()
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda t: t):
        loss = model(ids).logits.square().mean()
    loss.backward()
    found = {n: p.grad.clone() for n, p in model.named_parameters() if p.grad is not None}
    return sum(rooms.values()), found


def test_norms_and_gated_products_are_not_kept(
    founded: MakeRecipe, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same gradients to the bit, for less memory."""
    ids = torch.arange(8, 72).reshape(2, 32)
    monkeypatch.setattr("lab.training.setup.thrifty", lambda _: None)
    plainly, before = kept_of(set_up(founded("next"), home).model, ids)
    monkeypatch.undo()
    thriftily, after = kept_of(set_up(founded("next"), home).model, ids)
    assert thriftily < 0.85 * plainly
    assert before.keys() == after.keys() != set()
    for name, gradient in before.items():
        torch.testing.assert_close(after[name], gradient, rtol=0, atol=0)


def test_noisy_words_only_while_training(founded: MakeRecipe, home: Path) -> None:
    work = set_up(founded("next", noise=5.0), home)
    ids = torch.tensor([[8, 30, 40, 50]])
    with torch.no_grad():
        first, second = (work.model.train()(ids).logits for _ in range(2))
        calm, still = (work.model.eval()(ids).logits for _ in range(2))
    assert not torch.equal(first, second)
    assert torch.equal(calm, still)
