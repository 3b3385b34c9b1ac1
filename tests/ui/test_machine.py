"""What a page may know of the machine before one chooses."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.session import Session
from lab.ui import desk
from lab.ui.desk import ModelDesk


@pytest.mark.parametrize(("native", "slow"), [(True, []), (False, ["bf16"])])
def test_a_precision_that_the_machine_imitates_is_named(
    native: bool, slow: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "computes_bf16", lambda: native)
    assert ModelDesk(Session(tmp_path)).imitates(None) == slow
