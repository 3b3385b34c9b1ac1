"""Precisions, and what a model takes in each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lab.config import Precision
from lab.models import memory
from lab.models.catalogue import Catalogue
from lab.models.pool import Pool
from lab.objectives.base import objectives
from tests.models.conftest import spec

TABLES = 15_000
"""Bytes of the tables that bitsandbytes keeps for each layer or, as it comes, once for all: nothing
beside the weights of a real model."""
PRECISIONS: tuple[Precision, ...] = ("fp32", "bf16", "int8", "nf4")


class TestPrecisions:
    @pytest.fixture
    def loaded(self, catalogue: Catalogue) -> dict[Precision, Any]:
        pool = Pool(catalogue)
        return {p: pool.get("a", p, None, objectives()["next"]) for p in PRECISIONS}

    def test_memory_decreases(self, loaded: dict[Precision, Any]) -> None:
        taken = [loaded[p].bytes for p in PRECISIONS]
        assert taken == sorted(taken, reverse=True)
        assert len(set(taken)) == 4

    def test_all_say_about_the_same(self, loaded: dict[Precision, Any]) -> None:
        import torch

        ids = torch.tensor([[5, 6, 7, 8]])
        with torch.inference_mode():
            said = {p: loaded[p].module(ids).logits.float() for p in PRECISIONS}
        for p in PRECISIONS:
            similar = torch.cosine_similarity(said["fp32"].flatten(), said[p].flatten(), dim=0)
            assert similar > 0.95, p

    def test_the_estimate_holds(self, loaded: dict[Precision, Any], llama: Path) -> None:
        guess = memory.of_folder(llama)
        for p in PRECISIONS:
            assert loaded[p].bytes == pytest.approx(guess[p], rel=0.05), p


@pytest.mark.parametrize("kind", ["causal", "masked", "seq2seq"])
def test_estimates_hold_for_every_kind(
    kind: str, make: Callable[[str, Path], Path], tmp_path: Path, home: Path
) -> None:
    folder = make(kind, tmp_path / kind)
    serves = {"causal": "next", "masked": "masked", "seq2seq": "span"}[kind]
    pool = Pool(Catalogue({}, home))
    guess = memory.of_folder(folder)
    for p in PRECISIONS:
        model = pool.get(f"local:{folder}", p, None, objectives()[serves])
        assert model.bytes == pytest.approx(guess[p], rel=0.08, abs=TABLES), p


def test_an_estimate_before_fetching_says_only_what_is_known() -> None:
    guess = memory.of_spec(spec(parameters=1000), None)
    assert guess == {"fp32": 4000, "bf16": 2000}


def test_a_containers_allowance_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "CONTAINER", tmp_path / "none")
    machine = memory.available()
    monkeypatch.setattr(memory, "CONTAINER", tmp_path)
    (tmp_path / "memory.current").write_text("700\n")
    (tmp_path / "memory.stat").write_text("anon 500\ninactive_file 150\n")
    (tmp_path / "memory.max").write_text("1000\n")
    assert memory.available() == 450
    (tmp_path / "memory.max").write_text("max\n")
    assert memory.available() > 1000
    assert machine > 1000
