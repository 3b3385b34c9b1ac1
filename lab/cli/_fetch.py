"""A model's download, as a bar on stderr."""

from __future__ import annotations

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from lab.cli._language import word
from lab.session import Session

WAIT = 0.5


def fetch(session: Session, model: str) -> None:
    """Fetch `model`, drawing each stage as it comes. Raises the `LabError` that ended it."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
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
                    bars[item.what] = progress.add_task(word(f"fetch.{item.what}"), total=None)
                task = bars[item.what]
                progress.update(task, completed=item.done, total=item.total or None)
