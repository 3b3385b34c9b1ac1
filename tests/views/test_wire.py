"""What is sent to a browser is plain JSON that says exactly what the lab said."""

from __future__ import annotations

import base64
import json
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from lab.history import RunEvent
from lab.types import (
    Attention,
    Bits,
    LabError,
    Notice,
    Picture,
    Prediction,
    Reading,
    Step,
    TokenScore,
)
from lab.views.wire import png, wire

TINY = Picture(3, 2, bytes(range(18)))


def opened(url: str) -> Image.Image:
    head, _, data = url.partition(",")
    assert head == "data:image/png;base64"
    return Image.open(BytesIO(base64.b64decode(data)))


def test_a_prediction_becomes_json() -> None:
    token = TokenScore("⟨E2·82⟩", "predicted", 7, 1 / 3, (("a", 2 / 3), ("b", 1e-9 / 3)), (1, 2))
    said = wire(Prediction("m", "next", (Step(0, 0.5, (token,)),), (Notice("cut", {"n": 3}),)))
    back = json.loads(json.dumps(said, allow_nan=False))
    shown = back["steps"][0]["tokens"][0]
    assert shown["text"] == "⟨E2·82⟩"
    assert shown["p"] == 0.333333
    assert shown["top"] == [["a", 0.666667], ["b", 3.33333e-10]]
    assert shown["entropy"] is None
    assert back["steps"][0]["sample"] is None
    assert back["notices"] == [{"key": "cut", "facts": {"n": 3}}]


def test_pictures_are_png_files_to_the_last_pixel() -> None:
    picture = opened(wire(Step(0, 1.0, sample=TINY))["sample"])  # type: ignore[index, call-overload, arg-type]
    assert picture.mode == "RGB"
    assert picture.size == (3, 2)
    assert picture.tobytes() == TINY.pixels


def test_a_large_picture_too() -> None:
    pixels = bytes(i * 7 % 256 for i in range(64 * 48 * 3))
    picture = Image.open(BytesIO(png(Picture(64, 48, pixels))))
    assert picture.tobytes() == pixels


def test_files_say_what_they_are() -> None:
    file = BytesIO()
    Image.new("RGB", (2, 2)).save(file, "GIF")
    assert str(wire(file.getvalue())).startswith("data:image/gif;base64,R0lGOD")
    assert str(wire(b"other")).startswith("data:application/octet-stream")


def test_errors_and_notices_are_keys_and_facts() -> None:
    expected = {"key": "model_cannot", "facts": {"model": "m", "n": 2}}
    assert wire(LabError("model_cannot", model="m", n=2)) == expected
    assert wire(Notice("model_cannot", {"model": "m", "n": 2})) == expected


@pytest.mark.parametrize(
    ("number", "sent"),
    [
        (0.0, 0.0),
        (0.12345678, 0.123457),
        (1.23456789e-12, 1.23457e-12),
        (1234.56789, 1234.57),
        (1_764_000_123.25, 1_764_000_123.25),
        (float("nan"), None),
        (float("-inf"), None),
    ],
)
def test_numbers_keep_six_digits(number: float, sent: float | None) -> None:
    assert wire(number) == sent
    assert wire((number, 0.5)) == [sent, 0.5]
    assert wire({"x": number}) == {"x": sent}


def test_whole_numbers_and_truth_stay() -> None:
    assert wire((123_456_789, True, None)) == [123_456_789, True, None]
    assert wire(((True, False), (False, True))) == [[True, False], [False, True]]
    assert wire(Attention(0, (((0.1234567, 1.0),),))) == {
        "place": 0,
        "weights": [[[0.123457, 1.0]]],
    }


def test_half_a_character_can_be_sent() -> None:
    sent = wire(("a\ud800b", "\ud83d\ude00", "😀\0"))
    assert sent == ["a\ufffdb", "😀", "😀\0"]
    json.dumps(sent).encode()


def test_other_types_of_the_lab() -> None:
    reading = wire(Reading((), bits=Bits("exact", 12.5, 3, 9)))
    assert isinstance(reading, dict)
    assert reading["bits"] == {"measure": "exact", "total": 12.5, "tokens": 3, "bytes": 9}
    event = wire(RunEvent(3, 1.5, "metric", {"loss": 0.25, "per": {1: "x"}}))
    assert event == {
        "step": 3, "time": 1.5, "kind": "metric", "data": {"loss": 0.25, "per": {"1": "x"}},
    }  # fmt: skip
    assert wire(Path("a") / "b") == str(Path("a") / "b")


def test_what_has_no_place_in_json_is_refused() -> None:
    with pytest.raises(TypeError, match="object"):
        wire(object())
    with pytest.raises(TypeError, match="type"):
        wire(Step)
