"""Training runs for a person at a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from lab.cli._language import language, word
from lab.history import RunSummary, RunView
from lab.papers import Nearest
from lab.texts import sentence

COLUMNS = ("run", "objective", "state", "step", "loss", "bits")
MARKS = {"running": "●", "waiting": "◌", "queued": "◌",
         "finished": "✓", "failed": "✗", "broken": "✗"}  # fmt: skip


def listed(found: Sequence[RunSummary]) -> None:
    """One line a run, the newest first; below, what is wrong with those that cannot be read."""
    console = Console()
    if not found:
        console.print(word("cli.runs.none"))
        return
    table = Table(box=box.SIMPLE_HEAD, header_style="dim", padding=(0, 1, 0, 0), pad_edge=False)
    for column in COLUMNS:
        table.add_column(word(f"cli.runs.{column}"), no_wrap=column == "run")
    for one in found:
        table.add_row(
            Text(f"{MARKS.get(one.state, '○')} {one.name}"),
            word(f"cli.show.{one.objective}") if one.objective else "–",
            word(f"run.state.{one.state}"),
            f"{one.step}/{one.steps}",
            "–" if one.loss is None else f"{one.loss:.3f}",
            _bits(one),
        )
    console.print(table)
    for one in found:
        if one.state == "broken" and one.why is not None:
            console.print(sentence(language(), one.why), style="red")


def shown(view: RunView, folder: Path) -> None:
    """One run: its line, why it failed if it did, every look at held-out data."""
    listed([view.summary])
    console = Console()
    if view.summary.why is not None:
        console.print(sentence(language(), view.summary.why), style="red")
    table = Table(box=None, show_header=False, padding=(0, 3, 0, 0))
    for held in view.held[-8:]:
        bits = (
            "" if held.bits_per_byte is None else _interval(held.bits_per_byte, held.low, held.high)
        )
        table.add_row(Text(str(held.step), "dim"), f"{held.loss:.3f}", bits, _measure(held.measure))
    console.print(table)
    console.print(str(folder), style="dim", highlight=False)


def near(found: Nearest) -> None:
    """Passages under one another, what they share in bold, and what such a search does not say."""
    console = Console()
    for one in found.passages:
        place = one.document if one.title in ("", one.document) else f"{one.document} · {one.title}"
        console.print(Text(f"{one.score:.2f}  {place}", "dim"))
        console.print(
            Text.assemble(*((piece, "bold" if both else "") for piece, both in one.pieces))
        )
        console.print()
    if not found.passages:
        console.print(word("near.none"))
    console.print(Text(word("near.of" if not found.cut else "near.cut", n=found.of), "dim"))
    console.print(Text(word("notice.similar_not_causal"), "dim"))


def _bits(one: RunSummary) -> str:
    value = one.held_out.get("bits_per_byte")
    return "–" if value is None else f"{value:.3f} {_measure(str(one.held_out.get('measure')))}"


def _interval(value: float, low: float | None, high: float | None) -> str:
    return f"{value:.3f}" if low is None or high is None else f"{value:.3f} [{low:.3f}, {high:.3f}]"


def _measure(name: str) -> str:
    return word(f"measure.{name}") if name else ""
