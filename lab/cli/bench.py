"""`pretext-lab bench`: time the lab beside what one would use instead."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType
from typing import Annotated

import typer

import lab
from lab.cli import _json
from lab.cli._language import word
from lab.types import LabError

COMMANDS = typer.Typer()
bench = typer.Typer(help=word("cli.bench.help"), no_args_is_help=True)
COMMANDS.add_typer(bench, name="bench")


@bench.command(help=word("cli.bench.predict"))
def predict(
    model: Annotated[str, typer.Option(help=word("cli.bench.model"), metavar="ID")] = "",
    quick: Annotated[bool, typer.Option("--quick", help=word("cli.bench.quick"))] = False,
    json: Annotated[bool, typer.Option("--json", help=word("cli.json"))] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help=word("cli.bench.markdown"))] = False,
) -> None:
    """Run benchmarks/predict.py and print its figures."""
    _run("predict", model, quick, markdown)


@bench.command(help=word("cli.bench.train"))
def train(
    quick: Annotated[bool, typer.Option("--quick", help=word("cli.bench.quick"))] = False,
    json: Annotated[bool, typer.Option("--json", help=word("cli.json"))] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help=word("cli.bench.markdown"))] = False,
) -> None:
    """Run benchmarks/train.py and print its figures."""
    _run("train", "", quick, markdown)


@bench.command(help=word("cli.bench.finetune"))
def finetune(
    model: Annotated[str, typer.Option(help=word("cli.bench.model"), metavar="ID")] = "",
    quick: Annotated[bool, typer.Option("--quick", help=word("cli.bench.quick"))] = False,
    json: Annotated[bool, typer.Option("--json", help=word("cli.json"))] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help=word("cli.bench.markdown"))] = False,
) -> None:
    """Run benchmarks/finetune.py and print its figures."""
    _run("finetune", model, quick, markdown)


def _run(name: str, model: str, quick: bool, markdown: bool) -> None:
    module = _benchmarks(name)
    figures = module.run(model=model, quick=quick, told=lambda part: print(part, file=sys.stderr))
    if markdown:
        print(module.markdown(figures))
    else:
        _json.show(figures)


def _benchmarks(name: str) -> ModuleType:
    """The benchmarks of the clone that this lab runs from; an installed copy has none."""
    root = Path(lab.__file__).parent.parent
    if not (root / "benchmarks" / "predict.py").is_file():
        raise LabError("no_benchmarks")
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))
    return importlib.import_module(f"benchmarks.{name}")
