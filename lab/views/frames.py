"""One step of a prediction as a still picture: the frames of an animation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from lab.types import Picture, Step, TokenScore

FONTS = Path(__file__).resolve().parent.parent.parent / "assets" / "fonts"
MARGIN = 28
SIDE = 256
GAP = 20
TEXT_WIDTH = 640
TEXT_SIZE = 24
LINE = 38
MOST_LINES = 30
SMALL = 14


@dataclass(frozen=True, slots=True)
class Look:
    """The colours of a frame; `wash` lies under what the current step added."""

    paper: str
    ink: str
    soft: str
    line: str
    accent: str
    wash: str


LIGHT = {"paper": "#fbfaf7", "ink": "#1d1b20", "soft": "#5d5963", "line": "#e6e2da"}
DARK = {"paper": "#141316", "ink": "#f0edf4", "soft": "#aca7b5", "line": "#2e2c33"}
ACCENTS = {
    "masked": (("#6a47c8", "#efeafb"), ("#b39bff", "#2a2440")),
    "next": (("#0b6e74", "#e3f3f3"), ("#58c7c9", "#17302f")),
    "noise": (("#a84a0d", "#fbeee3"), ("#f2a365", "#3a2617")),
}
"""For each family of objectives, (accent, wash) on light and on dark paper."""


def look(objective: str, dark: bool = False) -> Look:
    """The colours of an objective; all that denoise share one."""
    accent, wash = ACCENTS.get(objective, ACCENTS["noise"])[dark]
    return Look(**(DARK if dark else LIGHT), accent=accent, wash=wash)


@cache
def _font(name: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(FONTS / f"IBMPlex{name}-Regular.ttf"), size)


def picture_frame(step: Step, total: int, colours: Look) -> Image.Image:
    """The noisy picture (x with its time), beside it the model's estimate of the clean one (x̂₀)."""
    panels = [p for p in (step.sample, step.estimate) if p is not None]
    scales = [_times(panel) for panel in panels]
    height = max(p.height * scale for p, scale in zip(panels, scales, strict=True))
    widths = [p.width * scale for p, scale in zip(panels, scales, strict=True)]
    width = 2 * MARGIN + sum(widths) + GAP * (len(panels) - 1)
    frame = Image.new("RGB", (width, 2 * MARGIN + height + 3 * SMALL), colours.paper)
    pen = ImageDraw.Draw(frame)
    time = f"t = {step.timestep}" if step.timestep >= 0 else "t = 0"
    left = MARGIN
    for panel, wide, label in zip(panels, widths, (f"x   {time}", "x̂₀"), strict=False):
        frame.paste(_enlarged(panel), (left, MARGIN))
        pen.text((left, MARGIN + height + 8), label, fill=colours.soft, font=_font("Mono", SMALL))
        left += wide + GAP
    _foot(pen, frame.size, step, total, colours)
    return frame


def _times(picture: Picture) -> int:
    return max(1, SIDE // max(picture.width, picture.height))


def _enlarged(picture: Picture) -> Image.Image:
    """Each pixel a square: nothing is smoothed over."""
    scale = _times(picture)
    whole = Image.frombytes("RGB", (picture.width, picture.height), picture.pixels)
    size = (picture.width * scale, picture.height * scale)
    return whole.resize(size, Image.Resampling.NEAREST)


def text_frame(step: Step, total: int, lines: int, colours: Look) -> Image.Image:
    """The sentence at this moment, on a sheet with room for `lines` lines.

    Masked places are boxes, what the model said stands in its colour, and what
    this step fixed on a wash of it.
    """
    height = 2 * MARGIN + min(lines, MOST_LINES) * LINE + SMALL
    frame = Image.new("RGB", (TEXT_WIDTH, height), colours.paper)
    pen = ImageDraw.Draw(frame)
    for placed in _set(step.tokens):
        if placed.line >= MOST_LINES:
            break
        _draw(pen, placed, step.index, colours)
    _foot(pen, frame.size, step, total, colours)
    return frame


def line_count(step: Step) -> int:
    """Lines that the text of a step takes."""
    return 1 + max((placed.line for placed in _set(step.tokens)), default=0)


@dataclass(frozen=True, slots=True)
class Placed:
    """A token on its line, from `left` to `right`, and what of its text is drawn there."""

    token: TokenScore
    text: str
    line: int
    left: float
    right: float


def _set(tokens: tuple[TokenScore, ...]) -> Iterator[Placed]:
    """A left-aligned column, broken between words and at the text's own line ends."""
    line, left = 0, float(MARGIN)
    for word in _words(tokens):
        if left > MARGIN and left + sum(_width(t, t.text) for t in word) > TEXT_WIDTH - MARGIN:
            line, left = line + 1, float(MARGIN)
        for token in word:
            text = token.text.lstrip(" ") if left == MARGIN else token.text
            right = left + _width(token, text)
            if right > TEXT_WIDTH - MARGIN and left > MARGIN:  # a word longer than a line
                line, left, right = line + 1, float(MARGIN), MARGIN + right - left
            yield Placed(token, _shown(text), line, left, right)
            left = right
            if "\n" in text and token.state != "masked":
                line, left = line + text.count("\n"), float(MARGIN)


def _words(tokens: tuple[TokenScore, ...]) -> Iterator[list[TokenScore]]:
    """Runs of tokens that belong together: a new one begins at a space and at a masked place."""
    word: list[TokenScore] = []
    for token in tokens:
        if word and (token.state == "masked" or token.text[:1].isspace()):
            yield word
            word = []
        word.append(token)
    if word:
        yield word


def _width(token: TokenScore, text: str) -> float:
    if token.state == "masked":
        return TEXT_SIZE * 2.2
    return min(_font("Serif", TEXT_SIZE).getlength(_shown(text)), TEXT_WIDTH - 2 * MARGIN)


def _shown(text: str) -> str:
    return text.replace("\n", "").replace("\r", "").replace("\t", "    ").replace("\0", "")


def _draw(pen: ImageDraw.ImageDraw, placed: Placed, index: int, colours: Look) -> None:
    token, text, top = placed.token, placed.text, MARGIN + placed.line * LINE
    if token.state == "masked":
        box = (placed.left + 4, top + 5, placed.right - 4, top + TEXT_SIZE + 5)
        pen.rounded_rectangle(box, 6, fill=colours.wash, outline=colours.accent)
        return
    font = _font("Serif", TEXT_SIZE)
    if token.state == "predicted" and token.step == index and text.strip():
        space = font.getlength(text[: len(text) - len(text.lstrip())])
        box = (placed.left + space - 2, top + 2, placed.right + 2, top + LINE - 4)
        pen.rounded_rectangle(box, 5, fill=colours.wash)
    colour = colours.accent if token.state == "predicted" else colours.ink
    pen.text((placed.left, top), text, fill=colour, font=font)


def _foot(
    pen: ImageDraw.ImageDraw, size: tuple[int, int], step: Step, total: int, colours: Look
) -> None:
    """The step's number, and a bar as long as the noise that is left."""
    width, height = size
    label = f"{step.index}/{total - 1}"
    font = _font("Mono", SMALL)
    level = f"{100 * step.level:.0f} %"
    y = height - MARGIN + 2
    pen.text((MARGIN, y), label, fill=colours.soft, font=font, anchor="lm")
    pen.text((width - MARGIN, y), level, fill=colours.soft, font=font, anchor="rm")
    left = MARGIN + font.getlength(f"{total - 1}/{total - 1}") + 14
    right = width - MARGIN - font.getlength("100 %") - 14
    pen.line((left, y, right, y), fill=colours.line, width=4)
    if step.level > 0:
        pen.line((left, y, left + (right - left) * step.level, y), fill=colours.accent, width=4)
