"""Between pictures as people have them, as models read them, and as the lab shows them."""

from __future__ import annotations

import base64
from io import BytesIO

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor

from lab.pictures import read_small
from lab.texts import ASSETS
from lab.types import LabError, Picture

EXAMPLE = "cat"


def decode(encoded: str, width: int, height: int) -> Image.Image:
    """A picture in base64 (or a data URL). Raises as `lab.pictures.read_small` does."""
    try:
        data = base64.b64decode(encoded.rpartition(",")[2], validate=True)
    except (ValueError, TypeError) as error:  # binascii's own is a ValueError
        raise LabError("picture_broken") from error
    return read_small(BytesIO(data), width, height)[0]


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
