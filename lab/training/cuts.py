"""How a run's tokenizer cuts the text it was made from, to be looked at."""

from __future__ import annotations

import re
from pathlib import Path

from lab.documents.text import read_text
from lab.history import Tokens
from lab.recipe import Data
from lab.training.corpus import find, made
from lab.types import LabError

LONGEST = 160


def cuts(data: Data, home: Path, model: Path | None = None) -> Tokens | None:
    """The tokenizer made for `data`, on its first sentence; where that text is not here, the one in
    the folder of the `model` it became, on a sentence of the lab's own. `None` while there is none.

    Raises as `corpus.find` does, where there is no model either.
    """
    left = None if model is None else next(model.glob("tokenizer.json"), None)
    try:
        corpus = made(data, home)
    except LabError:
        if left is None:
            raise
        corpus = None
    if corpus is not None:
        return Tokens(
            *_cut(corpus.tokenizer / "tokenizer.json", find(data)[0]),
            documents=len(corpus.documents),
            train=corpus.train_tokens,
            held=corpus.held_tokens,
            bytes=sum(document.bytes for document in corpus.documents),
        )
    if left is None:
        return None
    return Tokens(*_cut(left, find(Data.model_validate({"language": data.language}))[0]))


def _cut(file: Path, text: Path) -> tuple[int, tuple[str, ...]]:
    """(how many tokens a tokenizer knows, the pieces of a text's first sentence)."""
    from tokenizers import Tokenizer

    sentence = first_sentence(read_text(text, 40 * LONGEST))
    tokenizer = Tokenizer.from_file(str(file))
    places = tokenizer.encode(sentence, add_special_tokens=False).offsets
    return tokenizer.get_vocab_size(), tuple(sentence[a:b] for a, b in places)


def first_sentence(text: str) -> str:
    """The first that ends, titles passed over; at most LONGEST characters."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    whole = next((line for line in lines if re.search(r"[.!?…](?=\s|$)", line)), "".join(lines[:1]))
    end = re.search(r"[.!?…](?=\s|$)", whole[:LONGEST])
    return whole[: end.end()] if end else whole[:LONGEST]
