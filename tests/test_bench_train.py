"""The training benchmark's ways train one and the same model; its table holds every aim."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from benchmarks import _trainings, train


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr(_trainings, "BODY", {"layers": 1, "width": 32, "heads": 2})
    monkeypatch.setattr(_trainings, "VOCABULARY", 400)
    monkeypatch.setattr(_trainings, "LENGTH", 16)
    monkeypatch.setattr(_trainings, "ROWS", 2)
    return tmp_path


@pytest.mark.parametrize(
    ("way", "objective"), [("ours", "next"), ("bare", "next"), ("trainer", "masked")]
)
def test_each_way_trains(way: str, objective: str, small: Path) -> None:
    assert _trainings.WAYS[way](objective, small)(2) > 0


def test_the_table_tells_each_aim_and_whether_it_was_met() -> None:
    one: dict[str, Any] = {
        "parameters": 4_500_000, "rows": 32, "length": 128, "other": "bare", "ratio": 1.0,
        "ours_tokens_per_s": 10.0, "other_tokens_per_s": 10.0,
        "ours_peak_bytes": 1e9, "other_peak_bytes": 2e9,
    }  # fmt: skip
    figures = {"next": one, "masked": one | {"other": "trainer"}}
    aims = train.aims(figures)
    assert [aim["met"] for aim in aims] == [True, False]
    machine = {"processor": "P", "cores": 2, "accelerators": [], "load_before": [0.1]}
    said = {"when": "now", "machine": machine, "versions": {}, "figures": figures, "aims": aims}
    table = train.markdown(said)
    assert table.count("| yes |") == table.count("| no |") == 1
    assert "1000 MB and 2000 MB" in table
