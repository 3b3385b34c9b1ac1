"""Workers that say a figure of every step, and what they have said."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from lab.training.events import as_lived
from lab.training.folder import RunFolder

ROOT = str(Path(__file__).parents[2])
ENVIRONMENT = {
    **os.environ,
    **{"OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false", "PYTHONPATH": ROOT},
}
TALKING = """
from lab.training import engine, worker
engine.SPEAK = 0.0
worker.main()
"""


def talking(run: RunFolder, home: Path) -> subprocess.Popen[bytes]:
    """A worker for a run."""
    command = [sys.executable, "-c", TALKING, str(run.path), "--home", str(home)]
    with (run.path / "log.txt").open("ab") as log:
        return subprocess.Popen(command, stdout=log, stderr=log, env=ENVIRONMENT)


def losses(run: RunFolder) -> dict[int, float]:
    lived = as_lived(run.events()[0])
    return {e.step: e.data["loss"] for e in lived if e.kind == "metric" and "loss" in e.data}
