"""A causal language model asked for what is hidden: a masked model with a foundation.

Two changes, and no weight of its own. Every token sees every other, not only its left. And
what stands at a place is read from the output one place before it, where the model has
learned in all its training to say the token that follows: so the head keeps its meaning
(masked next-token prediction: LLM2Vec, BehnamGhader et al. 2024, section 2.1).

Fresh from its training a model says little of use this way; a LoRA teaches it (LLM2Vec does
so too).
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn


class BothWays(nn.Module):
    """`causal`, any model for causal language modelling of transformers, as a masked one.

    `both(input_ids, attention_mask).logits[:, i]` speaks of the token at i. There must be a
    marker before the text, as `lab.models.markers` sees to: nothing stands before the first
    place, and what is said of it means nothing.

    Whatever else is asked (`config`, `get_output_embeddings`, `save_pretrained`, the parts the
    logit lens looks for) `causal` answers: it stays the same model, with the same weights.
    Its head reads one place back from now on, so nobody may go on using it by itself.
    """

    def __init__(self, causal: nn.Module) -> None:
        super().__init__()
        self.causal = causal
        self.generation_config = None  # it writes nothing on: no token ends a text
        # Before the head, and before any hook that picks places: see `lab.models.sparse`.
        head: nn.Module = causal.get_output_embeddings()  # type: ignore[operator]
        head.register_forward_pre_hook(_read_one_back)

    def __getattr__(self, name: str) -> Any:
        try:
            return super().__getattr__(name)
        except AttributeError:
            return getattr(super().__getattr__("causal"), name)

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor | None = None,
        output_hidden_states: bool = False,
        output_attentions: bool = False,
    ) -> Any:
        """transformers' output with `logits` (B, N, V); states and attentions stand side by side
        with them: those at i are what the guess about token i is read from, (B, N, d) and
        (B, H, N, N) a layer.

        attention_mask  (B, N), 0 at the padding that fills a row on its right
        """
        seen = torch.ones_like(input_ids) if attention_mask is None else attention_mask
        out: Any = self.causal(
            input_ids=input_ids,
            attention_mask=everyone(seen.bool(), self.config._attn_implementation),
            output_hidden_states=output_hidden_states,
            output_attentions=output_attentions,
            use_cache=False,
        )
        if output_hidden_states:
            out.hidden_states = tuple(one_back(state, 1) for state in out.hidden_states)
        if output_attentions:
            out.attentions = tuple(one_back(rows, 2) for rows in out.attentions)
        return out


def everyone(seen: Tensor, implementation: str) -> Tensor:
    """(B, 1, N, N) who may look at whom: all at all that is `seen`, (B, N) bool.

    transformers takes a mask of four dimensions as it is, in place of its causal one: for the
    eager implementation as numbers to add, for the others as true and false.
    """
    rows, n = seen.shape
    allowed = seen[:, None, None, :].expand(rows, 1, n, n)
    if implementation != "eager":
        return allowed
    forbidden = torch.finfo(torch.float32).min
    return torch.zeros_like(allowed, dtype=torch.float32).masked_fill(~allowed, forbidden)


def one_back(found: Tensor, axis: int) -> Tensor:
    """What was at i - 1 at i, along `axis`; the first place keeps its own."""
    count = found.shape[axis]
    first, rest = found.narrow(axis, 0, 1), found.narrow(axis, 0, count - 1)
    return torch.cat([first, rest], dim=axis)


def _read_one_back(_: nn.Module, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
    return (one_back(inputs[0], 1), *inputs[1:])
