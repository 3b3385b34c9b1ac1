"""A tiny picture model, and walks with it."""

from __future__ import annotations

import base64
from io import BytesIO
from typing import Any

import numpy as np
import torch
from PIL import Image
from tiny_models import generator

from lab.config import ImageDiffusionConfig, ModelSpec, Size
from lab.models.loaded import LoadedModel
from lab.models.scratch import build
from lab.objectives.image_diffusion import ImageDiffusion
from lab.prompts import ImagePrompt
from lab.types import Picture, Step

NAMES = ("circle", "square", "cross")


def as_array(picture: Picture | None) -> np.ndarray[Any, Any]:
    assert picture is not None
    flat = np.frombuffer(picture.pixels, np.uint8)
    return flat.reshape(picture.height, picture.width, 3)


def model_of(classes: tuple[str, ...] = NAMES, **config: Any) -> LoadedModel:
    module = build("unet", Size(width=32, heads=4), classes=len(classes)).eval()
    spec = ModelSpec(
        id="tiny", title="tiny", source="scratch", kind="unet", objectives=("image",),
        licence="-", data=(), limits={},
    )  # fmt: skip
    noising = ImageDiffusion(ImageDiffusionConfig(**config)).noising
    return LoadedModel(
        spec, module, "fp32", torch.device("cpu"), 0, 0, None, dict(noising.config), classes
    )


def walk(model: LoadedModel, seed: int = 0, **prompt: Any) -> list[Step]:
    objective = ImageDiffusion.serving(model)
    return list(objective.trajectory(model, ImagePrompt(**prompt), generator(seed)))


def own(colour: Any = (200, 40, 40), size: tuple[int, int] = (64, 48), kind: str = "PNG") -> str:
    file = BytesIO()
    Image.new("RGB", size, colour).save(file, kind)
    return base64.b64encode(file.getvalue()).decode()
