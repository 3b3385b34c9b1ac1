"""Lessons on the terminal: their list, and what is off with their files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

from lab.cli._language import language, word
from lab.lessons.check import Flaw
from lab.lessons.room import Listed
from lab.texts import sentence


def plain(one: Listed) -> dict[str, Any]:
    """As JSON holds it."""
    why = sentence(language(), one.why) if one.why else None
    lesson = one.lesson.model_dump(mode="json") if one.lesson else {}
    return {"name": one.name, "error": why, **lesson}


def listed(found: Sequence[Listed]) -> None:
    table = Table(box=None, pad_edge=False)
    for column in ("name", "minutes", "title"):
        table.add_column(word(f"cli.lessons.column_{column}"))
    for one in found:
        if one.lesson is None:
            table.add_row(one.name, "", sentence(language(), one.why) if one.why else "")
            continue
        title = one.lesson.title.said()[language()]
        table.add_row(one.name, str(one.lesson.minutes), title)
    Console().print(table)


def flaws(found: Mapping[Path, Sequence[Flaw]]) -> None:
    """A line a flaw, and a line for each file without one."""
    for path, of in found.items():
        if not of:
            typer.echo(word("cli.lessons.sound", file=path.name))
        for flaw in of:
            typer.echo(f"{path.name}, {flaw.where}: {sentence(language(), flaw.why)}")
