"""Which of the drawings that ship with the lab a picture is nearest to.

They were never learnt by the lab's picture model, which was shown others of the same sixteen
things, drawn anew at every step and kept nowhere. So a near one tells what was drawn; it can
neither show nor rule out a copy.
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


def alike(pictures: Sequence[Picture]) -> tuple[Alike, ...]:
    """For each of some pictures of one size, the nearest drawing, mirrored or not."""
    given = torch.cat([_tensor(picture) for picture in pictures])
    side = (given.shape[3], given.shape[2])
    drawings = torch.cat(
        [to_tensor(Image.open(path).resize(side)) for path in sorted(SHELF.glob("*.png"))]
    )
    apart = float(_among_themselves(drawings).median())
    gaps, which = nearest(given, drawings)
    shown = to_pictures(drawings)
    return tuple(
        Alike(shown[at], gap, apart) for gap, at in zip(gaps.tolist(), which.tolist(), strict=True)
    )


def _among_themselves(drawings: Tensor) -> Tensor:
    """(n,) of each drawing, the distance to the nearest of the others."""
    every = range(len(drawings))
    return torch.cat(
        [nearest(drawings[i : i + 1], drawings[[j for j in every if j != i]])[0] for i in every]
    )


def _tensor(picture: Picture) -> Tensor:
    """(1, 3, H, W) in [-1, 1]."""
    size = (picture.width, picture.height)
    return to_tensor(Image.frombytes("RGB", size, picture.pixels))
