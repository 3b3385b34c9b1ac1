"""Say on the terminal what went wrong, and leave with the code that says it too."""

from __future__ import annotations

import json
import sys

import typer

from lab.cli._language import language
from lab.texts import sentence
from lab.types import LabError

WRONG = 2
UNFORESEEN = 1


def tell(error: LabError, as_json: bool) -> int:
    """One sentence on stderr, and as JSON on stdout where that was asked for; the exit code."""
    said = sentence(language(), error)
    print(said, file=sys.stderr)
    if as_json:
        print(json.dumps({"error": {"key": error.key, "sentence": said}}))
    return UNFORESEEN if error.key == "unexpected" else WRONG


def misuse(error: Exception) -> LabError | None:
    """The parser's complaint as one of ours; `None` when it is something else."""
    # Typer has its own copy of click from 0.20 on; this is the base of its complaints in either.
    complaint = typer.BadParameter.__mro__[2]
    if not isinstance(error, complaint):
        return None
    option = getattr(error, "option_name", None)
    parameter = getattr(error, "param", None)
    if option is None and parameter is not None:
        # Arguments have no dashes: they are named as the help names them.
        dashed = parameter.opts[0].startswith("-")
        option = parameter.opts[0] if dashed else parameter.metavar or parameter.name
    name = type(error).__name__
    if name == "MissingParameter":
        return LabError("option_missing", option=str(option))
    if name == "NoSuchOption":
        return LabError("option_unknown", option=str(option))
    if name == "BadParameter":
        return LabError("option_bad", option=str(option))
    return LabError("command_unclear", why=str(error))
