"""What a run would really read: the documents as it has them, and the rows of its batches."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from lab.config import checked
from lab.documents import album as albums
from lab.documents import dataset as datasets
from lab.documents.album import Album
from lab.documents.reading import Told, read_all
from lab.models.tokenizer import train_tokenizer
from lab.models.vocabulary import Vocabulary
from lab.objectives.base import Batch, Corrupted, objectives
from lab.papers import Cell, Gallery, PackedRow, Photo, Readiness, Reading
from lab.recipe import KINDS, Recipe
from lab.training.foundation import Foundation
from lab.training.own_pictures import known_as
from lab.training.setup import SCRATCH
from lab.training.tasks import task
from lab.training.text_data import Apart, read
from lab.types import LabError, Picture

MOST_ROWS = 32
MOST_SHOWN = 48
"""Pictures that can be looked at before the start."""
UNREAD = ("paper", "nothing_readable", "no_such_path")
"""Beginnings of the keys that say why nothing could be read."""
READ = ("too_few_tokens", "all_held_out", "held_out_unknown")
"""Keys that say why what was read cannot be trained on as it is."""


def reading(recipe: Recipe, home: Path) -> Iterator[Reading | Readiness | Gallery]:
    """`readiness`, or the `gallery` of a picture model, with word of how far it has come on the
    way; of too little to train on, what there is and why that is too little. Raises `LabError`
    for a base that is not here.

    Who stops listening stops the reading.
    """
    told: queue.Queue[Reading | Readiness | Gallery | LabError] = queue.Queue()
    left = threading.Event()

    def tell(done: int, of: int, name: str) -> None:
        if left.is_set():
            raise LabError("reading_stopped")
        told.put(Reading(done, of, name))

    def work() -> None:
        try:
            pictures = recipe.objective == "image"
            told.put((gallery if pictures else _whatever)(recipe, home, tell))
        except LabError as error:
            told.put(error)
        except Exception as error:  # the page must hear of it, whatever it is
            told.put(LabError("unexpected", why=f"{type(error).__name__}: {error}"[:300]))

    threading.Thread(target=work, daemon=True, name="reading").start()
    try:
        while not isinstance(item := told.get(), Readiness | Gallery):
            if isinstance(item, LabError):
                raise item
            yield item
        yield item
    finally:
        left.set()


def readiness(recipe: Recipe, home: Path, tell: Told | None = None) -> Readiness:
    """Read the documents and count. Raises as `lab.documents.dataset.prepare` does."""
    data = recipe.data
    made = datasets.prepare(data, home, _tokenizer(recipe, home), train_tokenizer, tell)
    kind = objectives()[recipe.objective]
    rows = Apart(recipe, kind.packs, made).rows_in_epoch
    tokens = sum(share.tokens for share in made.shares if not share.held)
    (learnt, long), (held, held_long) = (made.learnt(data.length, side) for side in (False, True))
    return Readiness(
        papers=made.papers,
        shares=made.shares,
        by=made.by,
        left=made.left,
        learnt=learnt,
        held=held,
        long=long + held_long,
        rows=rows,
        length=data.length,
        filled=min(1.0, tokens / max(1, rows * data.length)),
    )


def _whatever(recipe: Recipe, home: Path, tell: Told) -> Readiness:
    try:
        return readiness(recipe, home, tell)
    except LabError as error:
        if error.key not in READ and not error.key.startswith(UNREAD):
            raise
        why = error if error.key in READ else LabError("nothing_readable")
        # Read already: known by their hashes.
        paths = [Path(path).expanduser() for path in recipe.data.paths]
        papers = tuple(text.paper for text in read_all(paths, home))
        length = recipe.data.length
        return Readiness(papers, (), "none", (), 0, 0, 0, 0, length, 0.0, why)


def gallery(recipe: Recipe, home: Path, tell: Told | None = None) -> Gallery:
    """Read the pictures; of too few, those there are and why that is too few. Raises `LabError`
    for a base that is not here."""
    foundation = Foundation.of(recipe, "unet", home) if recipe.base else None
    canvas = foundation.canvas if foundation else SCRATCH
    paths = [Path(path).expanduser() for path in recipe.data.paths]
    album = albums.prepare(paths, home, (canvas.width, canvas.height), recipe.data.held_out, tell)
    why: LabError | None = None
    try:
        albums.require_enough(album, recipe.data.paths)
    except LabError as error:
        why = error
    taught: tuple[str, ...] = ()
    if foundation is not None:
        count, names = foundation.classes
        groups = sorted({photo.group for photo in album.photos if photo.side})
        numbers = sorted({known_as(group, names, count) for group in groups})
        taught = tuple(names[number] if number >= 0 else "" for number in numbers)
    learnt, held = (len(album.side(side)) for side in ("learnt", "held"))
    return Gallery(_shown(album), learnt, held, canvas.width, canvas.height, taught, why)


def _shown(album: Album) -> tuple[Photo, ...]:
    """Every picture that was named, the first few of them to be looked at."""
    pixels = {side: iter(album.pixels(side)) for side in ("learnt", "held")}
    photos: list[Photo] = []
    shown = 0
    for photo in album.photos:
        if photo.side in pixels and shown < MOST_SHOWN:
            small = next(pixels[photo.side])
            photo = replace(photo, small=Picture(small.shape[1], small.shape[0], small.tobytes()))
            shown += 1
        photos.append(photo)
    return tuple(photos)


def first_rows(recipe: Recipe, home: Path, start: int, count: int) -> tuple[PackedRow, ...]:
    """Rows `start` and on of the first batches, exactly as training would corrupt them."""
    from transformers import PreTrainedTokenizerFast

    kind = objectives()[recipe.objective]
    texts = read(recipe, kind.packs, home, _tokenizer(recipe, home), None)
    words = Vocabulary(PreTrainedTokenizerFast.from_pretrained(texts.tokenizer))
    alphabet = words.alphabet
    marker = alphabet.marker
    batches, _ = texts.rows(marker, alphabet.pad)
    objective = kind(checked(kind.Config, recipe.settings), alphabet)
    found: list[PackedRow] = []
    wanted = range(start, start + min(count, MOST_ROWS))
    for number in range(wanted.start // recipe.rows, (wanted.stop - 1) // recipe.rows + 1):
        batch = batches(number)
        made = task(objective, batches, recipe.seed, number)
        at = number * recipe.rows
        rows = [_row(made, batch, i, words) for i in range(recipe.rows) if at + i in wanted]
        found += rows
    return tuple(found)


def _tokenizer(recipe: Recipe, home: Path) -> Any:
    if not recipe.base:
        return None
    return Foundation.of(recipe, KINDS[recipe.objective], home).tokenizer


def _row(made: Corrupted, batch: Batch, i: int, words: Vocabulary) -> PackedRow:
    """A next-token target stands under the token that must be said, not under the one before."""
    given, targets, weights = made.inputs["input_ids"][i], made.targets[i], made.weights[i]
    if "decoder_input_ids" in made.inputs:
        whole = torch.zeros_like(given)
        said = _cells(targets, targets, weights, torch.zeros_like(targets), words)
        return PackedRow(_cells(given, given, whole.float(), _texts(given, batch, i), words), said)
    if "position_ids" in made.inputs or _shifted(made, batch, i):
        targets, weights = targets.roll(1), weights.roll(1)
    return PackedRow(_cells(given, targets, weights, _texts(given, batch, i), words))


def _shifted(made: Corrupted, batch: Batch, i: int) -> bool:
    return not torch.equal(made.targets[i], batch.text[i])


def _texts(given: Tensor, batch: Batch, i: int) -> Tensor:
    """Which text of the row each place belongs to; -1 for padding."""
    if batch.places is None:
        real = batch.learn[i] if batch.learn is not None else torch.ones_like(given).bool()
        last = int(real.nonzero().max()) if bool(real.any()) else -1
        inside = torch.arange(len(given)) <= last
        return torch.where(inside, 0, -1)
    places = batch.places[i]
    # A text begins where the count is zero and goes on; what is zero and does not is padding.
    begins = (places == 0) & (places.roll(-1) == 1)
    number = begins.long().cumsum(0) - 1
    return torch.where((places > 0) | begins, number, -1)


def _cells(
    given: Tensor, targets: Tensor, weights: Tensor, texts: Tensor, words: Vocabulary
) -> tuple[Cell, ...]:
    heaviest = float(weights.max()) or 1.0
    shown: Sequence[str] = words.pieces(given.tolist())
    aims: Sequence[str] = words.pieces(targets.clamp(min=0).tolist())
    return tuple(
        Cell(shown[n], int(texts[n]), aims[n] if w > 0 else "", round(float(w) / heaviest, 4))
        for n, w in enumerate(weights.tolist())
    )
