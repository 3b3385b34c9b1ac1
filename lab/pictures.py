"""A picture as people have it, read small: upright, square-cut, opaque; and what is refused."""

from __future__ import annotations

import struct
from typing import IO, TYPE_CHECKING

from lab.types import LabError

if TYPE_CHECKING:
    from PIL import Image

MOST_PIXELS = 40_000_000
"""Pictures above it are refused before a single pixel is decoded."""
FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".webp", ".gif"})
"""Ends of the names of files that may hold one."""


def read_small(file: IO[bytes], width: int, height: int) -> tuple[Image.Image, tuple[int, int]]:
    """(the picture cut to shape at its middle and scaled, RGB; its width and height as given).

    Memory stays within four bytes a pixel of MOST_PIXELS. Raises `LabError`:
    picture_broken (also what is no picture), picture_animated, picture_too_large.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with Image.open(file, formats=FORMATS) as opened:
            _refuse_unfit(opened)
            size = (opened.width, opened.height)
            opened.draft("RGB", (4 * width, 4 * height))  # a JPEG is decoded at a reduced size
            return _opaque(ImageOps.fit(_upright(opened), (width, height))), size
    except Image.DecompressionBombError as error:
        raise LabError("picture_too_large", most=MOST_PIXELS // 1_000_000) from error
    except (
        *(UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError),
        *(struct.error, IndexError, KeyError, TypeError),
    ) as error:  # all of them have been seen to come out of Pillow on damaged files
        raise LabError("picture_broken") from error


def _refuse_unfit(picture: Image.Image) -> None:
    if picture.width * picture.height > MOST_PIXELS:
        raise LabError("picture_too_large", most=MOST_PIXELS // 1_000_000)
    # Phones put a second, smaller picture into a JPEG: not an animation.
    if getattr(picture, "is_animated", False) and picture.format != "MPO":
        raise LabError("picture_animated")


def _upright(picture: Image.Image) -> Image.Image:
    """Turned as its camera was held, and in a mode that can be scaled smoothly."""
    from PIL import Image, ImageOps

    ImageOps.exif_transpose(picture, in_place=True)
    if picture.mode.startswith("I"):  # 16 bits a pixel: keep the upper 8
        import numpy as np

        wide = np.asarray(picture)
        return Image.fromarray((wide >> 8).clip(0, 255).astype(np.uint8))
    return picture.convert("RGBA") if picture.mode in ("P", "PA", "1") else picture


def _opaque(picture: Image.Image) -> Image.Image:
    """On white paper where it is see-through."""
    from PIL import Image

    if "A" not in picture.getbands() and "transparency" not in picture.info:
        return picture.convert("RGB")
    whole = picture.convert("RGBA")
    paper = Image.new("RGBA", whole.size, "white")
    return Image.alpha_composite(paper, whole).convert("RGB")
