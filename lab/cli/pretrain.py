"""`pretext-lab pretrain`: train a model from random weights, and leave it in RUN_DIR/model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lab.cli._language import word
from lab.cli._runs import settings, watch
from lab.config import checked
from lab.recipe import Recipe, changed, together
from lab.session import Session

COMMANDS = typer.Typer()


@COMMANDS.command(help=word("cli.pretrain.help"))
def pretrain(
    preset: Annotated[str, typer.Argument(metavar="PRESET", help=word("cli.pretrain.preset"))],
    change: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help=word("cli.pretrain.set")),
    ] = None,
    data: Annotated[
        list[Path] | None, typer.Option(metavar="PATH", help=word("cli.pretrain.data"))
    ] = None,
    run_dir: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help=word("cli.pretrain.run_dir"))
    ] = None,
    json: Annotated[bool, typer.Option("--json", help=word("cli.runs.json"))] = False,
) -> None:
    """Make a run of each recipe named and follow them to their end."""
    changes = settings(change or [])
    if data:
        changes["data.paths"] = [str(path.expanduser().absolute()) for path in data]
    wanted = [checked(Recipe, changed(recipe, changes)) for recipe in together(preset)]
    folder = run_dir.expanduser().absolute() if run_dir else None
    runs = Session().trainings.runs
    made = [runs.create(recipe, _place(folder, recipe, len(wanted))) for recipe in wanted]
    raise typer.Exit(watch(runs, made, json))


def _place(folder: Path | None, recipe: Recipe, of: int) -> Path | None:
    """Where a run lies: the folder that was named, or, of several, one inside for each."""
    return folder / recipe.objective if folder and of > 1 else folder
