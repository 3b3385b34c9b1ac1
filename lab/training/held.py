"""Whether a lock is held, asked without disturbing whoever else asks or would take it."""

from __future__ import annotations

import sys
from pathlib import Path

if sys.platform == "win32":
    from filelock import FileLock, Timeout

    PATIENCE, AGAIN = 0.05, 0.01
    """Seconds that another's question, which takes the lock for a moment, may last."""

    def held(file: Path) -> bool:
        """Whether somebody holds the lock `file`; false where there is none."""
        if not file.exists():
            return False
        try:
            with FileLock(file).acquire(timeout=PATIENCE, poll_interval=AGAIN):
                return False
        except Timeout:
            return True
        except OSError:
            return False  # a folder that cannot be written cannot be trained in either

else:
    import fcntl

    def held(file: Path) -> bool:
        """Whether somebody holds the lock `file`; false where there is none.

        The lock is shared for a moment: any number may ask at once, and only one that takes it
        for itself (`filelock`, by `flock`) is in their way.
        """
        try:
            with file.open("rb") as lock:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False
