"""Bodies with random weights: what a model is before it has read anything.

The masked and the causal body are twins (ModernBERT and its decoder form): same
blocks, same count of parameters; only who may look at whom differs. T5 is cut to
the same count, as nearly as whole blocks allow, so that objectives can be compared at
equal size.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from lab.config import Size
from lab.types import Alphabet, Kind

TEXT_CONTEXT = 512
PICTURE_SIDE = 32
DISTANCES = 32
"""Distances between two tokens that T5 tells apart."""


def build(
    kind: Kind,
    size: Size,
    alphabet: Alphabet | None = None,
    classes: int = 0,
    dropout: float = 0.0,
    context: int = TEXT_CONTEXT,
) -> nn.Module:
    """A model of the given kind and size with weights drawn from `size.seed`.

    dropout  share of signals dropped while it trains; context: most tokens it will read

    Raises `LabError`, as `Size.unfit` gives it, when the width cannot be shared among the heads.
    """
    if (why := size.unfit(kind)) is not None:
        raise why
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(size.seed)
        if kind == "unet":
            return _unet(size, classes, dropout)
        if alphabet is None:
            raise TypeError("a text model needs an alphabet")
        if kind == "seq2seq":
            return _t5(size, alphabet, dropout)
        return _modernbert(kind, size, alphabet, dropout, max(context, TEXT_CONTEXT))


def _modernbert(
    kind: Kind, size: Size, alphabet: Alphabet, dropout: float, context: int
) -> nn.Module:
    from transformers import (
        ModernBertConfig,
        ModernBertDecoderConfig,
        ModernBertDecoderForCausalLM,
        ModernBertForMaskedLM,
    )

    begin = alphabet.pad if alphabet.bos is None else alphabet.bos
    end = alphabet.pad if alphabet.eos is None else alphabet.eos
    shared: dict[str, Any] = {
        "vocab_size": alphabet.size,
        "hidden_size": size.width,
        "intermediate_size": _inner(size.width),
        "num_hidden_layers": size.layers,
        "num_attention_heads": size.heads,
        "max_position_embeddings": context,
        "embedding_dropout": dropout,
        "mlp_dropout": dropout,
        "attention_dropout": dropout,
        "pad_token_id": alphabet.pad,
        "bos_token_id": begin,
        "eos_token_id": end,
        "cls_token_id": begin,
        "sep_token_id": end,
        "layer_types": ["full_attention"] * size.layers,
    }
    if kind == "causal":
        causal: nn.Module = ModernBertDecoderForCausalLM(ModernBertDecoderConfig(**shared))
        return causal
    masked: nn.Module = ModernBertForMaskedLM(ModernBertConfig(**shared))
    return masked


def _inner(width: int) -> int:
    """Numbers inside a twin's feed-forward layer, which is gated: three matrices."""
    return width * 3 // 2


def _weights(size: Size, vocabulary: int) -> int:
    """Numbers of a twin but for embeddings and norms: blocks, the layer before the last, biases."""
    width = size.width
    return size.layers * width * (4 * width + 3 * _inner(width)) + width**2 + vocabulary


def _t5(size: Size, alphabet: Alphabet, dropout: float) -> nn.Module:
    from transformers import T5Config, T5ForConditionalGeneration

    # A decoder block also looks at the encoder and weighs more: 3 + 2 stand for 6 of the twins.
    encoder = max(1, round(size.layers / 2))
    decoder = max(1, round(size.layers / 3))
    # One and one still outweigh a single twin: their heads are half as wide.
    head = size.width // size.heads // (2 if size.layers == 1 else 1)
    attentions = (encoder + 2 * decoder) * 4 * size.width * head * size.heads
    distances = 2 * DISTANCES * size.heads
    left = _weights(size, alphabet.size) - attentions - distances
    quarters = max(1, round(4 * left / (3 * (encoder + decoder) * size.width**2)))
    body: nn.Module = T5ForConditionalGeneration(
        T5Config(
            vocab_size=alphabet.size,
            d_model=size.width,
            d_kv=head,
            d_ff=size.width * quarters // 4,
            num_layers=encoder,
            num_decoder_layers=decoder,
            num_heads=size.heads,
            relative_attention_num_buckets=DISTANCES,
            feed_forward_proj="gated-gelu",
            dropout_rate=dropout,
            pad_token_id=alphabet.pad,
            eos_token_id=alphabet.eos,
            decoder_start_token_id=alphabet.pad,
        )
    )
    return body


def _unet(size: Size, classes: int, dropout: float) -> nn.Module:
    from diffusers import UNet2DModel

    # Thin where pictures are large, wide where they are small: nearly all the time goes into
    # the first level, nearly all the knowledge into the last, which alone has attention.
    width = max(32, size.width // 32 * 32)
    # One more class than there are: the last stands for "any", for guidance and for no wish.
    body: nn.Module = UNet2DModel(
        sample_size=PICTURE_SIDE,
        in_channels=3,
        out_channels=3,
        layers_per_block=max(1, size.layers // 4),
        block_out_channels=(width // 4, width // 2, width),
        down_block_types=("DownBlock2D", "DownBlock2D", "AttnDownBlock2D"),
        up_block_types=("AttnUpBlock2D", "UpBlock2D", "UpBlock2D"),
        attention_head_dim=max(8, width // size.heads),
        norm_num_groups=8,
        dropout=dropout,
        num_class_embeds=classes + 1 if classes else None,
    )
    return body
