"""What a run of text reads: one text that goes on and on, or documents each to itself."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import torch

from lab.documents import dataset as datasets
from lab.documents.dataset import Dataset
from lab.documents.packing import Numbers, Packed, Row, unheard
from lab.models.tokenizer import train_tokenizer
from lab.objectives.base import Batch
from lab.recipe import Recipe
from lab.training import corpus as corpora
from lab.training.batches import HELD_ROWS, in_order, windows
from lab.training.corpus import Corpus
from lab.training.folder import write_atomically
from lab.training.tasks import Batches

Held = Callable[[int], Iterator[Batch]]
"""At most so many rows of held-out data, batch by batch, evenly spread over it."""
Source = dict[str, Any]


class TextData(ABC):
    """Texts on the disk as the rows of batches."""

    tokenizer: Path
    per_byte: float
    """Tokens that carry loss to a byte of held-out text."""

    @property
    def documents(self) -> Dataset | None:
        """What they were made of, where each is read for itself; `None` where they run on."""
        return None

    def held_documents(self, marker: int, pad: int) -> Iterator[tuple[int, list[Batch]]]:
        """(bytes of its text, its rows) of each held-out document; none where they run on."""
        yield from ()

    @property
    @abstractmethod
    def sources(self) -> tuple[Source, ...]:
        """What a passport says of every document."""

    @property
    @abstractmethod
    def rows_in_epoch(self) -> int:
        """Rows until all has been read once."""

    @abstractmethod
    def rows(self, marker: int, pad: int) -> tuple[Batches, Held]:
        """(batches to learn from, held-out ones); each row, or each text in it, behind `marker`."""


def read(recipe: Recipe, packs: bool, home: Path, tokenizer: Any, kept: Path | None) -> TextData:
    """The texts a recipe names, made ready; at once when that has been done before.

    packs  whether the objective keeps apart several texts in one row
    kept   a file that remembers what was made: a run that goes on reads what it began with,
           whatever has become of the documents

    Raises `LabError`: no_such_path, no_text, text_too_short, nothing_readable, too_few_tokens.
    """
    data = recipe.data
    texts: TextData
    if data.apart:
        known = _remembered(kept, datasets.load)
        dataset = known or datasets.prepare(data, home, tokenizer, train_tokenizer)
        texts, folder = Apart(recipe, packs, dataset), dataset.folder
    else:
        corpus = _remembered(kept, corpora.load) or corpora.prepare(data, home, tokenizer)
        texts, folder = _Running(recipe, corpus), corpus.folder
    if kept is not None:
        write_atomically(kept, json.dumps({"folder": str(folder)}))
    return texts


Made = TypeVar("Made")


def _remembered(kept: Path | None, load: Callable[[Path], Made]) -> Made | None:
    if kept is None or not kept.is_file():
        return None
    try:
        return load(Path(json.loads(kept.read_text())["folder"]))
    except (OSError, ValueError, KeyError):
        return None  # the lab's folder was tidied: it is made again


@dataclass
class _Running(TextData):
    """Windows of all texts one behind the other."""

    recipe: Recipe
    corpus: Corpus

    def __post_init__(self) -> None:
        self.tokenizer = self.corpus.tokenizer
        self.per_byte = self.corpus.held_tokens / max(1, self.corpus.bytes(held=True))

    @property
    def sources(self) -> tuple[Source, ...]:
        return tuple(
            {"name": d.name, "sha256": d.sha256, "characters": d.characters, "held_out": d.held_out}
            for d in self.corpus.documents
        )

    @property
    def rows_in_epoch(self) -> int:
        return max(1, self.corpus.train_tokens // (self.recipe.data.length - 1))

    def rows(self, marker: int, pad: int) -> tuple[Batches, Held]:
        recipe, length = self.recipe, self.recipe.data.length
        train, held = (self.corpus.tokens(of) for of in (False, True))
        batches = windows(train, length, recipe.rows, marker, recipe.seed)
        return batches, lambda most: in_order(held, length, HELD_ROWS, marker, most)


@dataclass
class Apart(TextData):
    """Documents that do not see each other, those that are short sharing a row."""

    recipe: Recipe
    packs: bool
    dataset: Dataset

    def __post_init__(self) -> None:
        self.tokenizer = self.dataset.tokenizer
        self.per_byte = self.dataset.per_byte(held=True)

    @property
    def documents(self) -> Dataset:
        return self.dataset

    @property
    def sources(self) -> tuple[Source, ...]:
        licences = {paper.name: paper.licence for paper in self.dataset.papers}
        return tuple(
            {"name": s.name, "sha256": s.sha256, "tokens": s.tokens, "held_out": s.held}
            | {"licence": licences[s.name]}
            for s in self.dataset.shares
        )

    @property
    def rows_in_epoch(self) -> int:
        return self._packed(False, 0, 0).rows_in_epoch

    def rows(self, marker: int, pad: int) -> tuple[Batches, Held]:
        rows = self.recipe.rows
        train, held = (self._packed(of, marker, pad) for of in (False, True))

        def batch(number: int) -> Batch:
            return self._batch([train.row(number * rows + i) for i in range(rows)])

        def measured(most: int) -> Iterator[Batch]:
            count = held.rows_in_epoch
            chosen = range(count) if count <= most else [i * count // most for i in range(most)]
            for at in range(0, len(chosen), HELD_ROWS):
                yield self._batch([held.row(i) for i in chosen[at : at + HELD_ROWS]])

        return batch, measured

    def held_documents(self, marker: int, pad: int) -> Iterator[tuple[int, list[Batch]]]:
        packed = self._packed(True, marker, pad)
        spans, sizes = packed.tokens.spans, [s.bytes for s in self.dataset.shares if s.held]
        for number, size in enumerate(sizes):
            own = spans[spans[:, 0] == number]
            rows = [packed.lay(row) for row in packed.rows_of(own)]
            groups = (rows[at : at + HELD_ROWS] for at in range(0, len(rows), HELD_ROWS))
            yield size - self._unread(packed, own), [self._batch(some) for some in groups]

    def _unread(self, packed: Packed, spans: Numbers) -> int:
        """Bytes of answers that no row has room for: what is not read is not counted."""
        gone = [part for two in unheard(spans, packed.length) for part in two]
        ids = [
            packed.tokens.ids(p.start, p.count)[packed.tokens.learn(p.start, p.count)] for p in gone
        ]
        if not sum(map(len, ids)):
            return 0
        from transformers import PreTrainedTokenizerFast

        tokenizer = PreTrainedTokenizerFast.from_pretrained(self.tokenizer)
        texts = tokenizer.batch_decode(ids, skip_special_tokens=True)
        return sum(len(text.encode()) for text in texts)

    def _packed(self, held: bool, marker: int, pad: int) -> Packed:
        recipe = self.recipe
        tokens = self.dataset.tokens(held)
        return Packed(tokens, recipe.data.length, marker, pad, recipe.seed, self.packs)

    def _batch(self, rows: list[Row]) -> Batch:
        ids, learn, places = (
            torch.stack([getattr(row, name) for row in rows]) for name in ("ids", "learn", "places")
        )
        return Batch(ids=ids, learn=learn, places=places if self.packs else None)
