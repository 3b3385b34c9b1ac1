"""The nearest of the pictures that ship: itself, mirrored or not, and how far others are."""

from __future__ import annotations

import pytest
from PIL import Image, ImageOps

from lab.evaluation.drawings import LEARNT, SHELF, alike, learnt, tiles
from lab.types import Picture


def picture(image: Image.Image) -> Picture:
    return Picture(image.width, image.height, image.convert("RGB").tobytes())


def test_each_drawing_is_nearest_to_itself_though_it_be_mirrored() -> None:
    drawings = [Image.open(path) for path in sorted(SHELF.glob("*.png"))]
    assert len(drawings) == 16
    for shown in (drawings, [ImageOps.mirror(one) for one in drawings]):
        found = alike([picture(one) for one in shown])
        assert [one.picture for one in found] == [picture(one) for one in drawings]
        assert max(one.distance for one in found) == pytest.approx(0, abs=1e-6)


def test_a_plain_sheet_is_far_from_all_and_size_does_not_matter() -> None:
    sheets = [picture(Image.new("RGB", (side, side), (255, 0, 255))) for side in (32, 64)]
    small, large = (alike([sheet])[0] for sheet in sheets)
    assert small.distance > small.apart > 0.1
    assert large.distance == pytest.approx(small.distance, abs=0.05)


def test_a_darker_drawing_is_as_far_as_it_is_darker() -> None:
    cat = Image.open(SHELF / "cat.png").convert("RGB")
    darker = cat.point([max(0, value - 10) for value in range(256)] * 3)
    found = alike([picture(darker)])[0]
    assert found.picture == picture(cat)
    assert 0 < found.distance <= 10 / 255 + 1e-6


def test_a_learnt_picture_is_known_again_and_a_drawing_never_seen_is_not() -> None:
    sheet = tiles(Image.open(LEARNT).convert("RGB"))
    assert len(sheet) == 256
    known = learnt([picture(one) for one in sheet[::37]])
    assert [one.picture for one in known] == [picture(one) for one in sheet[::37]]
    assert max(one.distance for one in known) < 0.001
    drawings = [picture(Image.open(path)) for path in sorted(SHELF.glob("*.png"))]
    fresh = sorted(one.distance for one in learnt(drawings))
    assert fresh[0] > 0.01
    assert fresh[7] == pytest.approx(known[0].apart)
