"""`pretext-lab predict`: one prediction, every step of it, as the page would show it."""

from __future__ import annotations

import base64
import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, get_args

import typer

from lab.cli import _json
from lab.cli._language import word
from lab.cli._options import with_settings
from lab.config import Precision, Size, checked
from lab.prompts import MASK_WORD
from lab.session import Ask, Session
from lab.types import LabError, Prediction, Reading, Step, TokenScore

COMMANDS = typer.Typer()
PRECISIONS = "|".join(get_args(Precision))
NOTHING_TO_SET = {"masked": {"steps"}, "image": {"text", "top"}}
"""Options that every objective takes, and that change nothing for some."""


@COMMANDS.command(help=word("cli.predict.help"))
@with_settings
def predict(
    model: Annotated[str, typer.Option(help=word("cli.predict.model"), metavar="ID")],
    objective: Annotated[
        str,
        typer.Option(
            help=word("cli.predict.objective"), metavar="next|masked|span|diffusion|image"
        ),
    ],
    text: Annotated[str | None, typer.Option(help=word("cli.predict.text"))] = None,
    picture: Annotated[
        Path | None, typer.Option(help=word("cli.predict.picture"), metavar="FILE")
    ] = None,
    seed: Annotated[int, typer.Option(help=word("cli.predict.seed"))] = 0,
    precision: Annotated[
        str, typer.Option(help=word("cli.predict.precision"), metavar=PRECISIONS)
    ] = "fp32",
    out: Annotated[
        Path | None, typer.Option(help=word("cli.predict.out"), metavar="FOLDER")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help=word("cli.json"))] = False,
    **settings: Any,
) -> None:
    """Gather what was given, ask the session, and print what it says."""
    given = {name: value for name, value in settings.items() if value is not None}
    size = {name: given.pop(name) for name in Size.model_fields if name in given}
    if text is not None:
        given["text"] = sys.stdin.read() if text == "-" else text
    if picture is not None:
        given["picture"] = _file(picture)
    asked = {"model": model, "objective": objective, "precision": precision, "seed": seed}
    ask = checked(Ask, {**asked, "prompt": _prompt(objective, given), "size": size or None})
    said = whole(Session(), ask)
    if json:
        _json.show(_json.prediction(said, out))
    else:
        from lab.cli import _show

        _show.prediction(said, out)


def whole(session: Session, ask: Ask) -> Prediction:
    """Every step of a prediction.

    For the next token, step 0 is what the model read: each token of the text
    and, last, an empty one still hidden, whose `top` is what comes next. Each
    step after it is one token written.
    """
    if ask.objective != "next":
        return session.predict(ask)
    reading = session.read(ask.model_copy(update={"prompt": {**ask.prompt, "lens": False}}))
    steps = [replace(step, index=i) for i, step in enumerate(_written(session, ask), 1)]
    return Prediction(ask.model, ask.objective, (_read(reading), *steps), reading.notices)


def _written(session: Session, ask: Ask) -> tuple[Step, ...]:
    wished = ask.prompt.get("steps")
    if wished == 0:
        return ()
    try:
        return session.predict(ask).steps
    except LabError as error:
        # Nobody asked for words after a text that fills the model: what it read is answer enough.
        if error.key == "context_full" and wished is None:
            return ()
        raise


def _read(reading: Reading) -> Step:
    if (ahead := reading.ahead) is None:
        return Step(index=0, level=0.0, tokens=reading.tokens)
    coming = TokenScore(
        text="", state="masked", top=ahead.top, top_ids=ahead.top_ids, entropy=ahead.entropy
    )
    return Step(index=0, level=0.0, tokens=(*reading.tokens, coming))


def _prompt(objective: str, given: dict[str, Any]) -> dict[str, Any]:
    """What was given, as a prompt of the objective."""
    if objective != "image" and "text" not in given:
        raise LabError("option_missing", option="--text")
    if objective == "diffusion" and MASK_WORD in given["text"]:
        # Masks were placed by hand: hide nothing else unless told to.
        given.setdefault("ratio", 0.0)
    return {k: v for k, v in given.items() if k not in NOTHING_TO_SET.get(objective, ())}


def _file(path: Path) -> str:
    try:
        return base64.b64encode(path.read_bytes()).decode("ascii")
    except OSError as error:
        raise LabError("file_unreadable", file=str(path)) from error
