"""What a recipe may ask of a model beside its objective: activations made twice, noisy words."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

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
