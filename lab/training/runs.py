"""All runs of this machine: made, queued, begun, asked to pause, resumed, thrown away.

A queue lies in a file, so that it outlives the app. Whoever holds the attendant's lock
begins the next run when the accelerator is free: one app at a time, however many are open.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import secrets
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from lab.config import checked
from lab.history import Known, RunNews, RunSummary, RunView
from lab.models.sources.run import NAME
from lab.recipe import Recipe, changed
from lab.texts import ASSETS
from lab.training.folder import RunFolder, Wish, write_atomically
from lab.training.launch import ACCELERATOR, spawn
from lab.training.story import Story
from lab.types import LabError

RECORDED = ASSETS / "runs"
TRASH_DAYS = 30
MOST_TOGETHER = 5
"""Runs of one family that train side by side in one worker."""
ATTEND_EVERY = 0.5


class Runs:
    """The runs below one home folder. Safe for several threads and several apps."""

    def __init__(self, home: Path, recordings: Path = RECORDED) -> None:
        """`recordings`: runs that ship with the lab; they are looked at, never changed."""
        self.home, self.recordings = home, recordings
        self.folder = home / "runs"
        self.trash = home / "trash"
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._born: dict[str, float] = {}
        self._attending = threading.Event()
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

    @property
    def queue(self) -> list[str]:
        """Names of those that wait, the next first."""
        try:
            names: list[str] = json.loads((self.home / "queue.json").read_text())
        except (OSError, ValueError):
            return []
        return [n for n in names if (self.folder / n / "recipe.json").is_file()]

    def story(self, name: str) -> Story:
        """A run's history; what has been read of it is kept."""
        run = self.look(name)
        return self._stories.setdefault(name, Story(run, run.path.parent == self.recordings))

    def summaries(self) -> tuple[RunSummary, ...]:
        """Every run in a line, the newest first, those that came with the lab behind."""
        return tuple(self._lines())

    def _lines(self) -> Iterator[RunSummary]:
        places = {name: place for place, name in enumerate(self.queue)}
        for run in [run for run in self.all() if NAME.fullmatch(run.name)] + self.recorded():
            with contextlib.suppress(LabError):  # thrown away meanwhile
                yield self._summary(run.name, places.get(run.name, -1))

    def _summary(self, name: str, place: int) -> RunSummary:
        """One line; a worker that has been begun but has not yet spoken is starting."""
        told = self.story(name).summary(place)
        child, born = self._children.get(name), self._born.get(name, 0.0)
        if child is None or child.poll() is not None or told.state == "waiting":
            return told
        spoke = max((event.time for event in self.story(name).events()[-1:]), default=0.0)
        return told if spoke > born else dataclasses.replace(told, state="starting")

    def view(self, name: str, since: int = 0) -> RunView:
        """All of a run, with the samples after the first `since`."""
        queue = self.queue
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
        if run.alive:
            run.ask("run")
            return
        run.ask("run")
        with self._queued() as names:
            if name not in names:
                names.append(name)

    def ask(self, name: str, wish: Wish) -> None:
        """Pause or stop. One that waits in the queue leaves it; nothing it made is lost."""
        run = self.find(name)
        with self._queued() as names:
            waiting = name in names
            if waiting:
                names.remove(name)
        run.ask(wish)
        if waiting and wish == "pause":
            run.log().add("status", run.last_step, state="paused")
        elif wish == "stop" and not run.alive and run.state() not in ("finished", "stopped"):
            # Its last checkpoint becomes its model.
            with self._queued() as names:
                names.insert(0, name)

    def reorder(self, wanted: list[str]) -> None:
        """Those named first, in that order; the others behind as they were."""
        with self._queued() as names:
            first = [n for n in wanted if n in names]
            names[:] = [*first, *(n for n in names if n not in first)]

    def extend(self, name: str, steps: int) -> None:
        """Make it longer by `steps` and go on. Raises as `lengthen` does."""
        self.lengthen(self.find(name), steps)
        self.begin(name)

    def lengthen(self, run: RunFolder, steps: int) -> None:
        """Let it be longer by `steps` once it goes on, wherever it lies.

        Raises `LabError`: run_busy while it trains, recipe_broken, setting_too_large.
        """
        if run.alive:
            raise LabError("run_busy", run=run.name)
        recipe = run.recipe
        if steps:
            run.rewrite(checked(Recipe, changed(recipe, {"steps": recipe.steps + steps})))

    def delete(self, name: str) -> None:
        """Into the trash, from where it can be brought back for thirty days."""
        run = self.find(name)
        if run.alive:
            raise LabError("run_busy", run=name)
        with self._queued() as names:
            if name in names:
                names.remove(name)
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

    # -- the attendant ------------------------------------------------------------

    def attend(self, every: float = ATTEND_EVERY) -> None:
        """Begin runs as their turn comes, in a thread, for as long as the app lives."""
        if not self._attending.is_set():
            self._attending.set()
            threading.Thread(target=self._attend, args=(every,), daemon=True).start()

    def leave(self) -> None:
        """Begin no more. What trains goes on without the app."""
        self._attending.clear()

    def _attend(self, every: float) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        with FileLock(self.home / "attendant.lock"):
            self.recover()
            while self._attending.is_set():
                with contextlib.suppress(OSError, LabError):
                    self.begin_next()
                time.sleep(every)

    def recover(self) -> None:
        """Put those that a crash or a power cut interrupted at the head of the queue."""
        broken = [run.name for run in self.all() if run.state() == "interrupted"]
        with self._queued() as names:
            names[:] = [*(n for n in broken if n not in names), *names]

    def begin_next(self) -> list[RunFolder]:
        """Start the first of the queue if the accelerator is free, and its family with it."""
        self._children = {n: child for n, child in self._children.items() if child.poll() is None}
        if self._children or not self._free():
            return []
        with self._queued() as names:
            runs = [self.find(name) for name in self._next(names)]
            names[:] = names[len(runs) :]
        if runs:
            worker = spawn(runs, self.home)
            for run in runs:
                self._born[run.name] = time.time()
                self._children[run.name] = worker
        return runs

    def _next(self, names: list[str]) -> list[str]:
        """The first, and those of its family right behind it: they train side by side."""
        if not names:
            return []
        family = self.find(names[0]).recipe.family
        count = 1
        while family and count < min(MOST_TOGETHER, len(names)):
            if self.find(names[count]).recipe.family != family:
                break
            count += 1
        return names[:count]

    # -- inside -------------------------------------------------------------------

    def _free(self) -> bool:
        lock = FileLock(self.home / ACCELERATOR)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            return False
        lock.release()
        return True

    @contextmanager
    def _queued(self) -> Iterator[list[str]]:
        """The queue, to change: nobody else changes it meanwhile."""
        self.home.mkdir(parents=True, exist_ok=True)
        with FileLock(self.home / "queue.lock"):
            names = self.queue
            yield names
            write_atomically(self.home / "queue.json", json.dumps(names))
