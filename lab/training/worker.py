"""The process that trains: `python -m lab.training.worker RUN_DIR [RUN_DIR …]`.

    accelerate launch --multi_gpu --num_processes 2 -m lab.training.worker RUN_DIR

trains the same run on several processes, cards or machines (`--multi_gpu` is what starts them,
also where there is no card and they compute on processors). Several runs, a family, go side by
side: whoever is least far on takes the next step. Whatever happens to the process, the app
lives on; when it ends, the memory is free.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from lab.training.folder import RunFolder
from lab.training.job import Job, leads
from lab.training.launch import ACCELERATOR
from lab.types import LabError

POLL = 0.3
PATIENCE = 10.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", type=Path, nargs="+", help="folders of runs")
    parser.add_argument("--home", type=Path, default=None, help="the lab's own folder")
    given = parser.parse_args()
    from lab.models.catalogue import default_home

    runs = [RunFolder(path.absolute()) for path in given.runs]
    sys.exit(work(runs, given.home or default_home()))


def work(runs: Sequence[RunFolder], home: Path) -> int:
    """Train `runs` and say in their events how they ended. 0 when all ended as asked."""
    jobs = [Job(run, home) for run in runs]
    with ExitStack() as held:
        if leads():
            mine = [job for job in jobs if _locked(job, held)]
            _together(held.enter_context(_turn(mine, home)))
        else:
            _together(jobs)
    # Whoever started several processes ends the others when one of them says that it failed.
    return int(any(job.failed for job in jobs))


def _together(jobs: Sequence[Job]) -> None:
    """Step by step, the one that is least far on next, until each has ended."""
    living = [job for job in jobs if job.begin()]
    while living:
        one = min(living, key=lambda job: job.share)
        if not one.go():
            living.remove(one)


def _locked(job: Job, held: ExitStack) -> bool:
    """Hold the run's lock for as long as the worker lives; false, and told, when that cannot be."""
    lock = job.run.lock()
    try:
        lock.acquire(timeout=PATIENCE)
    except Timeout:
        job.refuse(LabError("run_busy", run=job.run.name))
        return False
    except OSError as error:
        why = error.strerror or ""
        job.fail(LabError("run_unwritable", folder=str(job.run.path), why=why))
        return False
    held.callback(lock.release)
    return True


@contextmanager
def _turn(jobs: Sequence[Job], home: Path) -> Iterator[list[Job]]:
    """The accelerator to oneself; gives the jobs that were not paused or stopped meanwhile."""
    home.mkdir(parents=True, exist_ok=True)
    lock = FileLock(home / ACCELERATOR)
    waiting = list(jobs)
    told = False
    while waiting:
        try:
            lock.acquire(timeout=0)
            break
        except Timeout:
            waiting = [job for job in waiting if not _called_off(job)]
            for job in waiting if not told else ():
                job.say("waiting")
            told = True
            time.sleep(POLL)
    try:
        yield waiting
    finally:
        lock.release()


def _called_off(job: Job) -> bool:
    """Whether it was paused or stopped while it waited.

    One that is to stop, but has a checkpoint, waits on to make its model of it.
    """
    wish = job.run.wish
    if wish == "run" or (wish == "stop" and job.run.resumable):
        return False
    job.say({"pause": "paused", "stop": "stopped"}[wish])
    return True


if __name__ == "__main__":
    main()
