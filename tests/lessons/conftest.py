"""A lesson small enough to be read at a glance, and a session with a home of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bits_of_lessons import OPTIONS, WORDS

from lab.session import Session


@pytest.fixture
def session(tmp_path: Path) -> Session:
    return Session(tmp_path / "home")


@pytest.fixture
def values() -> Callable[..., dict[str, Any]]:
    """The values of a sound lesson, its parts replaced where they are given."""

    def make(*parts: dict[str, Any], **changes: Any) -> dict[str, Any]:
        plain = {"kind": "guess", "ask": WORDS, "rule": "given", "option": OPTIONS, "after": WORDS}
        told: dict[str, Any] = {"order": 1, "minutes": 5, "title": WORDS, "line": WORDS}
        return told | {"part": list(parts) or [plain], "limits": WORDS} | changes

    return make
