"""What every test shares: no test reaches another machine, and none sees the user's own models."""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

# Read by huggingface_hub while it is imported: a test that forgets itself must not go and look.
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")


def _here(address: Any) -> bool:
    """Whether a socket's address is on this machine (a Unix socket's is a path)."""
    if not isinstance(address, tuple):
        return True
    try:
        return ipaddress.ip_address(address[0]).is_loopback
    except ValueError:
        return address[0] in {"localhost", ""}


@pytest.fixture(autouse=True)
def offline(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Refuse any connection beyond this machine, unless the test is marked `network`."""
    if request.node.get_closest_marker("network"):
        yield
        return
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if not _here(address):
            raise AssertionError(f"a test tried to reach {address}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)
    yield


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home of models for this test alone."""
    folder = tmp_path / "home"
    monkeypatch.setenv("PRETEXT_HOME", str(folder))
    return folder


@pytest.fixture
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command line speaks English, whatever the system of who runs the tests."""
    monkeypatch.setenv("PRETEXT_LANG", "en")
