"""Animations open in Pillow, with a frame a step and the colours that were asked for."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageColor, ImageSequence

from lab.types import LabError, Picture, State, Step, TokenScore
from lab.views.animation import LAST_MS, MOST_FRAMES, animated
from lab.views.frames import MARGIN, line_count, look, picture_frame, text_frame


def flat(red: int, side: int = 32) -> Picture:
    return Picture(side, side, bytes((red, 80, 120)) * side * side)


def pictures(count: int) -> list[Step]:
    last = max(count - 1, 1)
    return [
        Step(i, 1 - i / last, sample=flat(i * 255 // last), estimate=flat(9), timestep=last - i - 1)
        for i in range(count)
    ]


def texts(count: int) -> list[Step]:
    def state(place: int, step: int) -> State:
        return "predicted" if place < step else "masked"

    return [
        Step(i, 1 - i / count, tuple(TokenScore(f" word{j}", state(j, i)) for j in range(30)))
        for i in range(count)
    ]


def frames(file: bytes) -> Iterator[Image.Image]:
    yield from (f.convert("RGB") for f in ImageSequence.Iterator(Image.open(BytesIO(file))))


def has(frame: Image.Image, colour: str, tolerance: int = 0) -> bool:
    off = np.abs(np.asarray(frame).astype(int) - ImageColor.getrgb(colour)).max(-1)
    return bool((off <= tolerance).any())


@pytest.mark.parametrize("form", ["gif", "png", "webp"])
@pytest.mark.parametrize("steps", [pictures(7), texts(5), pictures(1), texts(1)])
def test_a_frame_a_step(form: str, steps: list[Step]) -> None:
    file = animated(steps, form)
    opened = Image.open(BytesIO(file))
    assert opened.format == form.upper()
    assert getattr(opened, "n_frames", 1) == len(steps)
    assert len({f.size for f in frames(file)}) == 1


def test_it_rests_on_the_last_frame() -> None:
    opened = Image.open(BytesIO(animated(pictures(4))))
    opened.seek(3)
    assert opened.info["duration"] == LAST_MS


def test_long_predictions_keep_their_ends() -> None:
    steps = pictures(1001)
    shown = list(frames(animated(steps, "png")))
    assert len(shown) == MOST_FRAMES
    assert shown[0].getpixel((MARGIN + 5, MARGIN + 5)) == (0, 80, 120)
    assert shown[-1].getpixel((MARGIN + 5, MARGIN + 5)) == (255, 80, 120)


def test_pictures_stand_side_by_side_unsmoothed() -> None:
    pixels = bytes(np.random.default_rng(0).integers(0, 256, 32 * 32 * 3, np.uint8))
    step = Step(0, 0.5, sample=Picture(32, 32, pixels), estimate=flat(200), timestep=500)
    frame = np.asarray(picture_frame(step, 9, look("image")))
    left = frame[MARGIN : MARGIN + 256 : 8, MARGIN : MARGIN + 256 : 8]
    assert left.tobytes() == pixels
    assert tuple(frame[MARGIN, MARGIN + 256 + 30]) == (200, 80, 120)


def test_the_time_is_written_below() -> None:
    steps = [Step(0, 0.5, sample=flat(9), estimate=flat(9), timestep=t) for t in (7, 8)]
    one, other = (np.asarray(picture_frame(step, 9, look("image"))) for step in steps)
    assert (one != other).any()
    assert (one == other)[: MARGIN + 256].all()


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("objective", ["masked", "next", "diffusion"])
def test_masks_and_guesses_have_the_objectives_colour(objective: str, dark: bool) -> None:
    colours = look(objective, dark)
    given, masked, said = (
        text_frame(Step(1, 0.0, (TokenScore("Word", state),)), 5, 1, colours)
        for state in ("given", "masked", "predicted")
    )
    assert has(given, colours.paper)
    assert has(given, colours.ink, 8)
    assert not has(given, colours.accent, 8)
    assert has(masked, colours.accent)
    assert has(masked, colours.wash)
    assert not has(masked, colours.ink, 8)
    assert has(said, colours.accent, 8)
    assert not has(said, colours.wash), "only what this step fixed lies on a wash"
    fresh = text_frame(Step(1, 0.0, (TokenScore("Word", "predicted", step=1),)), 5, 1, colours)
    assert has(fresh, colours.wash)


def test_lines_break_between_words() -> None:
    def lines(*words: str) -> int:
        return line_count(Step(0, 0.0, tuple(TokenScore(w, "given") for w in words)))

    assert lines("one", " two") == 1
    assert lines("one\n", "two") == 2
    assert lines(*[" length"] * 20) == lines(*[" len", "gth"] * 20)
    assert lines("x" * 10_000) == 1
    assert lines(*["x"] * 200) > 3


def test_writing_on_gathers_its_tokens() -> None:
    steps = [Step(i, 0.0, (TokenScore(f" word{i}", "predicted"),)) for i in range(4)]
    shown = [np.asarray(f) for f in frames(animated(steps, "png", objective="next"))]
    paper = ImageColor.getrgb(look("next").paper)
    inked = [int((f[: -MARGIN * 2] != paper).any(-1).sum()) for f in shown]
    assert inked == sorted(inked)
    assert len(set(inked)) == 4


@pytest.mark.parametrize(
    "text", ["", "\0", "\ud800", "日本 العربية 🙂 e\u0301", "<b>{x}</b>", "\t\r\n"]
)
def test_any_text_can_be_drawn(text: str) -> None:
    assert animated([Step(0, 0.0, (TokenScore(text, "predicted"),))]).startswith(b"GIF8")


def test_what_cannot_be_asked() -> None:
    with pytest.raises(LabError, match="nothing_to_save"):
        animated([])
    with pytest.raises(LabError, match="setting_choice"):
        animated(pictures(2), "exe")
