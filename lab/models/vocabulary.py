"""Between what a person typed and what a model reads: tokens, where they stand, how they look."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from lab.prompts import MASK_WORD
from lab.types import Alphabet, LabError

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

SENTINEL_FORMS = (re.compile(r"<extra_id_(\d+)>"), re.compile(r"\[SPAN_(\d+)\]"))


@dataclass(frozen=True, slots=True)
class Encoded:
    """A sentence as token numbers; spans[i] is where token i stands in it, (-1, -1) for markers.

    `dropped` counts the tokens that did not fit in the context.
    """

    text: str
    ids: tuple[int, ...]
    spans: tuple[tuple[int, int], ...]
    dropped: int = 0

    def covering(self, ranges: tuple[tuple[int, int], ...]) -> tuple[int, ...]:
        """Indices of the tokens that share at least one character with any of the ranges."""
        return tuple(
            i
            for i, (a, b) in enumerate(self.spans)
            if any(a < end and begin < b for begin, end in ranges)
        )


class Vocabulary:
    """A tokenizer of transformers, with what the lab asks of one."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase) -> None:
        self.tokenizer: Any = tokenizer

    @cached_property
    def alphabet(self) -> Alphabet:
        """The markers this tokenizer has. Padding falls back to the end token, then to 0."""
        t = self.tokenizer
        found: dict[int, int] = {}
        for token, i in t.get_vocab().items():
            for form in SENTINEL_FORMS:
                if match := form.fullmatch(token):
                    found[int(match[1])] = i
        pad = next((i for i in (t.pad_token_id, t.eos_token_id, 0) if i is not None), 0)
        bos = t.bos_token_id if t.bos_token_id is not None else t.cls_token_id
        eos = t.eos_token_id if t.eos_token_id is not None else t.sep_token_id
        sentinels = tuple(found[k] for k in sorted(found))
        return Alphabet(len(t), pad, t.mask_token_id, bos, eos, sentinels)
