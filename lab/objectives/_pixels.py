"""Between pictures as people have them, as models read them, and as the lab shows them."""

from __future__ import annotations

import base64
import binascii
import struct
from io import BytesIO

import numpy as np
import torch
from PIL import Image, ImageOps, UnidentifiedImageError
from torch import Tensor

from lab.texts import ASSETS
from lab.types import LabError, Picture

MOST_PIXELS = 40_000_000
"""Pictures above it are refused before a single pixel is decoded."""
FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
EXAMPLE = "cat"


def decode(encoded: str, width: int, height: int) -> Image.Image:
    """A picture in base64 (or a data URL), upright, cut to shape at its middle and scaled, RGB.

    Memory stays within four bytes a pixel of MOST_PIXELS. Raises `LabError`:
    picture_broken (also what is no picture), picture_animated, picture_too_large.
    """
    try:
        data = base64.b64decode(encoded.rpartition(",")[2], validate=True)
        with Image.open(BytesIO(data), formats=FORMATS) as opened:
            _refuse_unfit(opened)
            opened.draft("RGB", (4 * width, 4 * height))  # a JPEG is decoded at a reduced size
            return _opaque(ImageOps.fit(_upright(opened), (width, height)))
    except Image.DecompressionBombError as error:
        raise LabError("picture_too_large", most=MOST_PIXELS // 1_000_000) from error
    except (
        *(UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError),
        *(binascii.Error, struct.error, IndexError, KeyError, TypeError),
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
    ImageOps.exif_transpose(picture, in_place=True)
    if picture.mode.startswith("I"):  # 16 bits a pixel: keep the upper 8
        wide = np.asarray(picture)
        return Image.fromarray((wide >> 8).clip(0, 255).astype(np.uint8))
    return picture.convert("RGBA") if picture.mode in ("P", "PA", "1") else picture


def _opaque(picture: Image.Image) -> Image.Image:
    """On white paper where it is see-through."""
    if "A" not in picture.getbands() and "transparency" not in picture.info:
        return picture.convert("RGB")
    whole = picture.convert("RGBA")
    paper = Image.new("RGBA", whole.size, "white")
    return Image.alpha_composite(paper, whole).convert("RGB")


def example(name: str, width: int, height: int) -> Image.Image:
    """The drawing of that name that ships with the lab, or the one of a cat."""
    shelf = ASSETS / "pictures"
    found = shelf / f"{name}.png" if name.isalnum() else shelf / f"{EXAMPLE}.png"
    with Image.open(found if found.exists() else shelf / f"{EXAMPLE}.png") as opened:
        return ImageOps.fit(opened.convert("RGB"), (width, height))


def to_tensor(picture: Image.Image, channels: int = 3) -> Tensor:
    """(1, channels, H, W) in [-1, 1]; one channel is grey."""
    flat = np.array(picture.convert("RGB" if channels == 3 else "L"), dtype=np.float32)
    rows = torch.from_numpy(flat).view(picture.height, picture.width, channels)
    return rows.permute(2, 0, 1)[None] / 127.5 - 1


def to_pictures(batch: Tensor) -> list[Picture]:
    """(B, 3 or 1, H, W) in [-1, 1] as pictures; what lies outside is cut off, as diffusers does."""
    bytes_ = ((batch.float() / 2 + 0.5).clamp(0, 1) * 255).round().to(torch.uint8)
    rows = bytes_.expand(-1, 3, -1, -1).permute(0, 2, 3, 1).contiguous().cpu().numpy()
    return [Picture(row.shape[1], row.shape[0], row.tobytes()) for row in rows]
