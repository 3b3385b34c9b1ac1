"""One run inside a worker: made ready, walked step by step, brought to its end."""

from __future__ import annotations

import importlib.util
import os
import sys
import traceback
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lab.training.folder import RunFolder, Wish
from lab.types import LabError

if TYPE_CHECKING:
    from lab.training.engine import Engine
    from lab.training.setup import Work

FULL = 28
"""The system's number for a disk that is full."""


class Job:
    """A run, from its folder to its model. What goes wrong ends it alone, and is written down."""

    def __init__(self, run: RunFolder, home: Path) -> None:
        self.run, self.home = run, home
        self.log = run.log()
        self.failed = False
        self._engine: Engine
        self._work: Work
        self._walk: Generator[None, None, Wish]

    @property
    def share(self) -> float:
        """How much of its way it has gone, 0 to 1."""
        return self._engine.progress.step / self._engine.recipe.steps

    def begin(self) -> bool:
        """Read the data, make the model, take up the last checkpoint; false when that failed."""
        return self._told(self._begin)

    def go(self) -> bool:
        """One step; false when the run has ended, as asked or not."""
        return self._told(self._go)

    def say(self, state: str) -> None:
        self.log.add("status", self.run.last_step, state=state)

    def fail(self, error: Exception) -> None:
        """Write down why; where even that cannot be written, say it on stderr."""
        told = _as_told(error)
        self.refuse(told)
        try:
            self.log.add("error", self.run.last_step, key=told.key, facts=told.facts)
            self.say("failed")
        except OSError as more:
            print(more, file=sys.stderr)

    def refuse(self, told: LabError) -> None:
        """Say on stderr alone why it cannot be: the run's history is another's."""
        print(told, file=sys.stderr)
        self.failed = True

    # -- inside -------------------------------------------------------------------

    def _told(self, act: Any) -> bool:
        try:
            return bool(act())
        except Exception as error:  # a run never ends in silence, nor takes others with it
            self.fail(error)
            return False

    def _begin(self) -> bool:
        from lab.training.engine import Engine
        from lab.training.memory import give_back
        from lab.training.setup import set_up

        recipe = self.run.recipe
        accelerator = _accelerator(recipe.log, self.run.path)
        self._work = set_up(recipe, self.home, self.run.path / "data.json")
        give_back()
        self._engine = Engine(self.run, self._work, accelerator, self.log, self.home)
        self._walk = self._engine.walk()
        if self._engine.leads:
            self._note()
            self.log.add("status", self._engine.progress.step, state="running", steps=recipe.steps)
        return True

    def _go(self) -> bool:
        try:
            next(self._walk)
        except StopIteration as end:
            self._end(end.value)
            return False
        return True

    def _end(self, wish: Wish) -> None:
        engine = self._engine
        if engine.leads:
            if engine.progress.step > 0:
                self._leave()
            state = {"pause": "paused", "stop": "stopped", "run": "finished"}[wish]
            self.log.add("status", engine.progress.step, state=state)
        engine.accelerator.wait_for_everyone()
        engine.accelerator.end_training()

    def _leave(self) -> None:
        """Its model, also of a run that pauses: one can predict with what it has learnt so far."""
        from lab.training.export import export
        from lab.training.own_card import write_card

        engine = self._engine
        with engine.averaged():
            if (step := engine.best.put_back(engine.inner)) is not None:
                self.log.add("status", engine.progress.step, state="running",
                             note="kept_best", at=step)  # fmt: skip
            target = self.run.target(self._work.adapter is not None)
            export(self._work, engine.progress, target)
            write_card(self.run, self.home)

    def _note(self) -> None:
        import torch

        from lab.training.export import software

        accelerator = self._engine.accelerator
        self.run.note(
            {
                "seed": self.run.recipe.seed,
                "software": software(),
                "accelerator": str(accelerator.device),
                "processes": accelerator.num_processes,
                "threads": torch.get_num_threads(),
                "computed_in": "bf16" if self._engine.bf16 else "fp32",
                "parameters": sum(p.numel() for p in self._work.model.parameters()),
                "sources": list(self._work.sources),
            }
        )


def _accelerator(log: str, folder: Path) -> Any:
    """accelerate's way to processes and devices, with the second log where one is wished for."""
    import torch
    from accelerate import Accelerator

    if log and importlib.util.find_spec(log) is None:
        raise LabError("no_second_log", library=log)
    project = str(folder) if log else None
    cpu = not torch.cuda.is_available()
    accelerator = Accelerator(cpu=cpu, log_with=log or None, project_dir=project)
    if log:
        accelerator.init_trackers("log")
    return accelerator


def _as_told(error: Exception) -> LabError:
    """What went wrong, as a sentence; with its traceback in the log where nobody foresaw it."""
    if isinstance(error, LabError):
        return error
    why = f"{type(error).__name__}: {error}"[:300]
    if isinstance(error, OSError) and error.errno == FULL:
        return LabError("disk_full_now", why=why)
    traceback.print_exc()
    return LabError("unexpected", why=why)


def leads() -> bool:
    """Whether this process, of perhaps several, is the one that speaks and writes."""
    return int(os.environ.get("RANK", "0")) == 0
