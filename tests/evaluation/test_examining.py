"""Several models under the same questions, and what is kept of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lab.evaluation import examine as examining
from lab.evaluation.examine import examine, kept
from lab.evaluation.probes.base import Questions
from lab.findings import Asking, Finding, Unasked
from lab.models.pool import Pool
from lab.types import LabError


def test_models_side_by_side_and_what_is_found_is_kept(pool: Pool, tmp_path: Path) -> None:
    models = ["tiny-next-en", "tiny-image", "tiny-masked-en"]
    said = list(examine(pool, models, "minimal-pairs", Questions(("en",), most=70)))
    assert any(isinstance(one, Asking) for one in said)
    told = [one for one in said if not isinstance(one, Asking)]
    assert [one.model for one in told] == models
    assert isinstance(told[1], Unasked)
    assert told[1].why.key == "probe_cannot"
    first = told[0]
    assert isinstance(first, Finding)
    assert first.whole.name == "en"
    assert len(first.digest) == 64
    assert first.notices[0].facts == {"asked": 70, "of": 225}
    found = kept(tmp_path)
    assert {one.model for one in found} == {"tiny-next-en", "tiny-masked-en"}
    assert first in found
    (next(tmp_path.rglob("minimal-pairs-*.json"))).write_text("{")
    assert len(kept(tmp_path)) == 1


def test_a_failure_is_not_swallowed(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examining, "digest", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        list(examine(pool, ["tiny-next-en"], "minimal-pairs", Questions(("en",), most=1)))
    with pool.turn:
        pass  # and the accelerator is free again


def key(pool: Pool, *given: Any) -> str:
    with pytest.raises(LabError) as caught:
        list(examine(pool, *given))
    return caught.value.key


def test_what_cannot_be_asked_is_said(pool: Pool, tmp_path: Path) -> None:
    assert key(pool, ["tiny-next-en"], "horoscope", Questions(("en", "fr"))) == "unknown_probe"
    assert key(pool, [], "cloze", Questions(("en", "fr"))) == "probe_models"
    assert key(pool, ["nobody"], "cloze", Questions(("en", "fr"))) == "unknown_model"
    own = Questions((), tmp_path)
    assert key(pool, ["tiny-next-en"], "languages", own) == "probe_own_only"
    named = Questions(("en",), tasks=("blimp",))
    assert key(pool, ["tiny-next-en"], "cloze", named) == "probe_no_tasks"
