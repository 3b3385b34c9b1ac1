"""Models and tokenizers so small that a test makes them on the spot."""

from __future__ import annotations

from functools import cache
from types import SimpleNamespace
from typing import Any

import torch
from tokenizers import (
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)
from transformers import PreTrainedTokenizerFast

from lab.config import ImageDiffusionConfig, ModelSpec, Size
from lab.models.loaded import LoadedModel
from lab.models.scratch import build
from lab.models.tokenizer import train_tokenizer
from lab.models.vocabulary import Vocabulary
from lab.objectives.image_diffusion import ImageDiffusion
from lab.training.pictures import Shapes
from lab.types import Kind

SENTENCES = [
    "The capital of France is Paris.",
    "The cat sat on the mat, and the dog sat by the door.",
    "A king had three daughters, and the youngest was very wise.",
] * 8
SERVES: dict[Kind, tuple[str, ...]] = {
    "causal": ("next",),
    "masked": ("masked", "diffusion"),
    "seq2seq": ("span",),
}


@cache
def byte_level() -> PreTrainedTokenizerFast:
    """The lab's own kind: bytes, a marker before the text, sentinels."""
    return train_tokenizer(SENTENCES, 420)


@cache
def word_piece() -> PreTrainedTokenizerFast:
    """BERT's kind: lower case, ##, [CLS] and [SEP]."""
    backend = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    backend.normalizer = normalizers.BertNormalizer(lowercase=True)
    backend.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    backend.decoder = decoders.WordPiece()
    markers = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    trainer = trainers.WordPieceTrainer(vocab_size=140, special_tokens=markers, show_progress=False)
    backend.train_from_iterator(SENTENCES, trainer)
    backend.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=backend,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
    )


@cache
def sentence_piece() -> PreTrainedTokenizerFast:
    """T5's kind: a Unigram whose markers are pieces of the model, at a score no text beats."""
    backend = Tokenizer(models.Unigram())
    backend.normalizer = normalizers.NFKC()
    backend.pre_tokenizer = pre_tokenizers.Metaspace()
    backend.decoder = decoders.Metaspace()
    sentinels = [f"<extra_id_{i}>" for i in range(8)]
    trainer = trainers.UnigramTrainer(
        vocab_size=140,
        special_tokens=["<pad>", "</s>", "<unk>", *sentinels],
        unk_token="<unk>",
        show_progress=False,
    )
    backend.train_from_iterator(SENTENCES, trainer)
    backend.post_processor = processors.TemplateProcessing(
        single="$A </s>", special_tokens=[("</s>", 1)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=backend,
        pad_token="<pad>",
        unk_token="<unk>",
        eos_token="</s>",
        extra_special_tokens=sentinels,
    )


TOKENIZERS = {"bytes": byte_level, "words": word_piece, "pieces": sentence_piece}


def spec(kind: Kind) -> ModelSpec:
    return ModelSpec(
        id=f"tiny-{kind}",
        title="tiny",
        source="scratch",
        kind=kind,
        objectives=SERVES[kind],
        licence="-",
        data=(),
        limits={},
    )


def loaded(
    kind: Kind, tokenizer: Any = None, module: Any = None, context: int = 512, seed: int = 0
) -> LoadedModel:
    """A model in memory, of random weights unless `module` is given."""
    words = Vocabulary(tokenizer or byte_level())
    if module is None:
        module = build(kind, Size(layers=2, width=64, heads=2, seed=seed), words.alphabet)
        sharpen(module)
    module.eval().requires_grad_(False)
    return LoadedModel(spec(kind), module, "fp32", torch.device("cpu"), context, 0, words)


def sharpen(module: Any) -> None:
    """Random weights say nearly the same everywhere; larger ones have something to say."""
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            if parameter.dim() == 2 and "embed" not in name and "shared" not in name:
                parameter.mul_(6)


class Oracle(torch.nn.Module):
    """Reads from the left, and knows how each of some rows of tokens goes on, and nothing else."""

    def __init__(self, rows: list[list[int]], size: int) -> None:
        super().__init__()
        self.rows, self.size, self.config = rows, size, SimpleNamespace()
        self.head = torch.nn.Linear(size, size, bias=False)
        torch.nn.init.eye_(self.head.weight)

    def get_output_embeddings(self) -> torch.nn.Module:
        return self.head

    def next(self, given: list[int]) -> int | None:
        known = (row[len(given)] for row in self.rows if row[: len(given)] == given != row)
        return next(known, None)

    def forward(self, input_ids: torch.Tensor, **_: Any) -> Any:
        states = torch.zeros(*input_ids.shape, self.size)
        for b, row in enumerate(input_ids.tolist()):
            for i in range(len(row)):
                if (token := self.next(row[: i + 1])) is not None:
                    states[b, i, token] = 50.0
        return SimpleNamespace(logits=self.head(states))

    def generate(self, input_ids: torch.Tensor, max_new_tokens: int, **_: Any) -> torch.Tensor:
        rows = input_ids.tolist()
        for row in rows:
            for _step in range(max_new_tokens):
                row.append(self.next(row) or 0)
        return torch.tensor(rows)


def drawing() -> LoadedModel:
    """A picture model of random weights that can be asked for the lab's shapes."""
    module = build("unet", Size(width=32, heads=4), classes=8).eval()
    noising = ImageDiffusion(ImageDiffusionConfig(), classes=8).noising
    told = ModelSpec(
        id="tiny-unet", title="tiny", source="scratch", kind="unet", objectives=("image",),
        licence="-", data=(), limits={},
    )  # fmt: skip
    return LoadedModel(
        told, module, "fp32", torch.device("cpu"), 0, 0, None, dict(noising.config), Shapes.classes
    )


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)
