"""Asks the reading process, and ends it when a document takes too long or too much memory."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.documents.base import refused

ROOT = str(Path(__file__).parents[2])
TICK = 0.25
"""Seconds between two looks at the process."""
SINGLE = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
"""One thread is enough, and each one more reserves memory."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one document may cost.

    seconds  for any document, and `pace` bytes a second on top for a large one
    memory   bytes of the whole reading process
    """

    seconds: float = 60.0
    pace: float = 500_000.0
    memory: int = 1_000_000_000

    def time(self, size: int) -> float:
        """Seconds for a file of `size` bytes."""
        return self.seconds + size / self.pace


class Process:
    """The reading process: started when it is first asked, and again after it has died."""

    def __init__(self, log: Path, limits: Limits) -> None:
        self.log = log
        self.limits = limits
        self.child: subprocess.Popen[str] | None = None
        self.pid = 0
        self.answers: queue.SimpleQueue[str | None] = queue.SimpleQueue()

    def ask(self, question: dict[str, Any], size: int) -> dict[str, Any]:
        """The answer, which may itself be an error as JSON under "why".

        size  of the file in question, in bytes

        Raises `LabError`: paper_slow, paper_memory, paper_died.
        """
        child = self.child or self._start()
        assert child.stdin is not None
        try:
            child.stdin.write(json.dumps(question) + "\n")
            child.stdin.flush()
        except OSError as error:
            self.close()
            raise refused("paper_died") from error
        found = self._wait(child, self.limits.time(size))
        if found.get("why", {}).get("key") == "paper_memory":
            # What is left of a process that ran out of memory is not to be built upon.
            self.close()
        return found

    def _wait(self, child: subprocess.Popen[str], seconds: float) -> dict[str, Any]:
        end = time.monotonic() + seconds
        while True:
            try:
                line = self.answers.get(timeout=TICK)
            except queue.Empty:
                if time.monotonic() > end:
                    self.close()
                    raise refused("paper_slow", seconds=round(seconds)) from None
                if _resident(child.pid) > self.limits.memory:
                    self.close()
                    raise refused("paper_memory") from None
                continue
            if line is None:
                self.close()
                raise refused("paper_died")
            found: dict[str, Any] = json.loads(line)
            return found

    def _start(self) -> subprocess.Popen[str]:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self.child = subprocess.Popen(
                [sys.executable, "-m", "lab.documents.worker", str(self.limits.memory)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, cwd=ROOT,
                text=True, encoding="ascii", env={**os.environ, **SINGLE},
            )  # fmt: skip
        self.pid = self.child.pid
        self.answers = queue.SimpleQueue()
        threading.Thread(target=_listen, args=(self.child, self.answers), daemon=True).start()
        return self.child

    def close(self) -> None:
        """End the process, whatever it is at."""
        if self.child is not None:
            self.child.kill()
            self.child.wait()
            for pipe in (self.child.stdin, self.child.stdout):
                if pipe is not None:
                    _shut(pipe)
        self.child = None

    def __enter__(self) -> Process:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _listen(child: subprocess.Popen[str], answers: queue.SimpleQueue[str | None]) -> None:
    """Pass on what the process says, and its end as `None`."""
    assert child.stdout is not None
    try:
        for line in child.stdout:
            answers.put(line)
    except ValueError:  # closed while it was waited for
        pass
    answers.put(None)


def _shut(pipe: Any) -> None:
    try:
        pipe.close()
    except OSError:  # something was still to be written to a process that is gone
        return


def _resident(pid: int) -> int:
    """Bytes of memory a process holds; 0 when it is gone."""
    import psutil

    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.Error:
        return 0
