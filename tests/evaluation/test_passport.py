"""A figure is added to a passport; what stood there stays."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lab.evaluation import passport
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
