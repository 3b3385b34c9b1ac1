"""What the commands that train share: settings from flags, and a run followed to its end."""

from __future__ import annotations

import json
import sys
import time
import tomllib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from lab.cli._language import language, word
from lab.history import RunEvent
from lab.texts import sentence
from lab.types import LabError

if TYPE_CHECKING:
    from lab.training.folder import RunFolder
    from lab.training.runs import Runs

EVERY = 0.2
ENDED = {"finished": 0, "paused": 0, "stopped": 0, "failed": 1}


def settings(given: Sequence[str]) -> dict[str, Any]:
    """["steps=20", "size.width=64"] as a mapping; values as TOML writes them, or else words.

    Raises `LabError("setting_unreadable")`.
    """
    found: dict[str, Any] = {}
    for one in given:
        key, equals, value = one.partition("=")
        if not equals or not key:
            raise LabError("setting_unreadable", given=one[:100])
        try:
            found[key.strip()] = tomllib.loads(f"v = {value}")["v"]
        except tomllib.TOMLDecodeError:
            found[key.strip()] = value
    return found


def watch(runs: Runs, run: RunFolder, as_json: bool) -> int:
    """Train `run` in a worker and tell what happens until it ends; the exit code.

    Ctrl-C pauses: the worker keeps a checkpoint, and `pretext-lab runs resume` goes on.
    """
    run.ask("run")
    since = _told(run)
    worker = runs.launch(run)
    events = _events(run, worker, since)
    state = "failed"
    with _Bar(run.recipe.steps) as bar:
        while True:
            try:
                for event in events:
                    if as_json:
                        print(_line(event), flush=True)
                    bar.show(event)
                    if event.kind == "status":
                        state = str(event.data.get("state"))
                break
            except KeyboardInterrupt:
                run.ask("pause")
                bar.say(word("cli.runs.pausing"))
                events = _events(run, worker, _told(run))
    if not as_json:
        _last_words(run, state)
    if state not in ENDED:
        raise LabError("worker_gone", folder=str(run.path))
    return ENDED[state]


def _events(run: RunFolder, worker: Any, since: int) -> Iterator[RunEvent]:
    """What is new, until the worker has ended and all has been told."""
    while True:
        over = worker.poll() is not None
        fresh, since = run.events(since)
        yield from fresh
        if over and not fresh:
            return
        if not fresh:
            time.sleep(EVERY)


class _Bar:
    """A progress bar on stderr: the step, the loss, the speed."""

    def __init__(self, steps: int) -> None:
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.completed}/{task.total} {task.fields[figures]}"),
            TimeRemainingColumn(),
        )
        self._progress = Progress(*columns, console=Console(stderr=True))
        self._task = self._progress.add_task(word("cli.runs.begins"), total=steps, figures="")

    def __enter__(self) -> _Bar:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def show(self, event: RunEvent) -> None:
        if event.kind == "metric" and "loss" in event.data:
            figures = f"{event.data['loss']:.3f} · {event.data['per_second']:.0f}/s"
            self._progress.update(self._task, completed=event.step, figures=figures)
        elif event.kind == "status":
            self.say(word(f"run.state.{event.data.get('state')}"))
        elif event.kind == "error":
            error = LabError(str(event.data["key"]), **event.data.get("facts", {}))
            self._progress.console.print(sentence(language(), error), style="red")

    def say(self, text: str) -> None:
        self._progress.update(self._task, description=text)


def _told(run: RunFolder) -> int:
    """Where the history ends now: what was told is not told again."""
    return run.events_file.stat().st_size if run.events_file.exists() else 0


def _line(event: RunEvent) -> str:
    data = {"step": event.step, "time": event.time, "kind": event.kind, "data": dict(event.data)}
    return json.dumps(data)


def _last_words(run: RunFolder, state: str) -> None:
    if state in ("finished", "stopped") and run.model.is_dir():
        print(word("cli.runs.left", folder=str(run.model)))
    elif state == "paused":
        print(word("cli.runs.paused", folder=str(run.path)))
    else:
        print(word("cli.runs.log", file=str(run.path / "log.txt")), file=sys.stderr)
