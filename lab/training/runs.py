"""All runs of this machine: made, queued, asked to pause, resumed, thrown away."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import secrets
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from lab.config import checked
from lab.history import Known, RunNews, RunSummary, RunView
from lab.models.sources.run import NAME
from lab.recipe import ADJUSTABLE, Recipe, changed
from lab.texts import ASSETS
from lab.training.attendant import Attendant
from lab.training.folder import RunFolder, Wish
from lab.training.launch import spawn
from lab.training.queue import Queue
from lab.training.story import Story
from lab.types import LabError

RECORDED = ASSETS / "runs"
TRASH_DAYS = 30


class Runs:
    """The runs below one home folder. Safe for several threads and several apps."""

    def __init__(self, home: Path, recordings: Path = RECORDED) -> None:
        """`recordings`: runs that ship with the lab; they are looked at, never changed."""
        self.home, self.recordings = home, recordings
        self.folder = home / "runs"
        self.trash = home / "trash"
        self.queue = Queue(home, self.folder)
        self.attendant = Attendant(self)
        self._stories: dict[str, Story] = {}

    # -- finding ----------------------------------------------------------------

    def all(self) -> list[RunFolder]:
        """Every run, the newest first."""
        found = [RunFolder(p.parent) for p in self.folder.glob("*/recipe.json")]
        return sorted(found, key=lambda run: run.recipe_file.stat().st_ctime, reverse=True)

    def told(self) -> Iterator[tuple[RunFolder, Recipe]]:
        """The same with their recipes, but for those whose recipe cannot be used."""
        for run in self.all():
            with contextlib.suppress(LabError):
                yield run, run.recipe

    def recorded(self) -> list[RunFolder]:
        """Those that ship with the lab, to be replayed."""
        return [RunFolder(path.parent) for path in sorted(self.recordings.glob("*/recipe.json"))]

    def find(self, name: str) -> RunFolder:
        """A run of this machine by its name; never anything outside the folder of runs.

        Raises `LabError`: no_such_run, or run_recorded for one that came with the lab.
        """
        run = RunFolder(self.folder / name)
        if not NAME.fullmatch(name) or not run.recipe_file.is_file():
            known = any(recorded.name == name for recorded in self.recorded())
            raise LabError("run_recorded" if known else "no_such_run", run=name[:100])
        return run

    def look(self, name: str) -> RunFolder:
        """A run to look at: also one that came with the lab. Raises as `find`."""
        found = next((run for run in self.recorded() if run.name == name), None)
        return found or self.find(name)

    def open(self, name: str) -> RunFolder:
        """A run by its name, or any folder that holds one: for the command line alone."""
        path = Path(name).expanduser()
        return RunFolder(path.absolute()) if (path / "recipe.json").is_file() else self.find(name)

    def story(self, name: str) -> Story:
        """A run's history; what has been read of it is kept."""
        run = self.look(name)
        return self._stories.setdefault(name, Story(run, run.path.parent == self.recordings))

    def summaries(self) -> tuple[RunSummary, ...]:
        """Every run in a line, the newest first, those that came with the lab behind."""
        return tuple(self._lines())

    def _lines(self) -> Iterator[RunSummary]:
        places = {name: place for place, name in enumerate(self.queue.names)}
        for run in [run for run in self.all() if NAME.fullmatch(run.name)] + self.recorded():
            with contextlib.suppress(LabError, OSError):  # thrown away meanwhile
                yield self._summary(run.name, places.get(run.name, -1))

    def _summary(self, name: str, place: int) -> RunSummary:
        """One line; a worker that has been begun but has not yet spoken is starting."""
        told = self.story(name).summary(place)
        if place >= 0:
            return dataclasses.replace(told, why=told.why or self.attendant.trouble(name))
        begun = self.attendant.begun(name)
        if begun is None or told.state in ("waiting", "broken"):
            return told
        spoke = max((event.time for event in self.story(name).events()[-1:]), default=0.0)
        return told if spoke > begun else dataclasses.replace(told, state="starting")

    def view(self, name: str, since: int = 0) -> RunView:
        """All of a run, with the samples after the first `since`."""
        queue = self.queue.names
        return self.story(name).view(since, queue.index(name) if name in queue else -1)

    def news(self, name: str, known: Known) -> RunNews:
        """What has happened in a run since somebody saw `known` of it."""
        return self.story(name).news(known)

    def view_of(self, run: RunFolder) -> RunView:
        """All of any run, wherever it lies."""
        return Story(run).view()

    # -- making -----------------------------------------------------------------

    def create(self, recipe: Recipe, path: Path | None = None) -> RunFolder:
        """A new run, not yet begun. Raises `LabError`: run_exists, run_unwritable."""
        name = f"{time.strftime('%Y%m%d-%H%M%S')}-{recipe.objective}-{secrets.token_hex(2)}"
        return RunFolder.create(path or self.folder / name, recipe)

    def duplicate(self, name: str, changes: Mapping[str, Any]) -> RunFolder:
        """A new run with the recipe of another and some changes (dotted keys)."""
        values = changed(self.look(name).recipe, dict(changes))
        return self.create(checked(Recipe, values))

    def launch(self, *together: RunFolder) -> subprocess.Popen[bytes]:
        """A worker for the runs, now; it waits for the accelerator by itself."""
        return spawn(together, self.home)

    # -- what a person can ask ---------------------------------------------------

    def begin(self, name: str) -> None:
        """Put it in the queue; at once when nothing else trains. Also what goes on with it."""
        run = self.find(name)
        run.ask("run")
        if not run.alive:
            self.queue.join(name)

    def ask(self, name: str, wish: Wish) -> None:
        """Pause or stop. One that waits in the queue leaves it; nothing it made is lost."""
        run = self.find(name)
        waited = self.queue.leave(name)
        run.ask(wish)
        if run.alive or self.attendant.begun(name) is not None:
            return  # its worker hears
        if wish == "stop":
            self._stop(run)
        elif waited:
            run.log().add("status", run.last_step, state="paused")

    def _stop(self, run: RunFolder) -> None:
        """Its last checkpoint becomes its model, before anything else is begun. Without one there
        is nothing to make a model of but random weights."""
        state = run.state()
        if state in ("finished", "stopped"):
            return
        if run.resumable:
            self.queue.join(run.name, first=True)
        elif state != "failed":
            run.log().add("status", run.last_step, state="stopped")

    def reorder(self, wanted: list[str]) -> None:
        """Those named first, in that order; the others behind as they were."""
        with self.queue.changed() as names:
            first = [n for n in wanted if n in names]
            names[:] = [*first, *(n for n in names if n not in first)]

    def extend(self, name: str, steps: int, changes: Mapping[str, Any]) -> None:
        """Change how it goes on, and go on. Raises as `adjust` does."""
        self.adjust(self.find(name), steps, changes)
        self.begin(name)

    def adjust(self, run: RunFolder, steps: int, changes: Mapping[str, Any]) -> None:
        """Let a run, wherever it lies, be longer by `steps` once it goes on, and learn otherwise.

        changes  of `lab.recipe.ADJUSTABLE`, by dotted keys

        Raises `LabError`: run_busy while it trains, run_broken, setting_settled, or a bad setting.
        """
        if run.alive:
            raise LabError("run_busy", run=run.name)
        recipe = run.recipe
        if settled := [key for key in changes if key not in ADJUSTABLE]:
            raise LabError("setting_settled", where=settled[0], known=", ".join(ADJUSTABLE))
        if steps or changes:
            told = changed(recipe, {**changes, "steps": recipe.steps + steps})
            run.rewrite(checked(Recipe, told))

    def delete(self, name: str) -> None:
        """Into the trash, from where it can be brought back for thirty days."""
        run = self.find(name)
        if run.alive:
            raise LabError("run_busy", run=name)
        self.queue.leave(name)
        self.trash.mkdir(parents=True, exist_ok=True)
        self._stories.pop(name, None)
        target = self.trash / name
        shutil.rmtree(target, ignore_errors=True)
        run.path.rename(target)
        os.utime(target)
        self.empty_trash()

    def thrown(self, name: str) -> RunFolder:
        """A run in the trash. Raises `LabError("no_such_run")`."""
        run = RunFolder(self.trash / name)
        if not NAME.fullmatch(name) or not run.path.is_dir():
            raise LabError("no_such_run", run=name[:100])
        return run

    def restore(self, name: str) -> None:
        """Bring a run back from the trash. Raises as `thrown` does."""
        self.thrown(name).path.rename(self.folder / name)

    def empty_trash(self, days: float = TRASH_DAYS) -> None:
        """Forget what has lain in the trash for longer."""
        for old in self.trash.glob("*"):
            if time.time() - old.stat().st_mtime > days * 86_400:
                shutil.rmtree(old, ignore_errors=True)
