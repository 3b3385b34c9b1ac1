"""What a model writes to itself: the same for the same seed, and gone on with when cut."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lab.training import rehearsal
from lab.training.rehearsal import draw, write
from tests import tiny_models
from tests.models.test_both_ways import body


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rehearsal, "ROWS", 3)
    monkeypatch.setattr(rehearsal, "LENGTH", 12)


@pytest.fixture(scope="module")
def model() -> Any:
    return tiny_models.loaded("causal", module=body("modernbert-decoder"), context=64)


def files(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.iterdir())}


def test_a_seed_is_a_text(model: Any) -> None:
    assert draw(model, 1) == draw(model, 1)
    assert draw(model, 1) != draw(model, 2)


def test_it_writes_as_much_as_asked_and_markers_are_no_text(model: Any, tmp_path: Path) -> None:
    told = list(write(model, tmp_path, 200))
    assert told[-1][1] >= 200 > told[-2][1]
    assert len(files(tmp_path)) == told[-1][0] > 1
    assert not any("[BOS]" in text or "[PAD]" in text for text in files(tmp_path).values())


def test_a_cut_writing_is_gone_on_with(model: Any, tmp_path: Path) -> None:
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    list(write(model, whole, 200, seed=5))
    next(write(model, cut, 200, seed=5))
    (first,) = files(cut)
    written = (cut / first).stat().st_mtime_ns
    list(write(model, cut, 200, seed=5))
    assert files(cut) == files(whole)
    assert (cut / first).stat().st_mtime_ns == written


def test_it_disturbs_nobody_s_randomness(model: Any) -> None:
    import torch

    torch.manual_seed(3)
    before = torch.random.get_rng_state()
    draw(model, 1)
    assert torch.equal(torch.random.get_rng_state(), before)
