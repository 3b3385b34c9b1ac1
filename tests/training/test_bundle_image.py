"""The drawn picture set, and the checkpoint that is made from it."""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
from pathlib import Path

import pytest
import torch
from diffusers import DDPMScheduler, UNet2DModel
from torch import Tensor, nn

from lab.config import Size
from lab.objectives.base import Batch
from lab.objectives.image_diffusion import ImageDiffusion
from lab.training import bundle_image
from lab.training.glyphs import CLASSES, Glyphs
from lab.training.loop import Recipe, Trainer, optimisers


def emoji_font() -> Path:
    """Where this machine keeps Noto Color Emoji."""
    if shutil.which("fc-match"):
        found = subprocess.run(
            ["fc-match", "-f", "%{file}", "Noto Color Emoji"], capture_output=True, text=True
        ).stdout
        if "NotoColorEmoji" in found:
            return Path(found)
    pytest.skip("needs the free font Noto Color Emoji (Debian: fonts-noto-color-emoji)")


@pytest.fixture(scope="module")
def glyphs() -> Glyphs:
    return Glyphs(emoji_font())


def test_pictures_depend_on_seed_and_step_alone(glyphs: Glyphs) -> None:
    draw = glyphs.batches(8, seed=1)
    first, again, other = draw(5), glyphs.batches(8, seed=1)(5), glyphs.batches(8, seed=2)(5)
    assert torch.equal(first.pictures, again.pictures)
    assert not torch.equal(first.pictures, other.pictures)
    assert first.pictures.shape == (8, 3, 32, 32)
    assert float(first.pictures.min()) >= -1
    assert float(first.pictures.max()) <= 1


def test_every_class_comes_equally_often(glyphs: Glyphs) -> None:
    draw = glyphs.batches(8, seed=1)
    labels = torch.cat([batch.labels for batch in map(draw, range(4)) if batch.labels is not None])
    assert torch.bincount(labels).tolist() == [2] * len(CLASSES)


def test_every_character_is_drawn_whole(glyphs: Glyphs) -> None:
    """Something of each class stands out from its paper, and none fills the picture."""
    for stamp in glyphs.stamps:
        assert 0.05 < sum(stamp.getchannel("A").tobytes()) / 255 / stamp.width**2 < 0.9


class Plain(nn.Module):
    """One number that should become 1."""

    def __init__(self) -> None:
        super().__init__()
        self.value = nn.Parameter(torch.zeros(1))

    def forward(self, sample: Tensor, timestep: Tensor) -> argparse.Namespace:
        return argparse.Namespace(sample=self.value.expand_as(sample))


def test_the_weights_kept_are_the_averaged_ones(tmp_path: Path) -> None:
    """Followed by hand: w̄ ← d w̄ + (1 - d) w with d = min(ema, (1 + step) / (10 + step))."""
    passed: list[float] = []

    class Watched(ImageDiffusion):
        def loss(self, outputs: Tensor, corrupted: object) -> Tensor:
            passed.append(float(model.value.detach()))
            return (outputs - 1).square().mean()

    model = Plain()
    objective = Watched(bundle_image.ImageDiffusionConfig())
    recipe = Recipe(steps=12, rate=0.1, warmup=1, ema=0.6, bf16=False, every=100)
    trainer = Trainer(model, objective, recipe, tmp_path / "run.pt")
    trainer.run(lambda _: Batch(pixels=torch.zeros(1, 3, 4, 4)), lambda *_: None)
    saved = torch.load(tmp_path / "run.pt", weights_only=True)
    weights = [*passed[1:], float(saved["model"]["value"])]
    average = passed[0]
    for step, weight in enumerate(weights):
        decay = min(0.6, (1 + step) / (10 + step))
        average = decay * average + (1 - decay) * weight
    assert float(model.value.detach()) == pytest.approx(average, abs=1e-5)
    assert abs(float(model.value.detach()) - weights[-1]) > 1e-3, "not simply the last ones"


def test_the_checkpoint_opens_in_diffusers(
    glyphs: Glyphs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The usual layout, averaged weights, a passport; and a second call trains no more."""
    monkeypatch.setattr(bundle_image, "BODY", Size(width=32))
    monkeypatch.setattr(bundle_image, "ROWS", 2)

    def options(name: str, steps: int) -> argparse.Namespace:
        return argparse.Namespace(
            font=glyphs.font, licence="OFL-1.1", steps=steps, rate=1e-3,
            work=tmp_path / name, out=tmp_path / name / "out",
        )  # fmt: skip

    bundle_image.train(options("whole", 3))
    folder = tmp_path / "whole" / "out"
    model = UNet2DModel.from_pretrained(folder)
    assert model.config.num_class_embeds == len(CLASSES) + 1
    noising = DDPMScheduler.from_pretrained(folder / "scheduler")
    assert noising.config.prediction_type == "v_prediction"
    assert json.loads((folder / "classes.json").read_text())["names"] == list(CLASSES)
    passport = json.loads((folder / "passport.json").read_text())
    assert passport["pictures_seen"] == 6
    assert passport["sources"][0]["licence"] == "OFL-1.1"
    assert len(passport["sources"][0]["sha256"]) == 64
    saved = torch.load(tmp_path / "whole" / "tiny-image.pt", weights_only=True)["average"]
    for name, weight in model.state_dict().items():
        torch.testing.assert_close(weight, saved[name].to(torch.bfloat16).float())

    bundle_image.train(options("whole", 3))
    again = UNet2DModel.from_pretrained(folder)
    for name, weight in model.state_dict().items():
        assert torch.equal(weight, again.state_dict()[name]), "training goes no further than asked"


def test_kernels_are_trained_as_matrices_in_the_same_memory() -> None:
    """Muon's first step on a convolution is its step on the flattened weights, done directly."""
    kernel = nn.Conv2d(4, 32, 3)
    twin = nn.Parameter(kernel.weight.detach().clone().flatten(1))
    recipe = Recipe(steps=1, rate=0.1)
    (muon,) = [o for o in optimisers(kernel, recipe) if isinstance(o, torch.optim.Muon)]
    kernel(torch.ones(1, 4, 5, 5)).square().sum().backward()
    assert kernel.weight.grad is not None
    twin.grad = kernel.weight.grad.flatten(1).clone()
    direct = torch.optim.Muon(
        [twin], lr=0.1, weight_decay=recipe.weight_decay, adjust_lr_fn="match_rms_adamw"
    )
    before = kernel.weight.detach().clone()
    muon.step()
    direct.step()
    assert not torch.equal(kernel.weight, before)
    torch.testing.assert_close(kernel.weight.flatten(1), twin)
