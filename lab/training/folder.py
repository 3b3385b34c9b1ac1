"""A run is a folder: what it was told, what happened, where it stands.

    recipe.json    the resolved recipe            events.jsonl   everything that happened
    about.json     environment, seed, data hashes  wish.json      run, pause or stop
    data.json      where its texts lie, made ready    owner.json     who may change it
    checkpoints/   the last two                    samples/       pictures it made
    model/         the result, in the Hugging Face layout; adapter/ where only that learnt
    log.txt        what the worker's libraries said
    lock           held by the worker for as long as it lives

Whether it runs is asked of the lock, which the system frees when a process ends
however it ends: no flag can be left behind by a power cut.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from filelock import FileLock
from pydantic import ValidationError

from lab.history import RunEvent
from lab.recipe import Recipe
from lab.training.events import EventLog, read_events
from lab.training.held import held
from lab.training.kept import whole
from lab.types import LabError

Wish = Literal["run", "pause", "stop"]
State = Literal[
    "new", "queued", "waiting", "running", "paused", "interrupted", "finished", "stopped", "failed"
]
ENDED: frozenset[str] = frozenset({"paused", "finished", "stopped", "failed"})


@dataclass(frozen=True, slots=True)
class RunFolder:
    """One run on the disk."""

    path: Path

    @classmethod
    def create(cls, path: Path, recipe: Recipe) -> RunFolder:
        """Make the folder and write the recipe. Raises `LabError("run_unwritable")`."""
        try:
            path.mkdir(parents=True, exist_ok=True)
            made = cls(path)
            if made.recipe_file.exists():
                raise LabError("run_exists", folder=str(path))
            write_atomically(made.recipe_file, recipe.model_dump_json(indent=1))
        except OSError as error:
            raise LabError("run_unwritable", folder=str(path), why=error.strerror or "") from error
        return made

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def recipe_file(self) -> Path:
        return self.path / "recipe.json"

    @property
    def made(self) -> float:
        """When it was told what it is, in seconds since the epoch."""
        return self.recipe_file.stat().st_mtime

    @property
    def events_file(self) -> Path:
        return self.path / "events.jsonl"

    @property
    def model(self) -> Path:
        """What it left: a whole model, or the adapter of one."""
        adapter = self.path / "adapter"
        return adapter if adapter.is_dir() else self.path / "model"

    def target(self, adapter: bool) -> Path:
        """Where what it leaves is to lie."""
        return self.path / ("adapter" if adapter else "model")

    @property
    def checkpoints(self) -> Path:
        return self.path / "checkpoints"

    @property
    def resumable(self) -> bool:
        """Whether it has a whole checkpoint: to go on from, or to make its model of."""
        return bool(whole(self.checkpoints))

    @property
    def recipe(self) -> Recipe:
        """What the run was told. Raises `LabError`: no_such_run, run_broken."""
        try:
            return Recipe.model_validate(json.loads(self.recipe_file.read_text(encoding="utf-8")))
        except FileNotFoundError as error:
            raise LabError("no_such_run", run=self.name) from error
        except ValidationError as error:
            first = error.errors()[0]
            why = ": ".join([*(str(part) for part in first["loc"]), first["msg"]])
            raise self.broken(self.recipe_file, why) from error
        except OSError as error:
            raise self.broken(self.recipe_file, error.strerror or "") from error
        except ValueError as error:  # half-written
            raise self.broken(self.recipe_file, str(error)) from error

    def rewrite(self, recipe: Recipe) -> None:
        """Change what the run is told, its length above all. Raises as `create` does."""
        self._write(self.recipe_file, recipe.model_dump_json(indent=1))

    @property
    def wish(self) -> Wish:
        """What a person last asked of it."""
        try:
            wish: Wish = json.loads((self.path / "wish.json").read_text())["wish"]
        except (OSError, ValueError, KeyError):
            return "run"
        return wish

    def ask(self, wish: Wish) -> None:
        """Leave a wish for the worker. Raises as `create` does."""
        self._write(self.path / "wish.json", json.dumps({"wish": wish}))

    def broken(self, file: Path, why: str) -> LabError:
        """What to say of a file of it that cannot be read."""
        return LabError("run_broken", run=self.name, file=file.name, why=why)

    def _write(self, path: Path, text: str) -> None:
        try:
            write_atomically(path, text)
        except OSError as error:
            why = error.strerror or ""
            raise LabError("run_unwritable", folder=str(self.path), why=why) from error

    @property
    def owner(self) -> str:
        """The visitor who may change it beside the host; empty for a run of the host's own."""
        try:
            return str(json.loads((self.path / "owner.json").read_text())["owner"])
        except (OSError, ValueError, KeyError, TypeError):
            return ""

    def give_to(self, owner: str) -> None:
        """Say whose it is. Raises as `create` does."""
        self._write(self.path / "owner.json", json.dumps({"owner": owner}))

    def log(self) -> EventLog:
        return EventLog(self.events_file)

    def events(self, since: int = 0) -> tuple[list[RunEvent], int]:
        return read_events(self.events_file, since)

    @property
    def last_step(self) -> int:
        """The last step anything was said of."""
        return max((event.step for event in self.events()[0]), default=0)

    def lock(self) -> FileLock:
        """Held by whoever trains here. Not reentrant between processes."""
        return FileLock(self.path / "lock")

    @property
    def alive(self) -> bool:
        """Whether a worker lives. Asked of the system, not of a file's words."""
        return held(self.path / "lock")

    def state(self, queued: bool = False) -> State:
        """Where the run stands, from its events and from whether its worker lives."""
        # Asked before the events are read: one that ends meanwhile has said so by then.
        alive = self.alive
        return self.state_of(self.events()[0], alive, queued)

    def state_of(self, events: Sequence[RunEvent], alive: bool, queued: bool) -> State:
        """The same, for whoever has asked and read already."""
        said = [e.data.get("state") for e in events if e.kind == "status"]
        last = said[-1] if said else None
        if alive:
            return "waiting" if last == "waiting" else "running"
        if queued:
            return "queued"
        if last is None:
            # A worker that was begun and is gone before it spoke has left its lock.
            return "interrupted" if (self.path / "lock").exists() else "new"
        return last if last in ENDED else "interrupted"  # type: ignore[return-value]

    def note(self, about: dict[str, Any]) -> None:
        """Write down the surroundings: versions, machine, seed, hashes of the data."""
        write_atomically(self.path / "about.json", json.dumps(about, indent=1, ensure_ascii=False))

    @property
    def about(self) -> dict[str, Any]:
        try:
            found: dict[str, Any] = json.loads((self.path / "about.json").read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return found


def write_atomically(path: Path, text: str) -> None:
    """The old file or the new one, never half of either."""
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    with partial.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
