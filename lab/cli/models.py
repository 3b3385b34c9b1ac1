"""`pretext-lab models`: what there is, what is ready, and fetching what is not."""

from __future__ import annotations

from typing import Annotated

import typer

from lab.cli import _json
from lab.cli._language import word
from lab.session import Session

COMMANDS = typer.Typer()
models = typer.Typer()
COMMANDS.add_typer(models, name="models", help=word("cli.models.help"))


@models.callback(invoke_without_command=True)
def catalogue(
    context: typer.Context,
    json: Annotated[bool, typer.Option("--json", help=word("cli.json"))] = False,
) -> None:
    """List the catalogue, unless a command under `models` was named."""
    if context.invoked_subcommand is not None:
        return
    entries = Session().models()
    if json:
        _json.show([_json.entry(one) for one in entries])
    else:
        from lab.cli._tables import catalogue

        catalogue(entries)


@models.command(help=word("cli.models.get"))
def get(
    model: Annotated[str, typer.Argument(metavar="ID", help=word("cli.models.id"))],
    json: Annotated[bool, typer.Option("--json", help=word("cli.json"))] = False,
) -> None:
    """Fetch one model with a progress bar on stderr, and say where it lies."""
    from lab.cli._fetch import fetch

    session = Session()
    fetch(session, model)
    entry = session.catalogue.entry(model)
    if json:
        _json.show(_json.entry(entry))
    else:
        typer.echo(word("cli.models.got", model=entry.id, path=entry.path or "–"))


@models.command(help=word("cli.models.stack"))
def stack(
    adapters: Annotated[list[str], typer.Argument(metavar="ID", help=word("cli.models.id"))],
    json: Annotated[bool, typer.Option("--json", help=word("cli.json"))] = False,
) -> None:
    """Put adapters of one base on one another, and say what that is called."""
    session = Session()
    name = session.stack(adapters)
    if json:
        _json.show(_json.entry(session.catalogue.entry(name)))
    else:
        typer.echo(name)
