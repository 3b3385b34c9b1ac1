"""Conversations as the tokens a model is trained on, where the answers alone carry loss."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lab.documents.base import Turn

PLAIN = (
    "{% for m in messages %}{{ m.role | capitalize }}: {{ m.content }}\n"
    "{% if m.role == 'assistant' %}{{ eos }}\n{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}Assistant: {% endif %}"
)
"""For a model that brings no chat template of its own."""


def conversation(tokenizer: Any, turns: Sequence[Turn]) -> tuple[list[int], Any]:
    """(token numbers, (n,) bool: those of what the assistant says and of its end).

    tokenizer  a fast one of transformers. Written down with its own chat template; what lies
               between the template asked to let the assistant speak and the template with its
               answer is what is learnt.
    """
    text = _written(tokenizer, turns)
    answers = [
        (len(_written(tokenizer, turns[:i], speak=True)), len(_written(tokenizer, turns[: i + 1])))
        for i, turn in enumerate(turns)
        if turn.role == "assistant"
    ]
    encoded = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
    starts = np.asarray([start for start, _ in encoded["offset_mapping"]], np.int64)
    ends = np.asarray([end for _, end in encoded["offset_mapping"]], np.int64)
    learn = np.zeros(len(starts), bool)
    for begin, end in answers:
        learn |= (ends > begin) & (starts < end)
    return encoded["input_ids"], learn


def _written(tokenizer: Any, turns: Sequence[Turn], speak: bool = False) -> str:
    messages = [{"role": turn.role, "content": turn.text} for turn in turns]
    written: str = tokenizer.apply_chat_template(
        messages,
        chat_template=tokenizer.chat_template or PLAIN,
        tokenize=False,
        add_generation_prompt=speak,
        eos=tokenizer.eos_token or "",
    )
    return written
