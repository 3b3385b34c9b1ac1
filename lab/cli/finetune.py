"""`pretext-lab finetune`: teach a model one's own documents, and judge what came of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lab.cli import _verdict
from lab.cli._language import language, word
from lab.cli._runs import AsJson, Changes, RunDir, absolute, settings, watch
from lab.config import checked
from lab.papers import Gallery, Readiness
from lab.recipe import TUNING, Recipe, changed, shipped
from lab.session import Session
from lab.texts import sentence

COMMANDS = typer.Typer()


@COMMANDS.command(help=word("cli.finetune.help"))
def finetune(
    docs: Annotated[list[Path], typer.Option(metavar="PATH", help=word("cli.finetune.docs"))],
    model: Annotated[str, typer.Option(metavar="ID", help=word("cli.finetune.model"))] = "",
    preset: Annotated[str, typer.Option(metavar="NAME", help=word("cli.finetune.preset"))] = "",
    licence: Annotated[str, typer.Option(metavar="NAME", help=word("cli.finetune.licence"))] = "",
    held_out: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help=word("cli.finetune.held_out"))
    ] = None,
    change: Changes = None,
    run_dir: RunDir = None,
    json: AsJson = False,
) -> None:
    """Make a run of the preset, follow it to its end, then judge it."""
    changes = settings(change or [])
    session = Session()
    # “example:en” is what ships with the lab; all else is a path of this machine.
    named = session.trainings.shelf.files([str(path) for path in docs], only=False)
    changes["data.paths"] = [str(absolute(Path(path))) for path in named]
    if model:
        changes["base"] = model
    if held_out:
        changes["data.held_out"] = held_out
    if licence:
        changes["data.licence"] = licence
    begun = shipped(preset or session.trainings.preset(model), TUNING)
    recipe = checked(Recipe, changed(begun, changes))
    if recipe.objective == "image" or recipe.data.apart:
        _say_unread(session.trainings.read(recipe))
    run = session.trainings.runs.create(recipe, absolute(run_dir) if run_dir else None)
    code = watch(session.trainings.runs, [run], json)
    if code == 0 and run.state() in ("finished", "stopped") and run.model.is_dir():
        if not json:
            typer.echo(word("cli.finetune.judging"), err=True)
        verdict = session.trainings.judge(run)
        if not json:  # there the last line is how the run ended; the verdict lies in its folder
            _verdict.told(verdict)
    raise typer.Exit(code)


def _say_unread(found: Readiness | Gallery) -> None:
    """On stderr, a line each. Raises the `LabError` of too little to learn from."""
    for one in found.photos if isinstance(found, Gallery) else found.papers:
        if one.why is not None:
            typer.echo(f"{one.name}: {sentence(language(), one.why)}", err=True)
    if found.why is not None:
        raise found.why
    if isinstance(found, Gallery):
        counts = {"learnt": found.learnt, "held": found.held}
        typer.echo(word("cli.finetune.pictures", **counts), err=True)
