"""`pretext-lab doctor`: what this machine can do, and what to do about what it cannot."""

from __future__ import annotations

from typing import Annotated

import typer

from lab.cli import _json
from lab.cli._language import word
from lab.session import Session

COMMANDS = typer.Typer()


@COMMANDS.command(help=word("cli.doctor.help"))
def doctor(json: Annotated[bool, typer.Option("--json", help=word("cli.json"))] = False) -> None:
    """Examine the machine and say what was found."""
    from lab.doctor import examine

    report = examine(Session().catalogue.home)
    if json:
        _json.show(_json.examination(report))
    else:
        from lab.cli._tables import examination

        examination(report)
