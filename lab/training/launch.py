"""Start the process that trains."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lab.training.folder import RunFolder

ACCELERATOR = "accelerator.lock"
"""A file in the lab's folder that whoever trains holds: one worker at a time."""


def spawn(runs: Sequence[RunFolder], home: Path) -> subprocess.Popen[bytes]:
    """A worker for the runs, in a session of its own: it outlives whoever started it.

    What the libraries say goes into the first one's log.
    """
    log = (runs[0].path / "log.txt").open("ab")
    quiet = {"TOKENIZERS_PARALLELISM": "false", "TRANSFORMERS_VERBOSITY": "error"}
    folders = [str(run.path) for run in runs]
    command = [sys.executable, "-m", "lab.training.worker", *folders, "--home", str(home)]
    apart: dict[str, Any] = (
        {"creationflags": 0x00000200 | 0x00000008}
        if os.name == "nt"
        else {"start_new_session": True}
    )
    root = str(Path(__file__).parents[2])
    with log:
        return subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=root,
            env={**os.environ, **quiet}, **apart,
        )  # fmt: skip
