"""The command line. Each module here is one command; parsing comes before any heavy import.

Every command says a person's mistakes in one sentence, in their language, on
stderr, and exits with 2; with --json the error also stands on stdout as
{"error": {"key", "sentence"}}.
"""

from __future__ import annotations

import io
import logging
import os
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

import lab
from lab.cli._errors import misuse, tell
from lab.cli._language import ask_for_language, word
from lab.registry import discover
from lab.types import LabError

DEFAULT = "ui"
OWN_OPTIONS = {"--help", "-h", "--version"}
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and leave with its exit code; without a command, start the page."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        # A pipe on Windows may know neither arrows nor narrow spaces: better a "?" than a crash.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    _calm()
    try:
        words = ask_for_language(words)
        if not words or (words[0].startswith("-") and words[0] not in OWN_OPTIONS):
            words.insert(0, DEFAULT)
        _run(words)
    except LabError as error:
        sys.exit(tell(error, as_json="--json" in words))
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


def build() -> typer.Typer:
    """Every command that lab/cli offers, under one name, told in the person's language."""
    app = typer.Typer(
        name="pretext-lab",
        help=word("cli.help"),
        no_args_is_help=True,
        add_completion=False,
        context_settings={"help_option_names": ["--help", "-h"]},
        pretty_exceptions_enable=False,
    )
    app.callback()(_top)
    for commands in discover(lab.cli, "COMMANDS", typer.Typer).values():
        app.add_typer(commands)
    return app


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(lab.__version__)
        raise typer.Exit


def _top(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help=word("cli.version")),
    ] = False,
    lang: Annotated[str, typer.Option(help=word("cli.lang"), show_default=False)] = "",
) -> None:
    # Nothing to do: --lang was taken before parsing, and --version has its callback.
    return


def _run(words: list[str]) -> None:
    command = typer.main.get_command(build())
    known = getattr(command, "commands", {})
    if not words[0].startswith("-") and words[0] not in known:
        raise LabError("command_unknown", command=words[0], known=", ".join(sorted(known)))
    try:
        code = command.main(words, "pretext-lab", standalone_mode=False)
    except typer.Abort:
        sys.exit(INTERRUPTED)
    except Exception as error:
        if (found := misuse(error)) is not None:
            raise found from error
        if "PRETEXT_DEBUG" in os.environ or isinstance(error, LabError):
            raise
        raise LabError("unexpected", why=f"{type(error).__name__}: {error}") from error
    if code:
        sys.exit(code)


def _calm() -> None:
    """Set what the libraries read while they are imported, unless the person has.

    Their own bars and hints stay off stderr.
    """
    for name, value in (
        ("HF_HUB_DISABLE_PROGRESS_BARS", "1"),
        ("HF_HUB_DISABLE_TELEMETRY", "1"),
        ("TRANSFORMERS_VERBOSITY", "error"),
        ("DIFFUSERS_VERBOSITY", "error"),
        ("TOKENIZERS_PARALLELISM", "false"),
    ):
        os.environ.setdefault(name, value)
    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)
