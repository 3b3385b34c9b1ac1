"""`pretext-lab doctor`: what this machine can do, and what to do about what it cannot."""

from __future__ import annotations

from typing import Annotated

import typer

from lab.cli import _json
from lab.cli._language import word

COMMANDS = typer.Typer()


@COMMANDS.command(help=word("cli.doctor.help"))
def doctor(json: Annotated[bool, typer.Option("--json", help=word("cli.json"))] = False) -> None:
    """Examine the machine and say what was found."""
    from lab.doctor import examine
    from lab.models.catalogue import default_home

    report = examine(default_home())
    if json:
        _json.show(_json.examination(report))
    else:
        from lab.cli._tables import examination

        examination(report)
