"""The page of a person on their own machine, and of strangers."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.session import Session
from lab.ui.pages.finetune import Desk


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def desk(home: Path) -> Desk:
    return Desk(Session(home))


@pytest.fixture
def public(home: Path) -> Desk:
    """The page of an app that others can reach."""
    return Desk(Session(home, listed=True))
