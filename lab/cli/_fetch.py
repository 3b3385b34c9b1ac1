"""A model's download, as bars on stderr."""

from __future__ import annotations

from rich.console import Console
from rich.filesize import decimal
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from lab.cli._language import word
from lab.session import Session

WAIT = 0.5


class Bytes(ProgressColumn):
    """How much of how much, at what speed; nothing for a stage that is not counted in bytes."""

    def render(self, task: Task) -> Text:
        if not task.total or task.total < 2:
            return Text()
        speed = f"  {decimal(round(task.speed))}/s" if task.speed else ""
        return Text(f"{decimal(round(task.completed))} / {decimal(round(task.total))}{speed}")


def fetch(session: Session, model: str) -> None:
    """Fetch `model`, drawing each stage as it comes. Raises the `LabError` that ended it."""
    columns = (
        SpinnerColumn(finished_text="✓"),
        TextColumn("{task.description}"),
        BarColumn(),
        Bytes(),
        TimeRemainingColumn(),
    )
    name, since, ended = session.fetch(model), 0, False
    with Progress(*columns, console=Console(stderr=True)) as progress:
        bars: dict[str, TaskID] = {}
        while not ended:
            items, ended = session.follow(name, since, WAIT)
            since += len(items)
            for item in items:
                if item.what not in bars:
                    _finish(progress)
                    bars[item.what] = progress.add_task(word(f"fetch.{item.what}"), total=None)
                task = bars[item.what]
                progress.update(task, completed=item.done, total=item.total or None)
        _finish(progress)


def _finish(progress: Progress) -> None:
    """Fill the bars of the stages that are over: another has begun, or none is left."""
    for task in progress.tasks:
        total = task.total or 1
        progress.update(task.id, completed=total, total=total)
