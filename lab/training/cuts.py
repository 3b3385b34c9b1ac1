"""How a run's tokenizer cuts the text it was made from, to be looked at."""

from __future__ import annotations

import re
from pathlib import Path

from lab.documents.text import read_text
from lab.history import Tokens
from lab.recipe import Data
from lab.training.corpus import find, made

LONGEST = 160


def cuts(data: Data, home: Path) -> Tokens | None:
    """The tokenizer made for `data`; `None` while there is none. Raises as `corpus.find` does."""
    from tokenizers import Tokenizer

    corpus = made(data, home)
    if corpus is None:
        return None
    text = first_sentence(read_text(find(data)[0], 40 * LONGEST))
    tokenizer = Tokenizer.from_file(str(corpus.tokenizer / "tokenizer.json"))
    places = tokenizer.encode(text, add_special_tokens=False).offsets
    return Tokens(
        vocabulary=tokenizer.get_vocab_size(),
        documents=len(corpus.documents),
        train=corpus.train_tokens,
        held=corpus.held_tokens,
        bytes=sum(document.bytes for document in corpus.documents),
        cut=tuple(text[a:b] for a, b in places),
    )


def first_sentence(text: str) -> str:
    """The first that ends, titles passed over; at most LONGEST characters."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    whole = next((line for line in lines if re.search(r"[.!?…](?=\s|$)", line)), "".join(lines[:1]))
    end = re.search(r"[.!?…](?=\s|$)", whole[:LONGEST])
    return whole[: end.end()] if end else whole[:LONGEST]
