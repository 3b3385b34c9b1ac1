"""`pretext-lab pretrain`: train a model from random weights, and leave it in RUN_DIR/model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lab.cli._language import word
from lab.cli._runs import AsJson, Changes, RunDir, absolute, settings, watch
from lab.config import checked
from lab.recipe import Recipe, changed, together
from lab.session import Session

COMMANDS = typer.Typer()


@COMMANDS.command(help=word("cli.pretrain.help"))
def pretrain(
    preset: Annotated[str, typer.Argument(metavar="PRESET", help=word("cli.pretrain.preset"))],
    change: Changes = None,
    data: Annotated[
        list[Path] | None, typer.Option(metavar="PATH", help=word("cli.pretrain.data"))
    ] = None,
    run_dir: RunDir = None,
    json: AsJson = False,
) -> None:
    """Make a run of each recipe named and follow them to their end."""
    changes = settings(change or [])
    if data:
        changes["data.paths"] = [str(absolute(path)) for path in data]
    wanted = [checked(Recipe, changed(recipe, changes)) for recipe in together(preset)]
    folder = absolute(run_dir) if run_dir else None
    runs = Session().trainings.runs
    made = [runs.create(recipe, _place(folder, recipe, len(wanted))) for recipe in wanted]
    raise typer.Exit(watch(runs, made, json))


def _place(folder: Path | None, recipe: Recipe, of: int) -> Path | None:
    """Where a run lies: the folder that was named, or, of several, one inside for each."""
    return folder / recipe.objective if folder and of > 1 else folder
