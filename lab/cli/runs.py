"""`pretext-lab runs`: the trainings of this machine, and what one can do with them."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path
from typing import Annotated, Any

import typer

from lab.cli import _json
from lab.cli._language import word
from lab.cli._runs import AsJson as AsStream
from lab.cli._runs import settings, watch
from lab.session import Session
from lab.types import LabError

COMMANDS = typer.Typer()
runs = typer.Typer()
COMMANDS.add_typer(runs, name="runs", help=word("cli.runs.help"))

Name = Annotated[str, typer.Argument(metavar="RUN", help=word("cli.runs.name"))]
Adjustments = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help=word("cli.runs.adjust"))
]
AsJson = Annotated[bool, typer.Option("--json", help=word("cli.json"))]


@runs.callback(invoke_without_command=True)
def every(context: typer.Context, json: AsJson = False) -> None:
    """List them, unless a command under `runs` was named."""
    if context.invoked_subcommand is not None:
        return
    found = Session().trainings.runs.summaries()
    if json:
        _json.show([_plain(one) for one in found])
    else:
        from lab.cli import _run_tables

        _run_tables.listed(found)


@runs.command(help=word("cli.runs.show"))
def show(name: Name, json: AsJson = False) -> None:
    """One run: where it stands, its recipe, its surroundings, its last figures."""
    trainings = Session().trainings.runs
    run = trainings.open(name)
    view = trainings.view_of(run)
    told = {
        **_plain(view.summary),
        "folder": str(run.path),
        "recipe": dict(view.recipe),
        "about": dict(view.about),
        "held_out": [dataclasses.asdict(one) for one in view.held],
    }
    if json:
        _json.show(told)
    else:
        from lab.cli import _run_tables

        _run_tables.shown(view, run.path)


@runs.command(help=word("cli.runs.resume"))
def resume(
    name: Name,
    steps: Annotated[int, typer.Option(min=0, help=word("cli.runs.steps"))] = 0,
    change: Adjustments = None,
    json: AsStream = False,
) -> None:
    """Go on from the last whole checkpoint, `steps` further than it was to go."""
    session = Session()
    run = session.trainings.runs.open(name)
    session.trainings.runs.adjust(run, steps, settings(change or []))
    raise typer.Exit(watch(session.trainings.runs, [run], json))


@runs.command(help=word("cli.runs.stop"))
def stop(name: Name, json: AsStream = False) -> None:
    """Make a model of the last whole checkpoint; one that trains keeps one first."""
    session = Session()
    run = session.trainings.runs.open(name)
    if run.alive:
        run.ask("stop")
        typer.echo(word("cli.runs.stopping", run=run.name), err=True)
        return
    if not run.resumable:
        raise LabError("no_checkpoint", run=run.name)
    raise typer.Exit(watch(session.trainings.runs, [run], json, "stop"))


@runs.command(help=word("cli.runs.export"))
def export(
    name: Name,
    target: Annotated[Path, typer.Argument(help=word("cli.runs.to"))],
    merged: Annotated[bool, typer.Option("--merged", help=word("cli.runs.merged"))] = False,
    gguf: Annotated[bool, typer.Option("--gguf", help=word("cli.runs.gguf"))] = False,
) -> None:
    """Copy the model, in the Hugging Face layout with its passport, to a folder or a file."""
    session = Session()
    run = session.trainings.runs.open(name)
    if gguf:
        session.trainings.as_gguf(run, target)
    elif merged:
        session.trainings.merge(run, target)
    else:
        if not run.model.is_dir():
            raise LabError("run_has_no_model", run=run.name)
        if target.exists():
            raise LabError("folder_exists", folder=str(target))
        shutil.copytree(run.model, target)
    typer.echo(word("cli.runs.left", folder=str(target)))


@runs.command(help=word("cli.runs.near"))
def near(
    name: Annotated[str, typer.Argument(metavar="RUN", help=word("cli.runs.near_of"))],
    text: Annotated[str, typer.Argument(help=word("cli.runs.near_text"))],
    most: Annotated[int, typer.Option(min=1, max=50, help=word("cli.runs.near_most"))] = 5,
    json: AsJson = False,
) -> None:
    """What a run learnt from that shares most with a text: similar, not the cause."""
    trainings = Session().trainings
    folder = (Path(name).expanduser() / "recipe.json").is_file()
    found = trainings.nearest(trainings.runs.open(name) if folder else name, text, most)
    if json:
        _json.show({**dataclasses.asdict(found), "notice": word("notice.similar_not_causal")})
    else:
        from lab.cli import _run_tables

        _run_tables.near(found)


@runs.command(help=word("cli.runs.delete"))
def delete(name: Name) -> None:
    """Move a run to the trash."""
    session = Session()
    session.trainings.runs.delete(session.trainings.runs.find(name).name)
    typer.echo(word("cli.runs.deleted", run=name))


@runs.command(help=word("cli.runs.restore"))
def restore(name: Name) -> None:
    """Bring a run back from the trash."""
    Session().trainings.runs.restore(name)
    typer.echo(word("cli.runs.restored", run=name))


def _plain(summary: Any) -> dict[str, Any]:
    plain = dataclasses.asdict(dataclasses.replace(summary, why=None))
    plain["why"] = None if summary.why is None else _json.error(summary.why)
    return plain
