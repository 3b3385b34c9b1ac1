"""Amounts of the same texts: as many as asked, small within large, the test the same in each."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.training.slices import HELD_NAME, share, slices


def texts(folder: Path) -> Path:
    folder.mkdir()
    for number in range(16):
        lines = [f"text {number} line {line}." for line in range(10 + 40 * number)]
        (folder / f"{number:02}.txt").write_text("\n".join(lines), encoding="utf-8")
    return folder


def test_as_much_as_was_asked_of_the_same_passages(tmp_path: Path) -> None:
    small, large = slices(texts(tmp_path / "t"), tmp_path / "out", [500, 20_000])
    names = {path.name for path in small.iterdir()}
    assert names == {path.name for path in large.iterdir()}
    for folder, amount in ((small, 500), (large, 20_000)):
        learnt = [p.read_text() for p in folder.iterdir() if not p.name.startswith(HELD_NAME)]
        assert amount - len(learnt) <= sum(map(len, learnt)) <= amount
    for path in small.iterdir():
        other = (large / path.name).read_text()
        held = path.name.startswith(HELD_NAME)
        assert other == path.read_text() if held else other.startswith(path.read_text())
    assert len([name for name in names if name.startswith(HELD_NAME)]) == 2


def test_held_out_texts_are_none_of_those_learnt(tmp_path: Path) -> None:
    (folder,) = slices(texts(tmp_path / "t"), tmp_path / "out", [5000])
    held = "".join(p.read_text() for p in folder.glob(f"{HELD_NAME}*"))
    assert "text 7 " in held
    assert "text 15 " in held
    assert not (folder / "07.txt").exists()


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="does not hold"):
        slices(texts(tmp_path / "t"), tmp_path / "out", [10**9])


@pytest.mark.parametrize(
    ("lengths", "amount", "most"), [([5, 5], 4, 2), ([1, 9], 8, 7), ([3, 3], 6, 3), ([1, 2], 99, 2)]
)
def test_short_texts_give_all_and_others_more(lengths: list[int], amount: int, most: int) -> None:
    assert share(lengths, amount) == most
