"""A causal language model that writes back what was cut out, asked like a model of two stacks.

There is no encoder: the text with its gaps and what the decoder says of them are one row of
tokens, read from left to right, and what is said is the logits at the decoder's part. So the
span objective, its corruption and its infilling serve such a model as they serve T5 (as a
language model over text and answer: Donahue et al. 2020, section 3; the T5 paper's prefix
LM without the mask that looks ahead, Raffel et al. 2020, section 3.2.1).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn


class OneRow(nn.Module):
    """`causal`, any model for causal language modelling of transformers, as a model of two stacks.

    Whatever else is asked (`config`, `get_output_embeddings`, `save_pretrained`) `causal`
    answers: it stays the same model, with the same weights.
    """

    def __init__(self, causal: nn.Module) -> None:
        super().__init__()
        self.causal = causal
        self.generation_config = None  # an answer ends with the tokenizer's own end

    def __getattr__(self, name: str) -> Any:
        try:
            return super().__getattr__(name)
        except AttributeError:
            return getattr(super().__getattr__("causal"), name)

    def get_encoder(self) -> Callable[..., tuple[Tensor, Tensor | None]]:
        """What stands for an encoder: it only hands the text on, to be read with the answer."""
        return lambda input_ids, attention_mask=None: (input_ids, attention_mask)

    def forward(
        self,
        decoder_input_ids: Tensor,
        input_ids: Tensor | None = None,
        attention_mask: Tensor | None = None,
        encoder_outputs: tuple[Tensor, Tensor | None] | None = None,
        use_cache: bool = False,
        **past: Any,
    ) -> Any:
        """transformers' output with `logits` (B, M, V) at the M places of `decoder_input_ids`.

        input_ids        (B, N) the text with its gaps, unless `encoder_outputs` brings it
        attention_mask   (B, N), 0 at the padding that fills a text on its right
        past             the cache of an earlier call, by the name transformers gives it: the text
                         and the answer so far have been read
        """
        text = encoder_outputs[0] if encoder_outputs is not None else input_ids
        assert text is not None  # one of the two brings it
        new = decoder_input_ids if past else torch.cat([text, decoder_input_ids], dim=1)
        read = next(iter(past.values())).get_seq_length() if past else 0
        seen = torch.ones(len(new), read + new.shape[1], dtype=torch.long, device=new.device)
        if attention_mask is not None:
            seen[:, : text.shape[1]] = attention_mask
        # Behind a text that was filled up, the answer goes on counting where the text ended.
        places = (seen.cumsum(1) - 1).clamp(min=0)[:, read:]
        return self.causal(
            input_ids=new,
            attention_mask=seen,
            position_ids=places,
            use_cache=use_cache,
            logits_to_keep=decoder_input_ids.shape[1],
            **past,
        )
