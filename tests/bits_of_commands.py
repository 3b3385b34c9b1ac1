"""Running commands in this process, for the tests of the command line."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lab.cli import main

SMALL = ["--layers", "1", "--width", "32", "--heads", "2"]
SENTENCE = "The old king lived in a [MASK] castle."


def run(*words: str) -> int:
    """Run a command in this process; its exit code."""
    try:
        main(list(words))
    except SystemExit as left:
        return int(left.code or 0)
    return 0


def predicted(capsys: pytest.CaptureFixture[str], objective: str, *more: str) -> dict[str, Any]:
    """What `predict --json` prints for the small model from scratch."""
    model = "scratch-masked" if objective == "diffusion" else f"scratch-{objective}"
    words = ["predict", "--model", model, "--objective", objective, *SMALL, *more, "--json"]
    assert run(*words) == 0, capsys.readouterr().err
    said: dict[str, Any] = json.loads(capsys.readouterr().out)
    return said
