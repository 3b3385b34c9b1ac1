"""What a run learns from and what it is measured on: documents read, divided, tokenised, kept.

It lies below HOME/datasets under the hash of what it was made from.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock

from lab.documents.kept import VERSION, Text, left_from, paper_from, paper_to
from lab.documents.packing import lost
from lab.documents.reading import Told, read_all
from lab.documents.split import By, Part, split
from lab.documents.store import FORMAT, Tokens, TokenWriter
from lab.documents.tidy import used
from lab.documents.tokens import write
from lab.papers import Left, Paper, Share
from lab.recipe import Data
from lab.texts import ASSETS
from lab.types import LabError

OWN = ASSETS / "corpus"
HELD_OUT = 0.1
"""Share of the characters held out, about, where nobody names what is."""
Make = Callable[[Iterator[str], int], Any]
"""A tokenizer of so many tokens, made of texts."""
DIVIDED = 2
"""Version of the dividing: raised whenever it would divide the same documents otherwise."""
FEWEST = 4
"""Rows there must be at least; with fewer a model learns by heart or nothing."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """Documents made ready.

    papers     every document that was named, also those that could not be read
    shares     what each gives to either side
    by         what was held out, see `lab.documents.split.Split`
    left       what was taken out of the side that is learnt from
    """

    folder: Path
    papers: tuple[Paper, ...]
    shares: tuple[Share, ...]
    by: By
    left: tuple[Left, ...]

    @property
    def tokenizer(self) -> Path:
        """A folder in the Hugging Face layout."""
        return self.folder / "tokenizer"

    def tokens(self, held: bool) -> Tokens:
        return Tokens(self.folder / ("held.arrow" if held else "train.arrow"))

    def learnt(self, length: int, held: bool = False) -> tuple[int, int]:
        """(tokens that carry loss in rows of `length`, conversations too long for such a row)."""
        count = sum(share.learnt for share in self.shares if share.held == held)
        long, gone = lost(self.tokens(held), length)
        return count - gone, long

    def per_byte(self, held: bool) -> float:
        """Tokens that carry loss to a byte of their text."""
        of = [share for share in self.shares if share.held == held]
        return sum(share.learnt for share in of) / max(1, sum(share.bytes for share in of))


def prepare(
    data: Data, home: Path, tokenizer: Any, make: Make, tell: Told | None = None
) -> Dataset:
    """Read, divide and tokenise; at once when it has been done before.

    tokenizer  a fast one of transformers; `None` to `make` one of the documents

    Raises `LabError`: no_such_path, nothing_readable, held_out_unknown, all_held_out,
    too_few_tokens.
    """
    texts = read_all([Path(p).expanduser() for p in data.paths or _own(data)], home, tell)
    folder = _place(texts, data, home, tokenizer)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.with_suffix(".lock")):
        if not (folder / "dataset.json").exists():
            _make(folder, texts, data, tokenizer, make)
    made = load(folder)
    learnt, _ = made.learnt(data.length)
    if learnt < FEWEST * data.length:
        raise LabError("too_few_tokens", tokens=learnt, need=FEWEST * data.length)
    return made


def load(folder: Path) -> Dataset:
    """What `prepare` left in a folder."""
    file = folder / "dataset.json"
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    used(file)
    return Dataset(
        folder=folder,
        papers=tuple(paper_from(one) for one in found["papers"]),
        shares=tuple(Share(**one) for one in found["shares"]),
        by=found["by"],
        left=tuple(left_from(one) for one in found["left"]),
    )


def _make(folder: Path, texts: Sequence[Text], data: Data, tokenizer: Any, make: Make) -> None:
    """Into a folder beside, then given its name: half-made data is never taken for whole."""
    partial = folder.with_suffix(".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    divided = split(texts, HELD_OUT, data.held_out)
    if divided.held and not divided.train:
        raise LabError("all_held_out")
    if not divided.train:
        why = next((text.paper.why for text in texts if text.paper.why is not None), None)
        raise why or LabError("nothing_readable")
    if tokenizer is None:
        tokenizer = make(_texts(divided.train), data.vocabulary)
    tokenizer.save_pretrained(partial / "tokenizer")
    shares: list[Share] = []
    for held, parts in ((False, divided.train), (True, divided.held)):
        file = partial / ("held.arrow" if held else "train.arrow")
        with TokenWriter(file, len(tokenizer)) as writer:
            for number, part in enumerate(parts):
                paper, count = part.text.paper, write(writer, number, part.sections(), tokenizer)
                shares.append(Share(paper.name, paper.sha256, held, **asdict(count)))
    found = {
        "papers": [paper_to(text.paper) for text in texts],
        "shares": [asdict(share) for share in shares],
        "by": divided.by,
        "left": [asdict(left) for left in divided.left],
    }
    (partial / "dataset.json").write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8")
    os.replace(partial, folder)


def _texts(parts: Sequence[Part]) -> Iterator[str]:
    for part in parts:
        for section in part.sections():
            yield from [turn.text for turn in section.turns] or [section.text]


def _own(data: Data) -> list[str]:
    return [str(OWN / data.language)]


def _place(texts: Sequence[Text], data: Data, home: Path, tokenizer: Any) -> Path:
    """Where the dataset of these very texts lies."""
    read = [_known_as(text.paper) for text in texts]
    what = [read, sorted(data.held_out), VERSION, FORMAT, DIVIDED, _cuts(data, tokenizer)]
    return home / "datasets" / _digest(what)


def _known_as(paper: Paper) -> list[str]:
    """What of a paper its dataset hangs on. One that was not read may be read another day: that
    is another dataset then."""
    return [paper.name, paper.sha256, paper.kind, paper.licence, paper.why.key if paper.why else ""]


def _cuts(data: Data, tokenizer: Any) -> object:
    if tokenizer is None:
        return data.vocabulary
    backend = tokenizer.backend_tokenizer.to_str()
    return [_digest(backend), tokenizer.eos_token_id, str(tokenizer.chat_template)]


def _digest(what: object) -> str:
    return hashlib.sha256(json.dumps(what).encode()).hexdigest()[:24]
