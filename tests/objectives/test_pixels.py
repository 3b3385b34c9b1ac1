"""Pictures as people send them: all sorts are read, and what cannot be is refused in words."""

from __future__ import annotations

import base64
import struct
import tracemalloc
import zlib
from io import BytesIO
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from lab.objectives._pixels import decode, example, to_pictures, to_tensor
from lab.texts import LANGUAGES, texts
from lab.types import LabError

KEYS = ("picture_broken", "picture_animated", "picture_too_large", "no_classes",
        "no_such_class", "too_many_steps")  # fmt: skip


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def saved(picture: Image.Image, form: str = "PNG", **options: Any) -> bytes:
    file = BytesIO()
    picture.save(file, form, **options)
    return file.getvalue()


def read(data: bytes, side: int = 32) -> np.ndarray[Any, Any]:
    return np.asarray(decode(encoded(data), side, side))


def refusal(data: bytes) -> str:
    with pytest.raises(LabError) as caught:
        read(data)
    return caught.value.key


def png_header(width: int, height: int, body: bytes = b"") -> bytes:
    """A PNG that claims a size, whatever it really holds."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    size = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK", "P", "RGBA", "LA", "1"])
def test_every_usual_kind_of_picture(form: str, mode: str) -> None:
    try:
        data = saved(Image.new("RGB", (50, 40), (200, 200, 200)).convert(mode), form)
    except OSError:
        pytest.skip(f"{form} has no {mode}")
    got = read(data)
    assert got.shape == (32, 32, 3)
    assert abs(got.mean() - 200) < (60 if mode == "1" else 6)


def test_sixteen_bits_keep_their_upper_half() -> None:
    deep = Image.fromarray(np.full((40, 40), 0x8040, np.uint16))
    assert read(saved(deep)).tolist()[0][0] == [128, 128, 128]


def test_the_middle_is_kept() -> None:
    wide = Image.new("RGB", (96, 32), "red")
    wide.paste("blue", (32, 0, 64, 32))
    assert (read(saved(wide)) == [0, 0, 255]).all()


def test_what_is_see_through_lies_on_white() -> None:
    assert (read(saved(Image.new("RGBA", (40, 40), (255, 0, 0, 0)))) == 255).all()
    half = read(saved(Image.new("RGBA", (40, 40), (255, 0, 0, 128))))
    assert abs(half.astype(int) - [255, 127, 127]).max() <= 1


def test_stands_upright_as_the_camera_was_held() -> None:
    picture = Image.new("RGB", (64, 64), "white")
    picture.paste("black", (0, 0, 64, 32))
    exif = Image.Exif()
    exif[0x0112] = 6  # turn a quarter clockwise to see it upright
    got = read(saved(picture, "JPEG", quality=95, exif=exif))
    assert got[:, :12].mean() > 240
    assert got[:, 20:].mean() < 15


def test_a_data_url_too() -> None:
    data = "data:image/png;base64," + encoded(saved(Image.new("RGB", (8, 8), "red")))
    assert decode(data, 32, 32).size == (32, 32)


@pytest.mark.parametrize("form", ["PNG", "JPEG"])
def test_twelve_megapixels_are_fine(form: str) -> None:
    data = saved(Image.new("RGB", (4000, 3000), (10, 200, 30)), form)
    assert abs(read(data).astype(int) - [10, 200, 30]).max() <= 3


def test_bombs_are_refused_before_they_are_decoded() -> None:
    black = zlib.compress(bytes(3 * 100_000), 9) * 3
    tracemalloc.start()
    for side in (7_000, 12_000, 20_000, 65_000):
        assert refusal(png_header(side, side, black)) == "picture_too_large"
    assert tracemalloc.get_traced_memory()[1] < 20_000_000
    tracemalloc.stop()


def test_animated_ones_are_refused() -> None:
    frames = [Image.new("RGB", (8, 8), c) for c in ("red", "blue")]
    for form in ("GIF", "PNG", "WEBP"):
        data = saved(frames[0], form, save_all=True, append_images=frames[1:])
        assert refusal(data) == "picture_animated"
    assert read(saved(frames[0], "GIF")).shape == (32, 32, 3)


def test_what_is_no_picture_is_refused() -> None:
    whole = saved(Image.effect_noise((200, 200), 80), "PNG")
    for data in (b"", b"hello", whole[:100], whole[: len(whole) // 2], b"GIF89a", b"%PDF-1.7"):
        assert refusal(data) == "picture_broken"
    bitmap = saved(Image.new("RGB", (8, 8)), "TIFF")
    assert refusal(bitmap) == "picture_broken", "only the formats of the page are ever opened"
    with pytest.raises(LabError, match="picture_broken"):
        decode("not base64 é", 32, 32)


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "GIF"])
def test_damaged_files_never_raise_anything_else(form: str) -> None:
    whole = bytearray(saved(Image.effect_noise((40, 40), 80), form))
    dice = np.random.default_rng(0)
    said: set[str] = set()
    for _ in range(120):
        data = bytearray(whole)
        for place in dice.integers(0, len(data), 6):
            data[place] = int(dice.integers(256))
        try:
            assert read(bytes(data)).shape == (32, 32, 3)
        except LabError as error:
            said.add(error.key)
    assert said <= {"picture_broken", "picture_animated", "picture_too_large"}


def test_tensors_and_pictures_are_two_sides() -> None:
    picture = Image.effect_noise((32, 32), 80).convert("RGB")
    (back,) = to_pictures(to_tensor(picture))
    assert back.pixels == picture.tobytes()
    grey = to_tensor(picture, 1)
    assert grey.shape == (1, 1, 32, 32)
    assert to_pictures(grey)[0].pixels == picture.tobytes()
    assert set(to_pictures(torch.full((1, 3, 2, 2), 7.0))[0].pixels) == {255}


def test_examples_ship_with_the_lab() -> None:
    assert example("house", 32, 32).tobytes() != example("cat", 32, 32).tobytes()
    assert example("no such", 64, 48).size == (64, 48)
    assert example("../../text/en", 8, 8).size == (8, 8)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_refusal_has_its_sentence(language: str) -> None:
    assert [k for k in KEYS if f"error.{k}" not in texts(language)] == []
