"""Sections become tokens on the disk: a text is one long span, a conversation one that is whole."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from lab.documents.base import Section
from lab.documents.chat import conversation
from lab.documents.store import TokenWriter

BETWEEN = "\n\n"
"""Between two sections of one document."""
TOGETHER = 16
"""Pieces handed to the tokenizer at once, which shares them out among the cores."""


@dataclass(slots=True)
class Count:
    """What a document came to: tokens, those that carry loss, bytes of text that does, words."""

    tokens: int = 0
    learnt: int = 0
    bytes: int = 0
    words: int = 0

    def add(self, tokens: int, learnt: int) -> None:
        self.tokens += tokens
        self.learnt += learnt

    def read(self, text: str, learnt: bool = True) -> None:
        """A text that was tokenised, and whether it carries loss."""
        self.words += len(text.split())
        self.bytes += len(text.encode("utf-8", "replace")) if learnt else 0


def write(writer: TokenWriter, document: int, sections: Iterable[Section], tokenizer: Any) -> Count:
    """Tokenise one document.

    Texts that follow one another make one span, which ends with the tokenizer's end; every
    conversation is a span of its own.
    """
    count = Count()
    for talks, some in itertools.groupby(sections, key=lambda section: bool(section.turns)):
        if talks:
            _talks(writer, document, some, tokenizer, count)
        else:
            _texts(writer, document, some, tokenizer, count)
    return count


def _talks(
    writer: TokenWriter, document: int, talks: Iterable[Section], tokenizer: Any, count: Count
) -> None:
    for talk in talks:
        ids, learn = conversation(tokenizer, talk.turns)
        writer.add(document, ids, learn, talk=True)
        count.add(len(ids), int(learn.sum()))
        for turn in talk.turns:
            count.read(turn.text, turn.role == "assistant")


def _texts(
    writer: TokenWriter, document: int, texts: Iterable[Section], tokenizer: Any, count: Count
) -> None:
    joined = itertools.chain([""], itertools.repeat(BETWEEN))
    whole = (between + section.text for between, section in zip(joined, texts, strict=False))
    write_text(writer, document, whole, tokenizer, count)


def write_text(
    writer: TokenWriter, document: int, pieces: Iterable[str], tokenizer: Any, count: Count
) -> None:
    """A text as one span, piece by piece, with the tokenizer's end behind it."""
    writer.add(document, [])
    left = iter(pieces)
    while some := list(itertools.islice(left, TOGETHER)):
        for ids in tokenizer(some, add_special_tokens=False, verbose=False)["input_ids"]:
            writer.extend(ids)
            count.add(len(ids), len(ids))
        for text in some:
            count.read(text)
    end = [] if tokenizer.eos_token_id is None else [tokenizer.eos_token_id]
    writer.extend(end)
    count.add(len(end), len(end))
