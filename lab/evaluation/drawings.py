"""Which of the pictures that ship with the lab a picture is nearest to.

There are two shelves of them. *Drawings*, one of each thing, were never learnt: a near one tells
what was drawn. Of the pictures that the lab's picture model did learn from, some ship too
(`lab.training.shown`): a picture much nearer to one of those than a drawing it never saw is
would be a copy.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from PIL import Image
from torch import Tensor

from lab.evaluation.picture_verdict import nearest
from lab.findings import Alike
from lab.objectives._pixels import to_pictures, to_tensor
from lab.texts import ASSETS
from lab.types import Picture

SHELF = ASSETS / "pictures"
LEARNT = SHELF / "learnt" / "tiny-image.png"
TILE = 32
"""Pixels of a picture's side on the sheet of learnt ones."""


def alike(pictures: Sequence[Picture]) -> tuple[Alike, ...]:
    """For each of some pictures of one size, the nearest drawing, mirrored or not."""
    given = _together(pictures)
    drawings = _drawings(_side(given))
    apart = float(_among_themselves(drawings).median())
    return _beside(given, drawings, apart)


def learnt(pictures: Sequence[Picture]) -> tuple[Alike, ...]:
    """The same of the pictures that the lab's picture model learnt from; `apart` is how far a
    drawing that it never saw usually is from the nearest of them."""
    given = _together(pictures)
    side = _side(given)
    shown = torch.cat([to_tensor(tile.resize(side)) for tile in tiles(Image.open(LEARNT))])
    apart = float(nearest(_drawings(side), shown)[0].median())
    return _beside(given, shown, apart)


def tiles(sheet: Image.Image) -> list[Image.Image]:
    """The pictures of a sheet, row by row."""
    corners = [(x, y) for y in range(0, sheet.height, TILE) for x in range(0, sheet.width, TILE)]
    return [sheet.crop((x, y, x + TILE, y + TILE)) for x, y in corners]


def _beside(given: Tensor, among: Tensor, apart: float) -> tuple[Alike, ...]:
    gaps, which = nearest(given, among)
    found = to_pictures(among[which])
    return tuple(Alike(one, gap, apart) for one, gap in zip(found, gaps.tolist(), strict=True))


def _drawings(side: tuple[int, int]) -> Tensor:
    paths = sorted(SHELF.glob("*.png"))
    return torch.cat([to_tensor(Image.open(path).resize(side)) for path in paths])


def _among_themselves(drawings: Tensor) -> Tensor:
    """(n,) of each drawing, the distance to the nearest of the others."""
    every = range(len(drawings))
    return torch.cat(
        [nearest(drawings[i : i + 1], drawings[[j for j in every if j != i]])[0] for i in every]
    )


def _side(given: Tensor) -> tuple[int, int]:
    return given.shape[3], given.shape[2]


def _together(pictures: Sequence[Picture]) -> Tensor:
    """(n, 3, H, W) in [-1, 1]."""
    return torch.cat([_tensor(picture) for picture in pictures])


def _tensor(picture: Picture) -> Tensor:
    size = (picture.width, picture.height)
    return to_tensor(Image.frombytes("RGB", size, picture.pixels))
