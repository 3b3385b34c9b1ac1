"""What this machine is, told without loading torch: for the page's header and the doctor."""

from __future__ import annotations

import os
from dataclasses import dataclass


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
