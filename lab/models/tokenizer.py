"""A byte-level BPE tokenizer of one's own, with every marker the text objectives need."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

SENTINELS = 32


def train_tokenizer(texts: Iterable[str], vocabulary: int) -> PreTrainedTokenizerFast:
    """Learn merges from `texts` (Sennrich et al. 2016, on bytes) up to `vocabulary` tokens in all.

    Every text begins with [BOS], so that the first word too is predicted from
    something. The mask takes the space before it: otherwise a lone space would
    remain there, which never happens in text, and every guess would turn to noise.
    """
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, processors
    from tokenizers.trainers import BpeTrainer
    from transformers import PreTrainedTokenizerFast

    backend = Tokenizer(models.BPE())
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    swallows = [f"[SPAN_{i}]" for i in range(SENTINELS)]
    markers = [
        *("[PAD]", "[BOS]", "[EOS]"),
        AddedToken("[MASK]", special=True, lstrip=True),
        *(AddedToken(name, special=True, lstrip=True) for name in swallows),
    ]
    backend.train_from_iterator(
        texts,
        BpeTrainer(
            vocab_size=vocabulary,
            special_tokens=markers,
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        ),
    )
    backend.post_processor = processors.TemplateProcessing(
        single="[BOS] $A", special_tokens=[("[BOS]", backend.token_to_id("[BOS]"))]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=backend,
        pad_token="[PAD]",
        bos_token="[BOS]",
        eos_token="[EOS]",
        mask_token=AddedToken("[MASK]", special=True, lstrip=True),
        extra_special_tokens=swallows,
        model_max_length=512,
        clean_up_tokenization_spaces=False,
    )
