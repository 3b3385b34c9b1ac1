"""A person's own pictures as batches, and the drawings that tell what a base forgets."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from lab.documents import album as albums
from lab.documents.album import Album, Pixels
from lab.documents.reading import Told
from lab.objectives._denoise import Canvas
from lab.objectives._pixels import example, to_tensor
from lab.objectives.base import Batch
from lab.recipe import Data
from lab.texts import ASSETS
from lab.training.batches import HELD_ROWS
from lab.training.folder import write_atomically
from lab.training.pictures import PictureSet, Shapes, one_by_one
from lab.training.tasks import Batches

GREY = (0.299, 0.587, 0.114)
"""Weights of red, green and blue in a grey picture (ITU-R BT.601)."""


def read(
    data: Data, home: Path, canvas: Canvas, kept: Path | None = None, tell: Told | None = None
) -> Album:
    """The pictures a recipe names; a run that goes on reads what it began with.

    kept  a file in the run's folder that remembers where they lie, made ready

    Raises `LabError`: no_pictures, too_few_pictures.
    """
    if kept is not None and kept.is_file():
        try:
            return albums.load(Path(json.loads(kept.read_text(encoding="utf-8"))["folder"]))
        except (OSError, ValueError, KeyError, TypeError):
            pass  # the lab's folder was tidied: it is made again
    paths = [Path(path).expanduser() for path in data.paths]
    made = albums.prepare(paths, home, (canvas.width, canvas.height), data.held_out, tell)
    albums.require_enough(made, data.paths)
    if kept is not None:
        write_atomically(kept, json.dumps({"folder": str(made.folder)}))
    return made


class OwnPictures(PictureSet):
    """Each once in an epoch, in an order of the epoch's own; a folder is a class."""

    def __init__(self, album: Album, mirror: bool) -> None:
        self.album, self.mirror = album, mirror
        photos = [*album.side("learnt"), *album.side("held")]
        self.classes = tuple(sorted({photo.group for photo in photos}))
        self._learnt, self._held = (_tensors(album.pixels(side)) for side in ("learnt", "held"))

    def _labels(self, side: str) -> Tensor:
        """(n,) the class of each picture of a side, in their order."""
        return torch.tensor([self.classes.index(one.group) for one in self.album.side(side)])

    def each(self, side: str, most: int) -> Iterator[Batch]:
        pixels = self._learnt if side == "learnt" else self._held
        return one_by_one(Batch(pixels=pixels[:most], labels=self._labels(side)[:most]))

    def batches(self, rows: int, seed: int) -> Batches:
        labels = self._labels("learnt")
        many = len(self._learnt)

        def batch(number: int) -> Batch:
            chosen = [_place(many, number * rows + i, seed) for i in range(rows)]
            pixels = self._learnt[chosen]
            if self.mirror:
                dice = random.Random(seed * 1_000_003 + number)
                turned = torch.tensor([dice.random() < 0.5 for _ in chosen])
                pixels = torch.where(turned[:, None, None, None], pixels.flip(3), pixels)
            return Batch(pixels=pixels, labels=labels[chosen])

        return batch

    def held(self, most: int) -> Iterator[Batch]:
        """Few pictures come again and again, each time under other noise."""
        labels, many = self._labels("held"), len(self._held)
        for at in range(0, most if many else 0, HELD_ROWS):
            chosen = [i % many for i in range(at, at + HELD_ROWS)]
            yield Batch(pixels=self._held[chosen], labels=labels[chosen])

    @property
    def sources(self) -> tuple[dict[str, Any], ...]:
        return tuple(
            {"name": one.name, "sha256": one.sha256, "held_out": one.side == "held"}
            for one in self.album.photos
            if one.side in ("learnt", "held")
        )


class Drawings(PictureSet):
    """The sixteen that ship with the lab, one a class: never trained on by anything here."""

    name = "drawings"

    def __init__(self, canvas: Canvas) -> None:
        self.classes = tuple(sorted(file.stem for file in (ASSETS / "pictures").glob("*.png")))
        drawn = [example(name, canvas.width, canvas.height) for name in self.classes]
        self._pixels = torch.cat([to_tensor(one) for one in drawn])

    def batches(self, rows: int, seed: int) -> Batches:
        raise NotImplementedError("they are for measuring alone")

    def held(self, most: int) -> Iterator[Batch]:
        for at in range(0, len(self.classes), HELD_ROWS):
            some = slice(at, at + HELD_ROWS)
            yield Batch(pixels=self._pixels[some], labels=torch.arange(len(self.classes))[some])

    @property
    def sources(self) -> tuple[dict[str, Any], ...]:
        return ({"name": "drawings"},)


def base_set(folder: Path, canvas: Canvas) -> Shapes | Drawings:
    """Pictures as the base in `folder` was trained on them: shapes, where its passport says so;
    else the lab's drawings, which are what its own picture models know."""
    try:
        passport = json.loads((folder / "passport.json").read_text(encoding="utf-8"))
        if passport["recipe"]["data"]["pictures"] == Shapes.name:
            return Shapes()
    except (OSError, ValueError, KeyError, TypeError):
        pass  # not made here, or before recipes were kept
    return Drawings(canvas)


def known_as(name: str, names: Sequence[str], count: int) -> int:
    """The number of a base's class of that name, -1 (any picture) where it has none."""
    known = [one.lower() for one in names[:count]]
    return known.index(name.lower()) if name.lower() in known else -1


class Retold(PictureSet):
    """A set as a base reads it: in its own numbers for the classes, and grey if it knows no colour.

    A class of the set that has the name of one of the base's is that one; all others are "any".
    """

    def __init__(self, own: PictureSet, names: Sequence[str], count: int, channels: int) -> None:
        """`names` of the base's classes, and how many it has: some have none."""
        self.own, self._channels = own, channels
        self.classes = own.classes
        numbers = [known_as(one, names, count) for one in own.classes]
        self._table = torch.tensor([count if number < 0 else number for number in numbers])
        self.taught = tuple(sorted(set(numbers)))

    def batches(self, rows: int, seed: int) -> Batches:
        draw = self.own.batches(rows, seed)
        return lambda number: self._told(draw(number))

    def held(self, most: int) -> Iterator[Batch]:
        return map(self._told, self.own.held(most))

    def each(self, side: str, most: int) -> Iterator[Batch]:
        return map(self._told, self.own.each(side, most))

    @property
    def sources(self) -> tuple[dict[str, Any], ...]:
        return self.own.sources

    def _told(self, batch: Batch) -> Batch:
        assert batch.labels is not None
        pixels = batch.pictures
        if self._channels == 1:
            pixels = (pixels * torch.tensor(GREY)[:, None, None]).sum(1, keepdim=True)
        return Batch(pixels=pixels, labels=self._table[batch.labels])


def _place(many: int, number: int, seed: int) -> int:
    """Which picture comes at place `number` of a training that reads all again and again."""
    epoch, at = divmod(number, many)
    return int(np.random.default_rng([seed, epoch]).permutation(many)[at])


def _tensors(pixels: Pixels) -> Tensor:
    """(n, 3, H, W) in [-1, 1]."""
    return torch.from_numpy(pixels.astype(np.float32)).permute(0, 3, 1, 2) / 127.5 - 1
