"""What a person asks of a model: one frozen model an objective, with bounds for every field.

The page, the command line and the tests build the same prompts; whatever a
browser sends is checked here before anything else looks at it.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from lab.config import MAX_CHARACTERS, Frozen

MASK_WORD = "[MASK]"
"""How a person writes a mask, whatever the tokenizer calls it."""


def _whole(text: object) -> object:
    """Halves of characters, which no text holds, become U+FFFD; every other place stays put."""
    return re.sub("[\ud800-\udfff]", "\ufffd", text) if isinstance(text, str) else text


class TextPrompt(Frozen):
    """A sentence, and how many guesses to show at each place."""

    text: Annotated[str, BeforeValidator(_whole)] = Field(
        max_length=10 * MAX_CHARACTERS, description="the sentence"
    )
    top: int = Field(8, ge=1, le=50, description="guesses shown at each place")
    lens: bool = Field(True, description="also say what each layer would have guessed")


class NextPrompt(TextPrompt):
    """Write on from the text, by sampling as transformers' `generate` does."""

    written: tuple[int, ...] = Field((), max_length=4096, description="token ids written so far")
    steps: int = Field(40, ge=0, le=2048, description="how many tokens to write")
    temperature: float = Field(0.8, ge=0, le=4, description="0: always the likeliest")
    top_k: int = Field(0, ge=0, le=1000, description="keep the k likeliest; 0 keeps all")
    top_p: float = Field(1.0, gt=0, le=1, description="keep the likeliest that sum to p")
    repetition: float = Field(1.0, ge=1, le=3, description="above 1, tokens already used lose")


class HiddenPrompt(TextPrompt):
    """A sentence of which parts are hidden, as character ranges or written [MASK]."""

    hidden: tuple[tuple[int, int], ...] = Field((), max_length=4096)


class MaskedPrompt(HiddenPrompt):
    """Guess what is hidden."""


class SpanPrompt(HiddenPrompt):
    """Cut the hidden parts out (or some at random) and write them back."""

    ratio: float = Field(0.15, gt=0, lt=1, description="share cut out when nothing is chosen")
    mean_span: float = Field(3.0, ge=1, le=20, description="average length of a cut")
    steps: int = Field(64, ge=1, le=512, description="most tokens to write")


class DiffusionPrompt(HiddenPrompt):
    """Hide a share of the sentence (besides what is hidden by hand) and bring it back in steps."""

    ratio: float = Field(0.5, ge=0, le=1, description="share hidden at the start")
    steps: int = Field(8, ge=1, le=256, description="steps to bring it all back")
    order: Literal["confidence", "random"] = Field("confidence", description="which come first")
    remask: float = Field(0.0, ge=0, le=0.5, description="share taken back at every step")
    temperature: float = Field(0.0, ge=0, le=4, description="0: always the likeliest")


class ImagePrompt(Frozen):
    """Start from noise, or from a picture noised to `start`, and walk to a clean one.

    With a `start` below 1 and no picture of one's own, the lab's drawing is noised.
    """

    scheduler: Literal["ddpm", "ddim", "dpm"] = Field("ddim", description="the rule of each step")
    steps: int = Field(20, ge=1, le=1000, description="steps from noise to picture")
    label: int = Field(-1, ge=-1, le=9999, description="class wished for; -1: any")
    guidance: float = Field(1.0, ge=0, le=20, description="how hard the class pulls; 1: as learned")
    start: float = Field(1.0, gt=0, le=1, description="noise to start from, as a share of all time")
    picture: str = Field(
        "", max_length=24_000_000, description="one's own, a PNG, JPEG or WebP in base64"
    )
