"""Make the picture checkpoint that ships in assets/checkpoints, with its passport.

    python -m lab.training.bundle_image --font NotoColorEmoji.ttf --steps 3000

The pictures are drawn by `lab.training.glyphs`; the weights kept are the
moving average of those that were trained (diffusers' layout, safetensors).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import nn

from lab.config import ImageDiffusionConfig, Size
from lab.models.scratch import build
from lab.objectives.image_diffusion import ImageDiffusion
from lab.training.glyphs import CHARACTERS, CLASSES, Glyphs
from lab.training.loop import Recipe, Trainer, weighted_loss

BODY = Size()
ROWS = 32
HELD_OUT_SEED = 7
"""Pictures drawn with this seed are for measuring: never trained on."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--font", type=Path, required=True, help="a colour emoji font, free to use")
    parser.add_argument("--licence", default="OFL-1.1", help="the font's")
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--rate", type=float, default=3e-3)
    parser.add_argument("--out", type=Path, default=Path("assets/checkpoints/tiny-image"))
    parser.add_argument("--work", type=Path, default=Path("build/bundle"))
    parser.add_argument("--examples", type=Path, help="only draw one example a class there")
    options = parser.parse_args()
    if options.examples:
        draw_examples(Glyphs(options.font), options.examples)
    else:
        train(options)


def draw_examples(glyphs: Glyphs, folder: Path) -> None:
    """One picture a class that training never draws: something to add noise to."""
    folder.mkdir(parents=True, exist_ok=True)
    dice = random.Random(HELD_OUT_SEED)
    for label, name in enumerate(CLASSES):
        glyphs.draw(label, dice).save(folder / f"{name}.png", optimize=True)


def train(options: argparse.Namespace) -> None:
    options.work.mkdir(parents=True, exist_ok=True)
    config = ImageDiffusionConfig(prediction="v_prediction")
    objective = ImageDiffusion(config, classes=len(CLASSES))
    model = build("unet", BODY, classes=len(CLASSES))
    recipe = Recipe(steps=options.steps, rate=options.rate, weight_decay=0.01, ema=0.998)
    trainer = Trainer(model, objective, recipe, options.work / "tiny-image.pt")
    glyphs = Glyphs(options.font)

    def report(step: int, loss: float, seconds: float) -> None:
        speed = step * ROWS / seconds
        print(f"{step}/{recipe.steps} loss {loss:.4f} {speed:.1f} pictures/s", flush=True)

    trainer.run(glyphs.batches(ROWS, recipe.seed), report)
    passport = {
        "made": time.strftime("%Y-%m-%d"),
        "objective": objective.name,
        "config": config.model_dump(),
        "recipe": asdict(recipe) | {"rows": ROWS, "optimiser": "Muon + AdamW, averaged weights"},
        "pictures_seen": recipe.steps * ROWS,
        "seconds": round(trainer.seconds),
        "software": {"torch": torch.__version__},
        "held_out": {"mean_squared_error": measure(model, objective, glyphs)},
        "sources": [_source(options.font, options.licence)],
    }
    save(model, objective, passport, options.out)
    print("done", passport["held_out"], flush=True)


def save(
    model: nn.Module, objective: ImageDiffusion, passport: dict[str, Any], target: Path
) -> None:
    """diffusers' layout: the body at the top, its noising beside it, then what we add."""
    model.to(torch.bfloat16).save_pretrained(target)  # type: ignore[operator]
    objective.noising.save_pretrained(target / "scheduler")
    _write(target / "classes.json", {"names": list(CLASSES)})
    _write(target / "passport.json", passport)


@torch.no_grad()
def measure(
    model: nn.Module, objective: ImageDiffusion, glyphs: Glyphs, batches: int = 16
) -> float:
    """The training loss on pictures that were never drawn in training, with their classes."""
    model.eval()
    generator = torch.Generator().manual_seed(1)
    draw = glyphs.batches(ROWS, HELD_OUT_SEED)
    losses = [
        float(weighted_loss(model, objective, objective.corrupt(draw(i), generator)))
        for i in range(batches)
    ]
    return round(sum(losses) / len(losses), 5)


def _source(font: Path, licence: str) -> dict[str, Any]:
    from PIL import ImageFont

    family, style = ImageFont.truetype(str(font), 109).getname()
    return {
        "title": f"{family} {style}",
        "file": font.name,
        "licence": licence,
        "sha256": hashlib.sha256(font.read_bytes()).hexdigest(),
        "characters": CHARACTERS,
    }


def _write(path: Path, data: Any) -> None:
    path.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
