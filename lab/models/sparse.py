"""Logits only where they are needed: the vocabulary is a small model's dearest layer."""

from __future__ import annotations

from collections.abc import Iterator
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
    head = model.get_output_embeddings()  # type: ignore[operator]

    def select(_: nn.Module, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
        return (inputs[0][where], *inputs[1:])

    hook = head.register_forward_pre_hook(select)
    try:
        yield
    finally:
        hook.remove()
