"""A prediction as an animated picture that opens anywhere: GIF, APNG or WebP."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from io import BytesIO
from typing import Any

from PIL import Image

from lab.types import LabError, Step
from lab.views.frames import Look, line_count, look, picture_frame, text_frame

FORMATS = ("gif", "png", "webp")
MOST_FRAMES = 120
"""Of longer predictions, evenly spread steps are shown, the first and the last among them."""
WHOLE_MS, FASTEST_MS, SLOWEST_MS, LAST_MS = 6000, 60, 600, 1800


def animated(
    steps: Sequence[Step], form: str = "gif", objective: str = "diffusion", dark: bool = False
) -> bytes:
    """The file that shows `steps` one after the other and stays a while on the last.

    objective: whose colour to use; for "next" the words of the steps follow one
    another, otherwise each step shows the whole text. Raises `LabError`:
    nothing_to_save without steps, setting_choice for an unknown form.
    """
    if form not in FORMATS:
        raise LabError("setting_choice", where="format", limit=", ".join(FORMATS))
    if not steps:
        raise LabError("nothing_to_save")
    if objective == "next":
        steps = _written(steps)
    total, chosen = steps[-1].index + 1, _spread(steps)
    return _encoded(_drawn(chosen, total, look(objective, dark)), form)


def _written(steps: Sequence[Step]) -> list[Step]:
    """Steps that each add a token, as steps that each show all tokens so far."""
    shown: list[Step] = []
    for step in steps:
        before = shown[-1].tokens if shown else ()
        fresh = tuple(replace(t, step=step.index if t.step < 0 else t.step) for t in step.tokens)
        shown.append(replace(step, tokens=before + fresh))
    return shown


def _spread(steps: Sequence[Step]) -> list[Step]:
    if len(steps) <= MOST_FRAMES:
        return list(steps)
    last = len(steps) - 1
    return [steps[round(i * last / (MOST_FRAMES - 1))] for i in range(MOST_FRAMES)]


def _drawn(steps: Sequence[Step], total: int, colours: Look) -> list[Image.Image]:
    if any(step.sample for step in steps):
        return [picture_frame(step, total, colours) for step in steps]
    lines = max(line_count(step) for step in steps)
    return [text_frame(step, total, lines, colours) for step in steps]


def _encoded(frames: list[Image.Image], form: str) -> bytes:
    pace = min(max(WHOLE_MS // len(frames), FASTEST_MS), SLOWEST_MS)
    options: dict[str, Any] = {
        "save_all": True,
        "duration": [pace] * (len(frames) - 1) + [LAST_MS],
        "loop": 0,
    }
    if form == "gif":
        # A palette of its own for every frame, and no dithering: dots would look like noise.
        frames = [
            f.quantize(256, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE) for f in frames
        ]
    if form == "webp":
        options |= {"lossless": True, "method": 2}
    file = BytesIO()
    frames[0].save(file, form, append_images=frames[1:], **options)
    return file.getvalue()
