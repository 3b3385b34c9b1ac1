"""Work in a process of its own: what it takes is free afterwards, and the app lives on."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from lab.types import LabError

LONGEST = 3600.0
"""Seconds."""


def asked(failed: str, module: str, *words: str) -> None:
    """Run a module of the lab with some words and wait until it is done.

    Its last line is JSON: {}, or {"error": {"key", "facts"}}, which is raised. `failed` is the key
    of what is raised, with why, where it ended without one.
    """
    done = subprocess.run(
        [sys.executable, "-m", module, *words],
        capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2], timeout=LONGEST,
    )  # fmt: skip
    try:
        said: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    except (ValueError, IndexError) as error:
        why = done.stderr.strip().splitlines()[-1:] or [f"exit {done.returncode}"]
        raise LabError(failed, why=why[0][:300]) from error
    if "error" in said:
        raise LabError(said["error"]["key"], **said["error"]["facts"])
