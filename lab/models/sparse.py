"""Logits only where they are needed: the vocabulary is a small model's dearest layer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from torch import Tensor, nn


@contextmanager
def logits_only(model: nn.Module, where: Tensor) -> Iterator[None]:
    """Within the block `model(...).logits` is (n, V): the n true places of `where` (B, N).

    It selects the rows that enter the output projection, whatever the
    architecture, so it holds for every model whose `get_output_embeddings()`
    is its last linear layer (all the language models of transformers).
    """
    with _before_head(model, lambda state: state[where]):
        yield


@contextmanager
def states_only(model: nn.Module, where: Tensor) -> Iterator[list[Tensor]]:
    """Within the block the list given takes the (n, d) states that would enter the projection.

    One row alone is still projected, for the model to have something to return.
    """
    found: list[Tensor] = []

    def keep(state: Tensor) -> Tensor:
        found.append(state[where])
        return found[-1][:1].detach()

    with _before_head(model, keep):
        yield found


@contextmanager
def _before_head(model: nn.Module, change: Callable[[Tensor], Tensor]) -> Iterator[None]:
    head = model.get_output_embeddings()  # type: ignore[operator]

    def select(_: nn.Module, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
        return (change(inputs[0]), *inputs[1:])

    hook = head.register_forward_pre_hook(select)
    try:
        yield
    finally:
        hook.remove()
