"""`pretext-lab lessons`: the list, files checked, figures made again, hand-outs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lab.cli import _findings, _json, _lessons
from lab.cli._language import language, word
from lab.findings import Finding, Unasked
from lab.lessons.check import flaws
from lab.lessons.room import Classroom
from lab.lessons.schema import lesson_files
from lab.session import Session
from lab.types import LabError

COMMANDS = typer.Typer()
lessons = typer.Typer()
COMMANDS.add_typer(lessons, name="lessons", help=word("cli.lessons.help"))

Name = Annotated[str, typer.Argument(metavar="LESSON", help=word("cli.lessons.name"))]
AsJson = Annotated[bool, typer.Option("--json", help=word("cli.json"))]
Code = Annotated[
    str, typer.Option("--language", metavar="en|fr", help=word("cli.lessons.language"))
]


@lessons.callback(invoke_without_command=True)
def every(context: typer.Context, json: AsJson = False) -> None:
    """List them, unless a command under `lessons` was named."""
    if context.invoked_subcommand is not None:
        return
    found = Classroom(Session()).lessons()
    if json:
        _json.show([_lessons.plain(one) for one in found])
    else:
        _lessons.listed(found)


@lessons.command(help=word("cli.lessons.check"))
def check(
    files: Annotated[
        list[Path] | None, typer.Argument(metavar="FILE", help=word("cli.lessons.files"))
    ] = None,
) -> None:
    """Say of each file what is off; of none named, of every lesson there is."""
    session = Session()
    paths = files or list(lesson_files(session.catalogue.home).values())
    found = {path: flaws(path, session) for path in paths}
    _lessons.flaws(found)
    if any(found.values()):
        raise typer.Exit(1)


@lessons.command(help=word("cli.lessons.run"))
def run(name: Name, json: AsJson = False) -> None:
    """Put every probe of a lesson to its models on this machine, and show what was found."""
    room = Classroom(Session())
    found: list[Finding | Unasked] = []
    with _findings.progress(quiet=json) as tell:
        for source in room.probes(name):
            for item in room.repeat(source):
                if isinstance(item, Finding | Unasked):
                    found.append(item)
                else:
                    tell(item)
    if json:
        _json.show([_findings.plain(one) for one in found])
    else:
        _findings.table(found)


@lessons.command(help=word("cli.lessons.handout"))
def handout(
    name: Name,
    out: Annotated[Path, typer.Option(metavar="FILE", help=word("cli.lessons.out"))],
    code: Code = "",
) -> None:
    """Write a lesson as one HTML file, to be printed."""
    page = Classroom(Session()).handout(name, code or language())
    try:
        out.write_text(page, encoding="utf-8")
    except OSError as error:
        raise LabError("folder_unwritable", folder=str(out.parent)) from error
    typer.echo(str(out))
