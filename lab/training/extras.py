"""What training does to a model beside its objective: activations made twice, noisy words."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

GATED = ("gate_proj", "up_proj", "down_proj", "act_fn")
"""The parts of a gated feed-forward layer (SwiGLU, Shazeer 2020) as Llama and its kin name them."""
CASTS = "cast_input_dtype_enabled"
"""PEFT's own switch: see peft.helpers.disable_input_dtype_casting."""


def recompute(model: nn.Module) -> None:
    """Keep no activations within a block, and make them again on the way back.

    (Chen et al. 2016.) Memory falls to about the square root, for one more forward pass.
    """
    whole: Any = model
    plainly = {"use_reentrant": False}
    if hasattr(model, "activation_checkpointing_enable"):  # transformers from 5.20 on
        whole.activation_checkpointing_enable(plainly)
    elif hasattr(model, "gradient_checkpointing_enable"):
        whole.gradient_checkpointing_enable(gradient_checkpointing_kwargs=plainly)
    else:  # a picture model of diffusers
        whole.enable_gradient_checkpointing()


def thrifty(model: nn.Module) -> None:
    """Make again on the way back what costs next to nothing to make: norms, and gated products.

    A norm keeps its input in 16 bits alone, not in 32 too, and a gated feed-forward layer its two
    halves, not their activation as well; no matrix is multiplied twice. The numbers are the same.
    """
    for layer in model.modules():
        if type(layer).__name__.endswith("RMSNorm"):
            layer.forward = partial(_again, layer.forward)
        elif all(hasattr(layer, part) for part in GATED):
            layer.forward = partial(_gated, layer)


def _gated(layer: Any, x: Tensor) -> Tensor:
    gate, up = layer.gate_proj(x), layer.up_proj(x)
    product: Tensor = _again(lambda: layer.act_fn(gate) * up)
    return layer.down_proj(product)  # type: ignore[no-any-return]


def _again(make: Callable[..., Any], *given: Any) -> Any:
    if not torch.is_grad_enabled():
        return make(*given)
    return checkpoint(make, *given, use_reentrant=False, preserve_rng_state=False)


@contextmanager
def uncast(model: nn.Module) -> Iterator[None]:
    """Within, PEFT's layers make no copy in single precision of what they are given.

    Under autocast it would be turned back to 16 bits at once: the same numbers for twice the
    memory, in every layer.
    """
    layers: list[Any] = [m for m in model.modules() if getattr(m, CASTS, False)]
    for layer in layers:
        setattr(layer, CASTS, False)
    try:
        yield
    finally:
        for layer in layers:
            setattr(layer, CASTS, True)


def noisy(model: nn.Module, alpha: float) -> None:
    """Uniform noise on the embeddings while training (NEFTune, Jain et al. 2023, algorithm 1).

    Each number moves by at most alpha / sqrt(N d), N tokens of d numbers each.
    """

    def shaken(layer: nn.Module, _: Any, said: Tensor) -> Tensor:
        if not layer.training:
            return said
        reach = alpha / math.sqrt(said.shape[1] * said.shape[2])
        return said + torch.empty_like(said).uniform_(-reach, reach)

    words: nn.Module = model.get_input_embeddings()  # type: ignore[operator]
    words.register_forward_hook(shaken)
