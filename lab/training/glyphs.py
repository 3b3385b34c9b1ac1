"""Small colour pictures drawn from a free emoji font: the set the picture model learns from.

Each class is one character; what varies is its size, turn and place, and the
paper behind it.

    python -m lab.training.glyphs --font NotoColorEmoji.ttf --examples FOLDER

draws one picture a class that training never draws: something to add noise to.
"""

from __future__ import annotations

import argparse
import colorsys
import random
from functools import cached_property
from pathlib import Path

import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

SIDE = 32
STRIKE = 109
"""The one size, in pixels, at which Noto Color Emoji stores its bitmaps."""

CHARACTERS = {
    "apple": "🍎",
    "strawberry": "🍓",
    "mushroom": "🍄",
    "tree": "🌳",
    "sunflower": "🌻",
    "moon": "🌙",
    "star": "⭐",
    "heart": "❤",
    "smile": "🙂",
    "cat": "🐱",
    "fox": "🦊",
    "frog": "🐸",
    "fish": "🐟",
    "ladybird": "🐞",
    "house": "🏠",
    "boat": "⛵",
}
CLASSES = tuple(CHARACTERS)
HELD_OUT_SEED = 7
"""Pictures drawn with this seed are for measuring and for show: never trained on."""


class Glyphs:
    """Draws the classes from a colour font."""

    classes = CLASSES

    def __init__(self, font: Path, side: int = SIDE) -> None:
        self.font, self.side = font, side

    @cached_property
    def stamps(self) -> tuple[Image.Image, ...]:
        """Each class once, cut to its outline and centred on a transparent square."""
        font = ImageFont.truetype(str(self.font), STRIKE)
        return tuple(_stamp(character, font) for character in CHARACTERS.values())

    def draw(self, label: int, dice: random.Random) -> Image.Image:
        """One picture of class `label` on soft paper, light or dark, a little shaded."""
        stamp = self.stamps[label]
        turned = stamp.rotate(dice.uniform(-8, 8), Image.Resampling.BICUBIC)
        length = round(self.side * dice.uniform(0.80, 0.96) * turned.width / _outline(stamp))
        small = turned.resize((length, length), Image.Resampling.LANCZOS, reducing_gap=2.0)
        paper = _paper(self.side, dice)
        middle = (self.side - length) / 2
        drift = self.side * 0.05
        place = (
            round(middle + dice.uniform(-drift, drift)),
            round(middle + dice.uniform(-drift, drift)),
        )
        paper.paste(small, place, small)
        return paper


def _stamp(character: str, font: ImageFont.FreeTypeFont) -> Image.Image:
    """The character on a transparent square with room to turn."""
    sheet = Image.new("RGBA", (2 * STRIKE, 2 * STRIKE))
    pen = ImageDraw.Draw(sheet)
    pen.text((STRIKE // 4, STRIKE // 4), character, font=font, embedded_color=True)
    box = sheet.getbbox()
    if box is None:
        raise ValueError(f"{font.path!r} does not draw {character!r}")
    cut = sheet.crop(box)
    square = Image.new("RGBA", (STRIKE * 7 // 4, STRIKE * 7 // 4))
    square.paste(cut, ((square.width - cut.width) // 2, (square.height - cut.height) // 2))
    return square.reduce(2)


def _outline(stamp: Image.Image) -> int:
    """The longer side of what is drawn."""
    left, top, right, bottom = stamp.getbbox() or (0, 0, stamp.width, stamp.height)
    return max(right - left, bottom - top)


def _paper(side: int, dice: random.Random) -> Image.Image:
    """A soft colour of any hue, half of the time light and half dark, a shade deeper downwards."""
    light = dice.random() < 0.5
    value = dice.uniform(0.86, 0.98) if light else dice.uniform(0.20, 0.38)
    tint = dice.uniform(0.04, 0.22) if light else dice.uniform(0.15, 0.50)
    hue = dice.random()
    ends = [colorsys.hsv_to_rgb(hue, tint, value * shade) for shade in (1.0, 0.88)]
    column = Image.new("RGB", (1, 2))
    for row, colour in enumerate(ends):
        column.putpixel((0, row), tuple(round(255 * part) for part in colour))
    return column.resize((side, side), Image.Resampling.BILINEAR)


def to_tensor(picture: Image.Image) -> Tensor:
    """(3, H, W) in [-1, 1]."""
    flat = torch.frombuffer(bytearray(picture.tobytes()), dtype=torch.uint8)
    rows = flat.view(picture.height, picture.width, 3).permute(2, 0, 1)
    return rows.float() / 127.5 - 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--font", type=Path, required=True, help="a colour emoji font, free to use")
    parser.add_argument("--examples", type=Path, required=True, help="the folder to draw into")
    given = parser.parse_args()
    draw_examples(Glyphs(given.font), given.examples)


def draw_examples(glyphs: Glyphs, folder: Path) -> None:
    """One picture a class, by the class's name."""
    folder.mkdir(parents=True, exist_ok=True)
    dice = random.Random(HELD_OUT_SEED)
    for label, name in enumerate(CLASSES):
        glyphs.draw(label, dice).save(folder / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
