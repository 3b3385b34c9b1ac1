"""Apps in whose homes something was trained, to be photographed."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.browser.drive import ROOT, running_app
from tests.browser.holiday import holiday


@contextmanager
def with_runs() -> Iterator[str]:
    """The address of an app in whose home the family has been trained, small."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        for name in ("next", "masked", "span", "diffusion"):
            small = ["steps=80", "size.layers=2", "size.width=64", "data.length=48"]
            changes = [part for one in small for part in ("--set", one)]
            command = [sys.executable, "-m", "lab", "pretrain", f"small-{name}", *changes]
            environment = {**os.environ, "PRETEXT_HOME": folder}
            subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
        with running_app(home) as address:
            yield address


@contextmanager
def with_a_tuning() -> Iterator[str]:
    """The address of an app in whose home the example was taught to the smallest model."""
    with tempfile.TemporaryDirectory() as folder:
        docs = ["--docs", "assets/finetune/en", "--model", "tiny-next-en", "--preset", "quick"]
        changes = ["--set", "weights=fp32", "--set", "title=The Lanternfolk · Quick"]
        changes += ["--set", "prompts=['A member of the Lanternfolk pays a yearly fee of']"]
        command = [sys.executable, "-m", "lab", "finetune", *docs, *changes]
        environment = {**os.environ, "PRETEXT_HOME": folder}
        subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
        with running_app(Path(folder)) as address:
            yield address


@contextmanager
def with_a_painting() -> Iterator[str]:
    """The address of an app in whose home the bundled picture model was taught some pictures."""
    with tempfile.TemporaryDirectory() as folder:
        home, given = Path(folder) / "home", Path(folder) / "Hills"
        given.mkdir()
        for name, raw in holiday().items():
            (given / name).write_bytes(raw)
        command = [sys.executable, "-m", "lab", "finetune", "--docs", str(given)]
        command += ["--model", "tiny-image", "--set", "steps=60", "--set", "title=Hills · Pictures"]
        environment = {**os.environ, "PRETEXT_HOME": str(home)}
        subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
        with running_app(home) as address:
            yield address
