"""One token after another through a model that remembers what it has read."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import torch
from torch import Tensor, nn

from lab.models.loaded import LoadedModel
from lab.models.sparse import logits_only


class Forward:
    """A model's forward with its key-value cache: every call reads only what is new.

    `name` is the argument that takes the new tokens, `always` what every call repeats.
    """

    def __init__(self, module: nn.Module, name: str = "input_ids", **always: Any) -> None:
        self._module, self._name, self._always = module, name, always
        self._past: dict[str, Any] = {}

    @torch.inference_mode()
    def __call__(self, fresh: Tensor) -> Tensor:
        """fresh: (1, n) new tokens. Returns (1, V): the logits of what follows the last."""
        last = torch.zeros(fresh.shape, dtype=torch.bool, device=fresh.device)
        last[:, -1] = True
        with logits_only(self._module, last) if fresh.shape[1] > 1 else nullcontext():
            out = self._module(**{self._name: fresh}, **self._always, **self._past, use_cache=True)
        self._past = remembered(out)
        logits: Tensor = out.logits.reshape(-1, out.logits.shape[-1])[-1:]
        return logits.float()


def remembered(out: Any) -> dict[str, Any]:
    """The cache of keys and values that came with an output, as the next forward takes it."""
    # transformers before 5.20 call it past_key_values.
    name = "cache" if "cache" in out else "past_key_values"
    return {name: out[name]}


def end_tokens(model: LoadedModel) -> frozenset[int]:
    """The tokens that end a text: those `generate` stops at, or the tokenizer's own."""
    config: Any = getattr(model.module, "generation_config", None)
    found = getattr(config, "eos_token_id", None)
    if found is None:
        found = model.vocabulary.alphabet.eos
    if found is None:
        return frozenset()
    return frozenset([found] if isinstance(found, int) else found)
