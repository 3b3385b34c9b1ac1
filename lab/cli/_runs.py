"""What the commands that train share: settings from flags, and a run followed to its end."""

from __future__ import annotations

import json
import sys
import time
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from lab.cli._language import language, word
from lab.history import RunEvent
from lab.texts import sentence
from lab.types import LabError

if TYPE_CHECKING:
    from lab.recipe import Recipe
    from lab.training.folder import RunFolder, Wish
    from lab.training.runs import Runs

Changes = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help=word("cli.runs.set"))
]
RunDir = Annotated[Path | None, typer.Option(metavar="FOLDER", help=word("cli.runs.run_dir"))]
AsJson = Annotated[bool, typer.Option("--json", help=word("cli.runs.json"))]
EVERY = 0.2
ENDED = {"finished": 0, "paused": 0, "stopped": 0, "failed": 1}


def absolute(path: Path) -> Path:
    """As a run keeps it, which is read wherever its worker stands."""
    return path.expanduser().absolute()


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


def watch(runs: Runs, together: Sequence[RunFolder], as_json: bool, wish: Wish = "run") -> int:
    """Train runs side by side in one worker and tell what happens until all end; the exit code.

    wish  "stop": they go no further, and become models where they stand

    Ctrl-C pauses: the worker keeps a checkpoint, and `pretext-lab runs resume` goes on.
    """
    for run in together:
        run.ask(wish)
    since = {run: _told(run) for run in together}
    states = dict.fromkeys(together, "failed")
    worker = runs.launch(*together)
    with _Bars(together) as bars:
        while True:
            try:
                for run, event in _events(since, worker):
                    if as_json:
                        print(_line(event, run if len(together) > 1 else None), flush=True)
                    bars.show(run, event)
                    if event.kind == "status":
                        states[run] = str(event.data.get("state"))
                break
            except KeyboardInterrupt:
                for run in together:
                    run.ask("pause")
                    bars.say(run, word("cli.runs.pausing"))
    if not as_json:
        for run, state in states.items():
            _last_words(run, state)
    if gone := [run for run, state in states.items() if state not in ENDED]:
        raise LabError("worker_gone", folder=str(gone[0].path))
    return max(ENDED[state] for state in states.values())


def _events(since: dict[RunFolder, int], worker: Any) -> Iterator[tuple[RunFolder, RunEvent]]:
    """What is new, until the worker has ended and all has been told.

    since  where each history has been told to; kept up as events are given
    """
    while True:
        over = worker.poll() is not None
        quiet = True
        for run, told in since.items():
            fresh, since[run] = run.events(told)
            quiet = quiet and not fresh
            yield from ((run, event) for event in fresh)
        if quiet and over:
            return
        if quiet:
            time.sleep(EVERY)


class _Bars:
    """A progress bar a run on stderr: the step, the loss, the speed."""

    def __init__(self, runs: Sequence[RunFolder]) -> None:
        columns = (
            TextColumn("{task.fields[title]}{task.description}"),
            BarColumn(),
            TextColumn("{task.completed}/{task.total} {task.fields[figures]}"),
            TimeRemainingColumn(),
        )
        self._progress = Progress(*columns, console=Console(stderr=True))
        self._tasks = {run: self._task(run.recipe, len(runs) > 1) for run in runs}

    def __enter__(self) -> _Bars:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def show(self, run: RunFolder, event: RunEvent) -> None:
        if event.kind == "metric" and "loss" in event.data:
            figures = f"{event.data['loss']:.3f} · {event.data['per_second']:.0f}/s"
            self._progress.update(self._tasks[run], completed=event.step, figures=figures)
        elif event.kind == "status":
            self.say(run, word(f"run.state.{event.data.get('state')}"))
        elif event.kind == "error":
            error = LabError(str(event.data["key"]), **event.data.get("facts", {}))
            self._progress.console.print(sentence(language(), error), style="red")

    def say(self, run: RunFolder, text: str) -> None:
        self._progress.update(self._tasks[run], description=text)

    def _task(self, recipe: Recipe, among_others: bool) -> TaskID:
        title = f"{recipe.title} · " if among_others else ""
        begins = word("cli.runs.begins")
        return self._progress.add_task(begins, total=recipe.steps, figures="", title=title)


def _told(run: RunFolder) -> int:
    """Where the history ends now: what was told is not told again."""
    return run.events_file.stat().st_size if run.events_file.exists() else 0


def _line(event: RunEvent, of: RunFolder | None) -> str:
    """An event as JSON; with the name of its run where several are told at once."""
    data = {"step": event.step, "time": event.time, "kind": event.kind, "data": dict(event.data)}
    return json.dumps(data if of is None else {"run": of.name} | data)


def _last_words(run: RunFolder, state: str) -> None:
    if state in ("finished", "stopped") and run.model.is_dir():
        print(word("cli.runs.left", folder=str(run.model)))
    elif state == "paused":
        print(word("cli.runs.paused", folder=str(run.path)))
    else:
        print(word("cli.runs.log", file=str(run.path / "log.txt")), file=sys.stderr)
