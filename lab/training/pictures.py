"""Pictures to learn from: shapes drawn here, emoji of a font, or a folder of one's own."""

from __future__ import annotations

import colorsys
import math
import random
from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar

import torch
from PIL import Image, ImageDraw, UnidentifiedImageError

from lab.objectives.base import Batch
from lab.recipe import Data
from lab.training.glyphs import SIDE, Glyphs, to_tensor
from lab.training.tasks import Batches
from lab.types import LabError

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif"})
MOST_PICTURES = 50_000


class PictureSet(ABC):
    """Pictures by class."""

    classes: tuple[str, ...]

    @abstractmethod
    def draw(self, label: int, dice: random.Random) -> Image.Image:
        """One picture of a class, SIDE pixels wide and high."""

    def batches(self, rows: int, seed: int) -> Batches:
        """Batches of `rows` pictures, classes in turn; each depends on (seed, number) only."""

        def batch(number: int) -> Batch:
            dice = random.Random(seed * 1_000_003 + number)
            labels = [(number * rows + i) % len(self.classes) for i in range(rows)]
            pixels = torch.stack([to_tensor(self.draw(label, dice)) for label in labels])
            return Batch(pixels=pixels, labels=torch.tensor(labels))

        return batch


class Shapes(PictureSet):
    """Eight plain shapes in any colour: made on the spot, so that pictures need no file at all."""

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


class GlyphSet(PictureSet):
    """Emoji of a colour font, found on this machine or named by the recipe."""

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


class PictureFolder(PictureSet):
    """A folder of pictures; where it has folders inside, each is a class."""

    def __init__(self, paths: tuple[str, ...]) -> None:
        """Raises `LabError`: no_such_path, no_pictures."""
        found: dict[str, list[Image.Image]] = {}
        for root in map(Path, paths):
            if not root.is_dir():
                raise LabError("no_such_path", path=str(root))
            for file in sorted(root.rglob("*")):
                if file.suffix.lower() in SUFFIXES and (small := _opened(file)) is not None:
                    within = file.relative_to(root).parts
                    found.setdefault(within[0] if len(within) > 1 else "", []).append(small)
                if sum(map(len, found.values())) >= MOST_PICTURES:
                    break
        if not found:
            raise LabError("no_pictures", path=", ".join(paths)[:200])
        self._found = found
        self.classes = tuple(sorted(found))

    def draw(self, label: int, dice: random.Random) -> Image.Image:
        """One of the class, mirrored half of the time."""
        picture = dice.choice(self._found[self.classes[label]])
        return (
            picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if dice.random() < 0.5 else picture
        )


def picture_set(data: Data) -> PictureSet:
    """The set a recipe asks for."""
    if data.pictures == "glyphs":
        return GlyphSet(data.paths)
    return PictureFolder(data.paths) if data.pictures == "folder" else Shapes()


def _opened(file: Path) -> Image.Image | None:
    """The picture's middle square, small; nothing for a file that is broken or far too large."""
    try:
        with Image.open(file) as picture:
            if picture.width * picture.height > 40_000_000:
                return None
            picture.draft("RGB", (4 * SIDE, 4 * SIDE))
            from PIL import ImageOps

            return ImageOps.fit(picture.convert("RGB"), (SIDE, SIDE), Image.Resampling.LANCZOS)
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError, SyntaxError):
        return None


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
