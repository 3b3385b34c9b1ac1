"""How much memory a training takes, and giving back what it no longer needs."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import sys
from pathlib import Path


def peak() -> int:
    """The most memory this process has taken, in bytes: the card's where there is one."""
    import torch

    if torch.cuda.is_available():
        return int(torch.cuda.max_memory_reserved())
    if sys.platform == "win32":
        import psutil

        return int(psutil.Process().memory_info().peak_wset)
    # Not getrusage: what it tells of a new process begins at the size of the one that started it.
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
        return 1024 * int(status.split("VmHWM:")[1].split()[0])
    except (OSError, IndexError):
        import resource

        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return int(most) * (1 if sys.platform == "darwin" else 1024)


def temperature() -> int | None:
    """Of the card that is computed on, in degrees Celsius; `None` where there is none or it does
    not say."""
    import pynvml
    import torch

    if not torch.cuda.is_available():
        return None
    try:
        return int(torch.cuda.temperature())
    except (pynvml.NVMLError, RuntimeError, ImportError):
        return None


def give_back() -> None:
    """Return memory that is free within this process to the system, where the C library can.

    To be called once a model is made: 600 MB of what that took for a while stayed with the
    process of a small one.
    """
    gc.collect()
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)
