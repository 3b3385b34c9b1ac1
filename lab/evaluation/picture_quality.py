"""Does a picture model draw what it is asked for? A small classifier looks, and a distance tells.

The classifier is trained here on real pictures of the set and judged on others of it, then on
pictures the model drew for each class. The Fréchet distance (Heusel et al. 2017, equation 6)
compares the two in the classifier's own features: it is small when they are alike, and is
comparable only between models judged by one and the same classifier. Neither sees whether
pictures are copies of what was trained on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lab.evaluation.interval import Mean, bootstrap
from lab.models.loaded import LoadedModel
from lab.objectives._pixels import to_tensor
from lab.objectives.image_diffusion import ImageDiffusion
from lab.prompts import ImagePrompt
from lab.training.pictures import PictureSet

STEPS, ROWS, RATE = 600, 64, 2e-3
FEATURES = 64
TRAIN_SEED, TEST_SEED = 101, 102
DRAWING_STEPS = 20


@dataclass(frozen=True, slots=True)
class Quality:
    """accuracy on real pictures never trained on, and on drawn ones; `frechet` in the classifier's
    features, and `frechet_real` between two sets of real pictures of the same size: what the
    distance is when nothing is wrong."""

    real: Mean
    drawn: Mean
    frechet: float
    frechet_real: float


class Classifier(nn.Module):
    """Three convolutions and a head; `features` are what the head reads."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            *_block(3, 32), *_block(32, 64), *_block(64, FEATURES), nn.AdaptiveAvgPool2d(1)
        )
        self.head = nn.Linear(FEATURES, classes)

    def features(self, pixels: Tensor) -> Tensor:
        """(n, FEATURES) for pictures (n, 3, H, W) in [-1, 1]."""
        return self.body(pixels).flatten(1)  # type: ignore[no-any-return]

    def forward(self, pixels: Tensor) -> Tensor:
        return self.head(self.features(pixels))  # type: ignore[no-any-return]


def _block(before: int, after: int) -> tuple[nn.Module, ...]:
    return (
        nn.Conv2d(before, after, 3, padding=1),
        nn.BatchNorm2d(after),
        nn.GELU(),
        nn.MaxPool2d(2),
    )


def train_classifier(pictures: PictureSet, steps: int = STEPS) -> Classifier:
    """Learn the classes of a set; the same one for the same set, every time."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = Classifier(len(pictures.classes))
    draw = pictures.batches(ROWS, TRAIN_SEED)
    optimiser = torch.optim.AdamW(model.parameters(), RATE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=steps)
    for step in range(steps):
        batch = draw(step)
        assert batch.labels is not None
        loss = F.cross_entropy(model(batch.pictures), batch.labels)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        schedule.step()
    return model.eval()


@torch.inference_mode()
def judge(
    model: LoadedModel,
    pictures: PictureSet,
    classifier: Classifier,
    each: int,
    say: Callable[[int, int], None] = lambda done, total: None,
) -> Quality:
    """Let the model draw `each` pictures of every class and look at them."""
    labels = torch.tensor([i for i in range(len(pictures.classes)) for _ in range(each)])
    made = []
    for number, label in enumerate(labels.tolist()):
        made.append(_drawn(model, label, number))
        say(number + 1, len(labels))
    drawn = torch.cat(made)
    real, other = (_real(pictures, len(labels), TEST_SEED + k) for k in (0, 1))
    right_real = (classifier(real[0]).argmax(1) == real[1]).float().tolist()
    right_drawn = (classifier(drawn).argmax(1) == labels).float().tolist()
    features = [classifier.features(x).numpy() for x in (real[0], drawn, other[0])]
    on_real, on_drawn = bootstrap(right_real), bootstrap(right_drawn)
    return Quality(
        real=on_real,
        drawn=on_drawn,
        frechet=frechet(features[0], features[1]),
        frechet_real=frechet(features[0], features[2]),
    )


def frechet(one: np.ndarray[Any, Any], other: np.ndarray[Any, Any]) -> float:
    """|m1 - m2|² + tr(C1 + C2 - 2 (C1 C2)^½) of two sets of features, (n, d) each.

    The trace of the root is the sum of the roots of the eigenvalues of C1 C2, which are those
    of a product of two positive matrices: real and not below zero, but for rounding.
    """
    gap = one.mean(0) - other.mean(0)
    first, second = np.cov(one, rowvar=False), np.cov(other, rowvar=False)
    roots = np.sqrt(np.clip(np.linalg.eigvals(first @ second).real, 0, None))
    return float(gap @ gap + np.trace(first) + np.trace(second) - 2 * roots.sum())


def _real(pictures: PictureSet, count: int, seed: int) -> tuple[Tensor, Tensor]:
    batch = pictures.batches(count, seed)(0)
    assert batch.labels is not None
    return batch.pictures, batch.labels


def _drawn(model: LoadedModel, label: int, seed: int) -> Tensor:
    prompt = ImagePrompt.model_validate({"label": label, "steps": DRAWING_STEPS})
    objective = ImageDiffusion.serving(model)
    generator = torch.Generator().manual_seed(seed)
    *_, last = objective.trajectory(model, prompt, generator)
    assert last.sample is not None
    from PIL import Image

    size = (last.sample.width, last.sample.height)
    return to_tensor(Image.frombytes("RGB", size, last.sample.pixels))
