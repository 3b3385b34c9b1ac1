"""`pretext-lab models`: what there is, what is ready, and fetching what is not."""

from __future__ import annotations

from typing import Annotated

import typer

from lab.choosing import Wish
from lab.cli import _json, _known
from lab.cli._language import word
from lab.config import checked
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


@models.command(help=word("cli.passport.help"))
def passport(
    model: Annotated[str, typer.Argument(metavar="MODEL", help=word("cli.models.id"))],
    json: Annotated[bool, typer.Option("--json", help=word("cli.json"))] = False,
    markdown: Annotated[bool, typer.Option(help=word("cli.passport.markdown"))] = False,
) -> None:
    """Tell all that is known of a model, as a card."""
    told = Session().passport(model)
    if json:
        _json.show(_known.passport(told))
    else:
        _known.show(told, markdown)


@models.command(help=word("cli.choose.help"))
def choose(
    language: Annotated[str, typer.Option(metavar="CODE", help=word("cli.choose.language"))] = "",
    task: Annotated[str, typer.Option(help=word("cli.choose.task"))] = "",
    memory: Annotated[str, typer.Option(metavar="SIZE", help=word("cli.choose.memory"))] = "",
    licence: Annotated[str, typer.Option(help=word("cli.choose.licence"))] = "any",
    json: Annotated[bool, typer.Option("--json", help=word("cli.json"))] = False,
) -> None:
    """Rank the catalogue by four questions."""
    said = {"language": language, "task": task or None, "licence": licence}
    wish = checked(Wish, said | {"memory": _known.memory(memory)})
    choices = Session().known.choose(wish)
    if json:
        _json.show([_known.choice(one) for one in choices])
    else:
        _known.ranked(choices)
