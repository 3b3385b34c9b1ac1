"""A figure is added to a passport; what stood there stays."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lab.evaluation import passport
from lab.findings import Figure, Finding
from lab.types import LabError


def test_figures_are_added_and_the_rest_stays(tmp_path: Path) -> None:
    (tmp_path / "passport.json").write_text(json.dumps({"made": "today", "title": "é"}))
    passport.add(tmp_path, "pairs", {"whole": {"value": 0.123456}})
    passport.add(tmp_path, "other", {"n": 3})
    found = json.loads((tmp_path / "passport.json").read_text(encoding="utf-8"))
    assert found["made"] == "today"
    assert found["evaluation"] == {"pairs": {"whole": {"value": 0.1235}}, "other": {"n": 3}}


def test_a_model_without_one_is_told(tmp_path: Path) -> None:
    for folder in (tmp_path, None):
        with pytest.raises(LabError, match="no_passport"):
            passport.add(folder, "pairs", {})


def test_a_finding_is_written_under_its_probe(tmp_path: Path) -> None:
    (tmp_path / "passport.json").write_text("{}")
    figure = Figure("en", "right", "share", 0.6666667, 225, 0.6, 0.72, 0.5)
    found = Finding("minimal-pairs", "m", "fp32", "d", "own", "exact", (figure,))
    passport.record(tmp_path, found)
    told = json.loads((tmp_path / "passport.json").read_text())["evaluation"]["minimal-pairs"]
    assert told["figures"][0]["value"] == 0.6667
    assert told["measure"] == "exact"
