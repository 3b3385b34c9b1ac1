"""Tables for a person at a terminal: the catalogue, and what the doctor found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from lab.cli._language import word

if TYPE_CHECKING:
    from lab.doctor import Examination
    from lab.models.catalogue import ModelEntry

GIGA = 10**9
MEGA = 10**6
COLUMNS = ("model", "source", "objectives", "parameters", "download", "languages")


def catalogue(entries: Sequence[ModelEntry]) -> None:
    """One line a model: ready ones marked, others with what they would cost to fetch."""
    table = Table(box=box.SIMPLE_HEAD, header_style="dim", padding=(0, 1, 0, 0), pad_edge=False)
    for column in COLUMNS:
        right = column in {"parameters", "download"}
        table.add_column(
            word(f"cli.models.{column}"),
            justify="right" if right else "left",
            no_wrap=column not in {"objectives", "languages"},
            min_width=10 if column == "objectives" else None,
        )
    for entry in entries:
        mark, style = ("●", "bold") if entry.ready else ("○", "dim")
        table.add_row(
            Text(f"{mark} {entry.id}", style),
            entry.source,
            ", ".join(entry.objectives),
            f"{entry.parameters / MEGA:.1f} M" if entry.parameters else "–",
            word("cli.models.ready") if entry.ready else _cost(entry),
            ", ".join(entry.languages),
        )
    Console().print(table)


def _cost(entry: ModelEntry) -> str:
    return f"{entry.size_bytes / MEGA:.0f} MB" if entry.size_bytes else "–"


def examination(found: Examination) -> None:
    """What was found, then what to do about it."""
    table = Table(box=None, show_header=False, padding=(0, 3, 0, 0))
    said = ""
    for name, value in _findings(found):
        table.add_row(Text("" if name == said else word(f"doctor.{name}"), "dim"), value)
        said = name
    console = Console()
    console.print(table)
    console.print()
    for advice in found.advice:
        console.print(Text("→ " + word(f"doctor.{advice.key}", **dict(advice.facts)), "yellow"))
    if not found.advice:
        console.print(Text(word("doctor.well"), "green"))


def _findings(found: Examination) -> Iterator[tuple[str, str]]:
    yield "system", found.system
    yield "python", found.python
    yield "processor", word("doctor.cores", n=found.cores)
    for card in found.accelerators:
        yield "accelerator", word("doctor.vram", name=card.name, total=_giga(card.memory))
    if not found.accelerators:
        yield "accelerator", word("doctor.none")
    yield "arithmetic", word("doctor.bf16" if found.bf16 else "doctor.no_bf16")
    sizes = {"free": _giga(found.memory_free), "total": _giga(found.memory)}
    yield "memory", word("doctor.free", **sizes)
    yield "disk", word("doctor.disk_free", free=_giga(found.disk_free), home=found.home)
    yield "hub", word("doctor.asked" if found.offline == "asked" else "doctor.not_asked")
    for trial in found.quantised:
        facts = {"precision": trial.precision, "device": trial.device}
        if trial.works and trial.error is not None:
            yield "quantised", word("doctor.works", **facts, error=f"{trial.error:.1%}")
        else:
            yield "quantised", word("doctor.fails", **facts)
    versions = [f"{name} {version or word('doctor.missing')}" for name, version in found.libraries]
    yield "libraries", ", ".join(versions)


def _giga(size: int) -> str:
    return f"{size / GIGA:.1f}"
