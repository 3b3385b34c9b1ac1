"""The process that trains one run: `python -m lab.training.worker RUN_DIR`.

    accelerate launch --multi_gpu --num_processes 2 -m lab.training.worker RUN_DIR

trains the same run on several processes, cards or machines (`--multi_gpu` is what starts them,
also where there is no card and they compute on processors). Whatever happens to it, the app
lives on; when it ends, the memory is free.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from lab.training.events import EventLog
from lab.training.folder import RunFolder
from lab.training.runs import ACCELERATOR
from lab.types import LabError

POLL = 0.3
PATIENCE = 10.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path, help="the folder of a run")
    parser.add_argument("--home", type=Path, default=None, help="the lab's own folder")
    given = parser.parse_args()
    from lab.models.catalogue import default_home

    sys.exit(work(RunFolder(given.run.absolute()), given.home or default_home()))


def work(run: RunFolder, home: Path) -> int:
    """Train `run` and say in its events how it ended. 0 when it ended as asked."""
    leads = int(os.environ.get("RANK", "0")) == 0
    log = run.log()
    try:
        if not leads:
            return _train(run, home, log)
        with _alone(run), _turn(run, home, log) as wish:
            if wish:
                log.add("status", _last_step(run), state=wish)
                return 0
            return _train(run, home, log)
    except LabError as error:
        return _failed(log, run, error)
    except OSError as error:
        full = error.errno == 28
        key = "disk_full_now" if full else "unexpected"
        return _failed(log, run, LabError(key, why=f"{type(error).__name__}: {error}"[:300]))
    except Exception as error:  # the worker's last word: a run never ends in silence
        import traceback

        traceback.print_exc()
        return _failed(
            log, run, LabError("unexpected", why=f"{type(error).__name__}: {error}"[:300])
        )


def _train(run: RunFolder, home: Path, log: EventLog) -> int:
    import torch
    from accelerate import Accelerator

    from lab.training.engine import Engine
    from lab.training.export import export, software
    from lab.training.setup import set_up

    recipe = run.recipe
    if recipe.log and importlib.util.find_spec(recipe.log) is None:
        raise LabError("no_second_log", library=recipe.log)
    accelerator: Any = Accelerator(
        cpu=not torch.cuda.is_available(),
        log_with=recipe.log or None,
        project_dir=str(run.path) if recipe.log else None,
    )
    if recipe.log:
        accelerator.init_trackers("log")
    job = set_up(recipe, home)
    engine = Engine(run, job, accelerator, log, home)
    begun = engine.progress.step
    if engine.leads:
        run.note(
            {
                "seed": recipe.seed,
                "software": software(),
                "accelerator": str(accelerator.device),
                "processes": accelerator.num_processes,
                "threads": torch.get_num_threads(),
                "parameters": sum(p.numel() for p in job.model.parameters()),
                "sources": list(job.sources),
            }
        )
        log.add("status", begun, state="running", steps=recipe.steps)
    wish = engine.train()
    if engine.leads:
        # Also of a run that pauses: one can predict with what it has learnt so far.
        with engine.averaged():
            export(job, engine.progress, run.model)
        state = {"pause": "paused", "stop": "stopped", "run": "finished"}[wish]
        log.add("status", engine.progress.step, state=state)
    accelerator.wait_for_everyone()
    accelerator.end_training()
    return 0


@contextmanager
def _alone(run: RunFolder) -> Iterator[None]:
    """Nobody else trains this run. Raises `LabError`: run_busy, run_unwritable."""
    lock = run.lock()
    try:
        lock.acquire(timeout=PATIENCE)
    except Timeout as error:
        raise LabError("run_busy", run=run.name) from error
    except OSError as error:
        raise LabError("run_unwritable", folder=str(run.path), why=error.strerror or "") from error
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _turn(run: RunFolder, home: Path, log: EventLog) -> Iterator[str]:
    """The accelerator to oneself; gives "paused" or "stopped" when that was wished meanwhile."""
    home.mkdir(parents=True, exist_ok=True)
    lock = FileLock(home / ACCELERATOR)
    told = False
    while True:
        try:
            lock.acquire(timeout=0)
            break
        except Timeout:
            # One that is to stop, but has a checkpoint, waits on to make its model of it.
            wish = run.wish
            if wish == "pause" or (wish == "stop" and not run.checkpoints.exists()):
                yield {"pause": "paused", "stop": "stopped"}[wish]
                return
            if not told:
                log.add("status", _last_step(run), state="waiting")
                told = True
            time.sleep(POLL)
    try:
        yield ""
    finally:
        lock.release()


def _failed(log: EventLog, run: RunFolder, error: LabError) -> int:
    """Write down why; where even that cannot be written, say it on stderr."""
    print(error, file=sys.stderr)
    try:
        step = _last_step(run)
        log.add("error", step, key=error.key, facts=error.facts)
        log.add("status", step, state="failed")
    except OSError as more:
        print(more, file=sys.stderr)
    return 1


def _last_step(run: RunFolder) -> int:
    events, _ = run.events()
    return max((event.step for event in events), default=0)


if __name__ == "__main__":
    main()
