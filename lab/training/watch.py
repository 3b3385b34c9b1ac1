"""Growing up: the same prompts asked again and again, from the first random weights on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from PIL import Image

from lab.config import checked
from lab.prompts import MASK_WORD
from lab.training.measure import resting
from lab.training.setup import Work
from lab.types import LabError, Picture, Step, TokenScore

DOUBLING = 64
RATIO = 1.4
WRITTEN = 24
SHOWN = 4
MOST_CLASSES = 8
DENOISING_STEPS = 20
SEED = 3


def moments(steps: int) -> list[int]:
    """Steps after which to look: 0, 1, 2, 4 … 64, then each 1.4 times the last, and the end."""
    found = [0]
    at = 1.0
    while at < steps:
        found.append(round(at))
        at *= 2 if at < DOUBLING else RATIO
    return sorted({*found, steps})


def samples(work: Work, folder: Path, step: int) -> list[dict[str, Any]]:
    """What the model makes of each prompt now, as the data of "sample" events."""
    with resting(work.model):
        if work.words is None:
            return [_pictures(work, folder, step)]
        return [_words(work, i, text) for i, text in enumerate(work.recipe.prompts)]


def _words(work: Work, number: int, text: str) -> dict[str, Any]:
    prompt = _prompt(work.recipe.objective, text)
    try:
        steps = _steps(work, prompt)
    except LabError as error:  # too long for short sequences, say: the training goes on
        why = {"key": error.key, "facts": error.facts}
        return {"prompt": number, "text": prompt["text"], "tokens": [], "why": why}
    if work.recipe.objective == "next":
        tokens = [token for step in steps for token in step.tokens]
    else:
        tokens = list(steps[-1].tokens)
    return {"prompt": number, "text": prompt["text"], "tokens": [_token(t) for t in tokens]}


def _prompt(objective: str, text: str) -> dict[str, Any]:
    """The same line for every objective: a left-to-right model reads it up to its first gap."""
    if objective == "next":
        before = text.split(MASK_WORD)[0].rstrip()
        return {"text": before, "steps": WRITTEN, "top": SHOWN, "temperature": 0.7, "top_p": 0.95}
    gap = text if MASK_WORD in text else f"{text.rstrip()} {MASK_WORD}"
    if objective == "masked":
        return {"text": gap, "top": SHOWN}
    if objective == "span":
        return {"text": gap, "top": SHOWN, "steps": WRITTEN}
    return {"text": gap, "top": SHOWN, "ratio": 0.0, "steps": 8}


def _steps(work: Work, prompt: dict[str, Any], seed: int = SEED) -> list[Step]:
    asked = checked(type(work.objective).Prompt, prompt)
    return list(
        work.objective.trajectory(work.loaded(), asked, torch.Generator().manual_seed(seed))
    )


def _token(token: TokenScore) -> dict[str, Any]:
    p = None if token.p is None else round(token.p, 5)
    top = [[text, round(q, 5)] for text, q in token.top[:SHOWN]]
    return {"text": token.text, "state": token.state, "p": p, "top": top}


def _pictures(work: Work, folder: Path, step: int) -> dict[str, Any]:
    """One picture a class, side by side, all from the same noise; of what a base is taught, as
    many as a sheet holds, each class from other noise every time."""
    labels: Sequence[int] = range(min(MOST_CLASSES, len(work.classes))) if work.classes else [-1]
    if work.taught:
        labels = [work.taught[i % len(work.taught)] for i in range(MOST_CLASSES)]
    turns = [labels[:i].count(label) for i, label in enumerate(labels)]
    drawn = [draw(work, label, turn) for label, turn in zip(labels, turns, strict=True)]
    side = drawn[0].width
    sheet = Image.new("RGB", (side * len(drawn), side))
    for i, one in enumerate(drawn):
        sheet.paste(Image.frombytes("RGB", (one.width, one.height), one.pixels), (i * side, 0))
    folder.mkdir(exist_ok=True)
    name = f"step-{step:08d}.png"
    sheet.save(folder / name)
    return {
        "file": name,
        "side": side,
        "classes": [work.classes[i] if i >= 0 else "" for i in labels],
    }


def draw(work: Work, label: int, turn: int) -> Picture:
    """A picture of a class, -1 for any, from noise that `turn` alone decides."""
    prompt = {"steps": DENOISING_STEPS, "scheduler": "ddim", "guidance": 1.0, "label": label}
    done = _steps(work, prompt, SEED + turn)[-1].sample
    assert done is not None  # every step of an image has its picture
    return done
