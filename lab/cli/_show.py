"""Predictions as a person reads them in a terminal, in the page's own colours."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from lab.cli import _json
from lab.cli._language import word
from lab.types import Picture, Prediction, Step, TokenScore

ACCENTS = {
    "masked": "#8b5cf6",
    "next": "#0d9488",
    "span": "#d97706",
    "diffusion": "#d97706",
    "image": "#d97706",
}
BAR = 24
HIDDEN = "░░░"


def prediction(said: Prediction, folder: Path | None) -> None:
    """Print a prediction: its last words large, the guesses beside them, pictures as blocks."""
    console, accent = Console(), ACCENTS.get(said.objective, "")
    console.print(Text(f"{said.model} · {word('cli.show.' + said.objective)}", style="dim"))
    for part in _parts(said, accent):
        console.print(Padding(part, (1, 0, 0, 2)))
    for notice in said.notices:
        console.print(_json.notice(notice)["sentence"], style="yellow")
    if folder is not None:
        _json.prediction(said, folder)
        console.print(word("cli.show.kept", folder=str(folder)), style="dim", highlight=False)


def _parts(said: Prediction, accent: str) -> list[RenderableType]:
    if not said.steps:
        return []
    first, last = said.steps[0], said.steps[-1]
    if last.sample is not None:
        return [_picture(last.sample)]
    if said.objective == "next":
        ahead = [token for token in first.tokens if token.state == "masked"]
        written = [token for step in said.steps[1:] for token in step.tokens]
        text = _sentence((*[t for t in first.tokens if t.state != "masked"], *written), accent)
        return [text, *(_guesses(token, accent) for token in ahead)]
    if len(said.steps) > 1:
        return [_history(said.steps, accent)]
    guessed = [token for token in last.tokens if token.state != "given" and token.top]
    return [_sentence(last.tokens, accent), *(_guesses(token, accent) for token in guessed)]


def _sentence(tokens: tuple[TokenScore, ...], accent: str) -> Text:
    line = Text()
    for token in tokens:
        if token.state == "given" and token.start < 0:
            continue  # a marker that the tokenizer put there
        if token.state == "masked":
            guess = token.top[0][0].strip() if token.top else HIDDEN
            line.append(f" {guess}", f"dim {accent}")
        else:
            line.append(token.text, f"bold {accent}" if token.state == "predicted" else "")
    return line


def _guesses(token: TokenScore, accent: str) -> Table:
    """The likeliest tokens at one place, each with its bar: a full bar is a probability of 1."""
    table = Table(box=None, show_header=False, padding=(0, 1))
    for text, p in token.top:
        # A leading space is part of a token; shown as ␣ it can be told from one without.
        name = Text(text.replace(" ", "␣").replace("\n", "⏎"), style="bold")
        table.add_row(name, Text("█" * round(p * BAR), style=accent), f"{p:.1%}")
    if token.entropy is not None:
        note = word("cli.show.entropy", bits=f"{token.entropy:.2f}")
        return _under(table, note)
    return table


def _under(table: Table, note: str) -> Table:
    grid = Table.grid()
    grid.add_row(Group(table, Text(f" {note}", style="dim")))
    return grid


def _history(steps: tuple[Step, ...], accent: str) -> Table:
    """One line a step: what is still hidden, and in colour what the model has fixed."""
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    for step in steps:
        line = Text()
        for token in step.tokens:
            style = f"bold {accent}" if token.state == "predicted" else ""
            line.append(f" {HIDDEN}" if token.state == "masked" else token.text, style)
        table.add_row(Text(f"{step.index:>3}", "dim"), Text(f"{step.level:4.0%}", "dim"), line)
    return table


def _picture(picture: Picture) -> Text:
    """Two pixels a character, upper and lower half."""
    drawn, width = Text(), picture.width

    def colour(x: int, y: int) -> str:
        at = 3 * (y * width + x)
        return "#" + picture.pixels[at : at + 3].hex() if y < picture.height else "default"

    for y in range(0, picture.height, 2):
        for x in range(width):
            drawn.append("▀", f"{colour(x, y)} on {colour(x, y + 1)}")
        drawn.append("\n")
    return drawn
