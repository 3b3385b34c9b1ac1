"""Pictures to learn from that are drawn here: shapes, or emoji of a font."""

from __future__ import annotations

import colorsys
import hashlib
import math
import random
from abc import ABC, abstractmethod
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar

import torch
from PIL import Image, ImageDraw

from lab.objectives.base import Batch
from lab.recipe import Data
from lab.training.batches import HELD_ROWS
from lab.training.glyphs import CHARACTERS, HELD_OUT_SEED, SIDE, Glyphs, to_tensor
from lab.training.tasks import Batches
from lab.types import LabError


class PictureSet(ABC):
    """Pictures by class, some of them never trained on."""

    classes: tuple[str, ...]

    @abstractmethod
    def batches(self, rows: int, seed: int) -> Batches:
        """Batches of `rows` pictures; each depends on (seed, number) only."""

    @abstractmethod
    def held(self, most: int) -> Iterator[Batch]:
        """About `most` pictures to measure on, batch by batch, always the same."""

    def each(self, side: str, most: int) -> Iterator[Batch]:
        """At most so many pictures that are held out or learnt, one by one. Of a set that is drawn
        anew at every step, none is learnt."""
        every = (row for batch in self.held(most) for row in one_by_one(batch))
        return islice(every, most if side == "held" else 0)

    @property
    @abstractmethod
    def sources(self) -> tuple[dict[str, Any], ...]:
        """What a passport says of them."""


def one_by_one(batch: Batch) -> Iterator[Batch]:
    """The pictures of a batch, each as one of its own."""
    assert batch.labels is not None
    for i in range(len(batch.labels)):
        yield Batch(pixels=batch.pictures[i : i + 1], labels=batch.labels[i : i + 1])


class Drawn(PictureSet):
    """Pictures that are drawn here, as many as one likes."""

    name: ClassVar[str]

    @abstractmethod
    def draw(self, label: int, dice: random.Random) -> Image.Image:
        """One picture of a class, SIDE pixels wide and high."""

    def batches(self, rows: int, seed: int) -> Batches:
        def batch(number: int) -> Batch:
            dice = random.Random(seed * 1_000_003 + number)
            labels = [(number * rows + i) % len(self.classes) for i in range(rows)]
            pixels = torch.stack([to_tensor(self.draw(label, dice)) for label in labels])
            return Batch(pixels=pixels, labels=torch.tensor(labels))

        return batch

    def held(self, most: int) -> Iterator[Batch]:
        draw = self.batches(HELD_ROWS, HELD_OUT_SEED)
        return (draw(i) for i in range(-(-most // HELD_ROWS)))

    @property
    def sources(self) -> tuple[dict[str, Any], ...]:
        return ({"name": self.name, "side": SIDE, "classes": list(self.classes)},)


class Shapes(Drawn):
    """Eight plain shapes in any colour: made on the spot, so that pictures need no file at all."""

    name = "shapes"
    SIDES: ClassVar[dict[str, int]] = {"triangle": 3, "square": 4, "pentagon": 5, "hexagon": 6}
    classes = ("circle", *SIDES, "star", "ring", "cross")

    def draw(self, label: int, dice: random.Random) -> Image.Image:
        big = 4 * SIDE
        paper = Image.new("RGB", (big, big), _colour(dice, 0.08, 0.95))
        pen, ink = ImageDraw.Draw(paper), _colour(dice, 0.75, 0.75)
        reach = big * dice.uniform(0.30, 0.44)
        x, y = (big * dice.uniform(0.46, 0.54) for _ in range(2))
        turn = dice.uniform(-0.3, 0.3)
        name = self.classes[label]
        box = (x - reach, y - reach, x + reach, y + reach)
        if name == "circle":
            pen.ellipse(box, fill=ink)
        elif name == "ring":
            pen.ellipse(box, outline=ink, width=int(reach * 0.45))
        elif name == "cross":
            for angle in (turn, turn + math.pi / 2):
                dx, dy = reach * math.cos(angle), reach * math.sin(angle)
                pen.line((x - dx, y - dy, x + dx, y + dy), fill=ink, width=int(reach * 0.5))
        else:
            pen.polygon(_corners(name, self.SIDES.get(name, 5), x, y, reach, turn), fill=ink)
        return paper.resize((SIDE, SIDE), Image.Resampling.LANCZOS)


class GlyphSet(Drawn):
    """Emoji of a colour font, found on this machine or named by the recipe."""

    name = "glyphs"
    FONTS: ClassVar[tuple[str, ...]] = ("/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf",)

    def __init__(self, paths: tuple[str, ...]) -> None:
        """Raises `LabError("no_font")` when there is no such font here."""
        font = next((Path(p) for p in (*paths, *self.FONTS) if Path(p).is_file()), None)
        if font is None:
            raise LabError("no_font", path=(*paths, *self.FONTS)[0])
        self.glyphs = Glyphs(font)
        self.classes = self.glyphs.classes

    def draw(self, label: int, dice: random.Random) -> Image.Image:
        return self.glyphs.draw(label, dice)

    @property
    def sources(self) -> tuple[dict[str, Any], ...]:
        """The font by its file and hash, beside what is drawn of it."""
        (drawn,) = super().sources
        font = self.glyphs.font
        digest = hashlib.sha256(font.read_bytes()).hexdigest()
        return (drawn | {"file": font.name, "sha256": digest, "characters": CHARACTERS},)


def picture_set(data: Data) -> Drawn:
    """The drawn set a recipe asks for."""
    return GlyphSet(data.paths) if data.pictures == "glyphs" else Shapes()


def _colour(dice: random.Random, strength: float, light: float) -> tuple[int, int, int]:
    rgb = colorsys.hsv_to_rgb(
        dice.random(), strength * dice.uniform(0.6, 1), light * dice.uniform(0.85, 1)
    )
    return tuple(round(255 * part) for part in rgb)  # type: ignore[return-value]


def _corners(
    name: str, sides: int, x: float, y: float, reach: float, turn: float
) -> list[tuple[float, float]]:
    """A regular polygon's corners, or a star's: every other one nearer the middle."""
    count = 2 * sides if name == "star" else sides
    found = []
    for i in range(count):
        far = reach * (0.42 if name == "star" and i % 2 else 1.0)
        angle = turn - math.pi / 2 + 2 * math.pi * i / count
        found.append((x + far * math.cos(angle), y + far * math.sin(angle)))
    return found
