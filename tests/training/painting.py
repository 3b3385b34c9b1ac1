"""A tiny picture model, and pictures to teach it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from lab.config import Size
from lab.models.scratch import build


def drawing(seed: int) -> Image.Image:
    coarse = np.random.default_rng(seed).integers(0, 256, (3, 3, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize((48, 40), Image.Resampling.BICUBIC)


def tiny_unet(folder: Path) -> Path:
    """A tiny picture model of two classes, in the diffusers layout."""
    size = Size.model_validate({"layers": 1, "width": 32, "heads": 2})
    model: Any = build("unet", size, classes=2)
    with torch.no_grad():
        model.conv_out.weight.normal_(std=0.05)  # so that an adapter before it changes something
    model.save_pretrained(folder)
    scheduler = {"num_train_timesteps": 100, "beta_schedule": "linear"}
    (folder / "scheduler").mkdir()
    text = json.dumps({"_class_name": "DDPMScheduler", "prediction_type": "epsilon", **scheduler})
    (folder / "scheduler" / "scheduler_config.json").write_text(text)
    (folder / "classes.json").write_text('{"names": ["cat", "boat"]}')
    return folder
