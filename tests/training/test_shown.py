"""Pictures drawn of a font: what a passport says of it, and a sheet of those a run was given."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from lab.evaluation.drawings import tiles
from lab.training import shown
from lab.training.glyphs import to_tensor
from lab.training.pictures import GlyphSet, Shapes


def test_they_are_those_of_its_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shown, "GlyphSet", lambda paths: Shapes())
    passport = {"recipe": {"rows": 8, "steps": 999, "seed": 3}, "steps": 100}
    found = [to_tensor(one) for one in tiles(shown.sheet(passport, "", batches=4))]
    assert len(found) == 32
    given = Shapes().batches(8, 3)
    for number, first in ((0, 0), (25, 8), (75, 24)):
        wanted = given(number).pictures
        for i in range(8):
            assert (found[first + i] - wanted[i]).abs().max() < 0.01


def test_a_font_is_named_by_its_file_and_hash(tmp_path: Path) -> None:
    font = tmp_path / "Emoji.ttf"
    font.write_bytes(b"a font")
    (source,) = GlyphSet((str(font),)).sources
    assert source["file"] == "Emoji.ttf"
    assert source["sha256"] == hashlib.sha256(b"a font").hexdigest()
    assert source["characters"]["cat"] == "🐱"
    assert str(tmp_path) not in str(source)
