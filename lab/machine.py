"""What this machine is, and whether somebody predicts on it; told without loading torch."""

from __future__ import annotations

import contextlib
import os
import platform
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from lab.types import Computer


@dataclass(frozen=True, slots=True)
class Machine:
    """What the page says of the machine it runs on.

    accelerator  the first NVIDIA card's name, or "" for none
    memory       bytes, the card's or else the computer's
    offline      the environment forbids the hub (HF_HUB_OFFLINE); no cable is looked at
    """

    accelerator: str
    memory: int
    offline: bool


def this_machine() -> Machine:
    """Ask the NVIDIA driver, then the operating system."""
    import psutil

    name, memory = _card()
    offline = os.environ.get("HF_HUB_OFFLINE", "").upper() in {"1", "ON", "YES", "TRUE"}
    return Machine(name, memory or psutil.virtual_memory().total, offline)


def _card() -> tuple[str, int]:
    import pynvml

    try:
        pynvml.nvmlInit()
        handle = pynvml.nvmlDeviceGetHandleByIndex(0)
        memory = pynvml.nvmlDeviceGetMemoryInfo(handle)
        return str(pynvml.nvmlDeviceGetName(handle)), int(memory.total)
    except pynvml.NVMLError:
        return "", 0


def computer() -> Computer:
    """The processor by its name, how many cores it has, and the torch that computes on it."""
    import psutil

    cores = psutil.cpu_count(logical=False) or os.cpu_count() or 1
    return Computer(_processor(), cores, version("torch"))


def _processor(told: Path = Path("/proc/cpuinfo")) -> str:
    """As it calls itself, where the system says so."""
    with contextlib.suppress(OSError):
        for line in told.read_text(encoding="utf-8", errors="replace").splitlines():
            key, _, name = line.partition(":")
            if key.strip() == "model name":
                return " ".join(name.split())
    return platform.processor() or platform.machine()


PREDICTING = "predicting"
"""A file in the lab's folder, touched whenever somebody predicts: trainings wait for it."""
FRESH = 1.0
"""Seconds after its last touch until a prediction counts as over."""


def say_predicting(home: Path) -> None:
    """Say that a prediction is under way on the accelerator."""
    with contextlib.suppress(OSError):
        (home / PREDICTING).touch()


def someone_predicts(home: Path) -> bool:
    """Whether somebody has predicted within the last moment, in this app or another."""
    try:
        return time.time() - (home / PREDICTING).stat().st_mtime < FRESH
    except OSError:
        return False
