"""`pretext-lab evaluate`: put a probe to models, side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lab.cli import _findings, _json
from lab.cli._language import word
from lab.cli._runs import absolute
from lab.config import Examination, checked
from lab.findings import Finding, Unasked
from lab.session import Session

COMMANDS = typer.Typer()


@COMMANDS.command(help=word("cli.evaluate.help"))
def evaluate(
    models: Annotated[list[str], typer.Argument(metavar="MODEL", help=word("cli.evaluate.models"))],
    probe: Annotated[str, typer.Option(metavar="NAME", help=word("cli.evaluate.probe"))],
    data: Annotated[
        Path | None, typer.Option(metavar="PATH", help=word("cli.evaluate.data"))
    ] = None,
    languages: Annotated[
        list[str] | None,
        typer.Option("--language", metavar="CODE", help=word("cli.evaluate.languages")),
    ] = None,
    tasks: Annotated[
        list[str] | None,
        typer.Option("--task", metavar="NAME", help=word("cli.evaluate.tasks")),
    ] = None,
    precision: Annotated[str, typer.Option(help=word("cli.evaluate.precision"))] = "fp32",
    most: Annotated[int, typer.Option(min=0, metavar="N", help=word("cli.evaluate.most"))] = 0,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help=word("cli.evaluate.out"))] = None,
    passport: Annotated[bool, typer.Option(help=word("cli.evaluate.passport"))] = False,
    json: Annotated[bool, typer.Option("--json", help=word("cli.json"))] = False,
) -> None:
    """Ask every model, tell what was found, and write it to a file where one is named."""
    examinations = Session().examinations
    told = {"models": models, "probe": probe, "precision": precision, "most": most}
    asked = checked(Examination, {**told, "languages": languages or (), "tasks": tasks or ()})
    said = examinations.examine(asked, absolute(data) if data else None)
    found: list[Finding | Unasked] = []
    with _findings.progress(quiet=json) as tell:
        for item in said:
            if isinstance(item, Finding | Unasked):
                found.append(item)
            else:
                tell(item)
    if out is not None:
        _findings.write(out, found)
    if json:
        _json.show([_findings.plain(one) for one in found])
    else:
        _findings.table(found)
    if passport:  # last, so that nothing that was found goes untold where there is none
        for one in found:
            if isinstance(one, Finding):
                examinations.record(one)
    if all(isinstance(one, Unasked) for one in found):
        raise typer.Exit(1)
