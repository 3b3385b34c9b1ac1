"""What a run will cost, told at once from the sizes; `lab.training.trial` measures it.

Memory in parts: the framework, the weights at rest, the adapter beside them, the optimiser (of what
learns the gradients and two moments, single precision each), the activations kept for the way back,
and the logits. What a trial finds beyond all these is told apart.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lab.history import Estimate
from lab.models.memory import free, of_folder
from lab.models.scratch import PICTURE_SIDE
from lab.objectives._denoise import Canvas
from lab.recipe import KINDS, Recipe

FRAMEWORK = 620_000_000
"""Bytes torch, transformers and peft take before any weight."""
LEARNING = 12
"""Bytes a number that learns, beside itself: its gradient and two moments."""
HELD = ("weights", "adapter", "optimiser")
"""Parts that lie in memory all the time, of each of several runs side by side."""
ROUGH = ("activations", "logits", "framework", "optimiser", "adapter", "weights")
"""Parts, those first that are told most roughly from sizes."""
SPEED = 6e10
"""Operations a second of a plain processor, until a trial says better."""
LOGITS = 4 * (1 << 22) * 4
"""Bytes of one slice of logits and of what is made of it: see `lab.models.fused`."""
KEPT_WIDTH, KEPT_INNER = 24, 16
"""Numbers kept of a token in each layer, over the width of the model and over that
of the layer's inside; found by measuring (docs/finetuning.md)."""
KEPT_OWN = 28
"""The same of a model made here, all of which learns, in numbers of four bytes over its width."""

A_PICTURE, KEPT_PICTURE = 3.6e8, 2_500_000
"""Operations of one pass of a picture of 32 x 32 through a body of width 128, and bytes kept of it
for the way back."""
KEPT_OF_BASE, KEPT_BESIDE, RECOMPUTED = 2.0, 3.0, 1.2
"""How much more is kept of a base that learns whole, or has an adapter beside every layer, and how
many times less where activations are made twice; found by measuring (docs/finetuning.md)."""


def guess(recipe: Recipe, home: Path | None = None) -> Estimate:
    """From sizes alone: parameters exactly (but for the classes of pictures), the rest roughly.

    Raises `LabError` for a base that is not here.
    """
    if recipe.base:
        return _founded(recipe, home)
    parameters = count(recipe)
    if recipe.objective == "image":
        work = recipe.rows * A_PICTURE * (recipe.size.width / 128) ** 2 * 3
        kept, logits = recipe.rows * KEPT_PICTURE * recipe.size.width // 128, 0
    else:
        tokens = recipe.rows * recipe.data.length
        work = 6.0 * parameters * tokens
        layers = 2 if recipe.recompute else recipe.size.layers
        kept, logits = tokens * 4 * recipe.size.width * layers * KEPT_OWN // 2, LOGITS
    return _estimate(recipe, parameters, work, {
        "framework": FRAMEWORK, "weights": 4 * parameters, **_learning(parameters, beside=False),
        "activations": kept, "logits": logits,
    })  # fmt: skip


def together(each: Sequence[Estimate]) -> Estimate:
    """What runs cost that go side by side in one worker, from what each would cost alone.

    Their weights and all that learns lie in memory at once; activations and logits come and go
    with each one's step, so that only the most of them counts.
    """
    worst = max(each, key=lambda one: one.parts["activations"] + one.parts.get("logits", 0))
    held = {name: sum(one.parts[name] for one in each) for name in HELD}
    parts = {**worst.parts, **held}
    return Estimate(
        max(one.parameters for one in each), sum(parts.values()),
        sum(one.seconds for one in each), measured=False, parts=parts, free=each[0].free,
    )  # fmt: skip


def _founded(recipe: Recipe, home: Path | None) -> Estimate:
    """The base is passed through forwards and backwards, but only the adapter has gradients."""
    from lab.arithmetic import working
    from lab.models.catalogue import default_home
    from lab.training.foundation import Foundation

    found = Foundation.of(recipe, KINDS[recipe.objective], home or default_home())
    still, learns = found.count()
    whole = recipe.learns == "all"
    if recipe.objective == "image":
        return _founded_pictures(recipe, found.config, still, learns)
    config = found.config
    width, layers = int(config.get("hidden_size", 0)), int(config.get("num_hidden_layers", 0))
    inner = int(config.get("intermediate_size", 4 * width))
    tokens = recipe.rows * recipe.data.length
    wide = working().itemsize
    kept = wide * (KEPT_WIDTH * width + KEPT_INNER * inner)
    # Made twice, a block's activations are there one block at a time; its input stays.
    a_token = wide * width * layers + kept if recipe.recompute else kept * layers
    moving = still if whole else learns
    rests = "fp32" if recipe.weights == "bf16" and wide == 4 else recipe.weights
    parts = {
        "framework": FRAMEWORK,
        "weights": 4 * still if whole else of_folder(found.folder)[rests],
        **_learning(moving, beside=not whole),
        "activations": tokens * a_token,
        "logits": LOGITS,
    }
    passes = (6.0 if whole else 4.0) * still + (0 if whole else 6.0 * learns)
    work = passes * tokens * (4 / 3 if recipe.recompute else 1)
    return _estimate(recipe, still + (0 if whole else learns), work, parts)


def _founded_pictures(
    recipe: Recipe, config: Mapping[str, Any], still: int, learns: int
) -> Estimate:
    """Layers of a picture model that have an adapter keep what they were given twice."""
    whole = recipe.learns == "all"
    canvas = Canvas.told(config)
    wide = max(config.get("block_out_channels") or [128]) / 128
    large = canvas.height * canvas.width / PICTURE_SIDE**2
    kept = recipe.rows * KEPT_PICTURE * wide * large * (KEPT_OF_BASE if whole else KEPT_BESIDE)
    moving = still if whole else learns
    passes = 3 if whole else 2 + 3 * learns / still
    work = recipe.rows * A_PICTURE * wide**2 * large * passes
    parts = {
        "framework": FRAMEWORK,
        "weights": 4 * still,
        **_learning(moving, beside=not whole),
        "activations": int(kept / (RECOMPUTED if recipe.recompute else 1)),
    }
    return _estimate(
        recipe,
        still + (0 if whole else learns),
        work * (4 / 3 if recipe.recompute else 1),
        parts,
    )


def measured(parts: Mapping[str, int], memory: int) -> dict[str, int]:
    """The parts as told from sizes, made to add up to what a trial took.

    What it took beyond them is a part of its own; what it did not take is taken off the parts
    that are told most roughly.
    """
    over = sum(parts.values()) - memory
    found = {**parts, "beyond": max(0, -over)}
    for name in ROUGH:
        less = min(max(0, over), found.get(name, 0))
        found[name] = found.get(name, 0) - less
        over -= less
    return found


def _learning(numbers: int, beside: bool) -> dict[str, int]:
    """The parts of what learns: numbers `beside` the weights, or these themselves."""
    return {"adapter": 4 * numbers if beside else 0, "optimiser": LEARNING * numbers}


def _estimate(recipe: Recipe, parameters: int, work: float, parts: dict[str, int]) -> Estimate:
    seconds = recipe.steps * work / SPEED
    memory = sum(parts.values())
    return Estimate(parameters, memory, seconds, measured=False, parts=parts, free=free())


def count(recipe: Recipe) -> int:
    """Parameters of the body, made without memory."""
    import torch

    from lab.models.scratch import build
    from lab.types import Alphabet

    alphabet = Alphabet(recipe.data.vocabulary, 0, 3, 1, 2)
    with torch.device("meta"):
        model = build(KINDS[recipe.objective], recipe.size, alphabet, classes=8)
    return sum(p.numel() for p in model.parameters())
