"""The bundled picture model has learnt its classes, and says where it comes from."""

from __future__ import annotations

import json

import pytest
import torch
from PIL import Image
from safetensors import safe_open

from lab.config import ImageDiffusionConfig, ModelSpec, load_toml
from lab.objectives._pixels import to_tensor
from lab.objectives.base import Batch
from lab.objectives.image_diffusion import ImageDiffusion
from lab.texts import ASSETS

FOLDER = ASSETS / "checkpoints" / "tiny-image"
PRESET = ASSETS.parent / "presets" / "models" / "tiny-image.toml"


@pytest.fixture(scope="module")
def names() -> list[str]:
    names: list[str] = json.loads((FOLDER / "classes.json").read_text())["names"]
    return names


def test_tells_a_picture_by_its_noise(names: list[str]) -> None:
    """Told the right class, it finds the noise better than told any other (Li et al. 2023).

    On a quarter of the lab's own drawings, which it was never trained on.
    """
    from diffusers import UNet2DModel

    model = UNet2DModel.from_pretrained(FOLDER)
    schedule = json.loads((FOLDER / "scheduler" / "scheduler_config.json").read_text())
    config = ImageDiffusionConfig(drop_class=0)
    objective = ImageDiffusion(config, classes=len(names), schedule=schedule)
    every = torch.arange(len(names))
    right = 0
    shown = list(enumerate(names))[::4]
    for label, name in shown:
        picture = to_tensor(Image.open(ASSETS / "pictures" / f"{name}.png"))
        batch = Batch(pixels=picture.expand(1, -1, -1, -1), labels=torch.tensor([label]))
        made = objective.corrupt(batch, torch.Generator().manual_seed(0), torch.tensor([600]))
        with torch.no_grad():
            sample = made.inputs["sample"].expand(len(names), -1, -1, -1)
            said = model(sample, torch.tensor(600), class_labels=every).sample
        right += int((said - made.targets).square().mean((1, 2, 3)).argmin() == label)
    assert right == len(shown), f"{right} of {len(shown)}"


def test_is_small_and_as_the_catalogue_says(names: list[str]) -> None:
    assert sum(f.stat().st_size for f in FOLDER.rglob("*") if f.is_file()) < 10_000_000
    spec = load_toml(PRESET, ModelSpec)
    with safe_open(FOLDER / "diffusion_pytorch_model.safetensors", "pt") as file:
        count = sum(file.get_tensor(key).numel() for key in file.keys())  # noqa: SIM118
    assert spec.parameters == count
    assert len(names) == 16


def test_its_passport_tells_where_it_comes_from() -> None:
    passport = json.loads((FOLDER / "passport.json").read_text(encoding="utf-8"))
    (source,) = passport["sources"]
    assert source["licence"] == "OFL-1.1"
    assert len(source["sha256"]) == 64
    assert passport["seen"] == passport["recipe"]["steps"] * passport["recipe"]["rows"]
    assert passport["recipe"]["optimiser"]["average"] > 0
    assert 0 < passport["held_out"]["loss"] < 0.05


def test_its_growing_up_is_recorded() -> None:
    """What it drew on its way, from noise on, can be replayed."""
    run = ASSETS / "runs" / "tiny-image"
    events = [json.loads(line) for line in (run / "events.jsonl").read_text().splitlines()]
    drawn = [event["step"] for event in events if event["kind"] == "sample"]
    assert drawn[0] == 0
    assert drawn[-1] == json.loads((run / "recipe.json").read_text())["steps"]
    assert len(list((run / "samples").iterdir())) == len(drawn)
