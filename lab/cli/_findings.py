"""What probes found, as JSON, as a table on the terminal, and as files."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn
from rich.table import Table

from lab import saying
from lab.cli._language import language, word
from lab.findings import Asking, Figure, Finding, Unasked
from lab.texts import sentence
from lab.types import LabError

Found = Sequence[Finding | Unasked]
COLUMNS = (
    *("probe", "model", "precision", "data", "measure", "name", "key", "unit", "value", "low"),
    *("high", "items", "neutral", "made", "digest"),
)


@contextmanager
def progress(quiet: bool) -> Iterator[Callable[[Asking], None]]:
    """A bar a model on stderr; `quiet` shows none."""
    with Progress(
        TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}/{task.total}"),
        console=Console(stderr=True), disable=quiet,
    ) as bars:  # fmt: skip
        known: dict[str, TaskID] = {}

        def tell(asking: Asking) -> None:
            if asking.model not in known:
                known[asking.model] = bars.add_task(asking.model, total=asking.total)
            bars.update(known[asking.model], completed=asking.done, total=asking.total)

        yield tell


def plain(one: Finding | Unasked) -> dict[str, Any]:
    """As JSON holds it; a number that is none is null."""
    if isinstance(one, Unasked):
        why = {
            "key": one.why.key,
            "facts": one.why.facts,
            "sentence": sentence(language(), one.why),
        }
        return {"probe": one.probe, "model": one.model, "error": why}
    told = dataclasses.asdict(one)
    for figure in told["figures"]:
        figure |= {k: None for k, v in figure.items() if isinstance(v, float) and math.isnan(v)}
    told["shows_not"] = not_shown(one.probe)
    return told


def not_shown(probe: str) -> str:
    """The sentence that says what a probe's figures do not show."""
    return word(f"probe.{probe}.not_shown")


def table(found: Found) -> None:
    """Every model beside the others; on stdout."""
    console = Console()
    findings = [one for one in found if isinstance(one, Finding)]
    for one in found:
        if isinstance(one, Unasked):
            console.print(f"{one.model}: {sentence(language(), one.why)}", markup=False)
    if not findings:
        return
    shown = Table(title=word(f"probe.{findings[0].probe}.title"), title_justify="left")
    shown.add_column("")
    for one in findings:
        shown.add_column(f"{one.model}\n{word('measure.' + one.measure)}", justify="right")
    rows = dict.fromkeys((f.name, f.key) for one in findings for f in one.figures)
    for name, key in rows:
        cells = [next((said(f) for f in one.figures if (f.name, f.key) == (name, key)), "–")
                 for one in findings]  # fmt: skip
        shown.add_row(f"{name} · {word('figure.' + key)}", *cells)
    console.print(shown)
    for one in findings:
        for notice in one.notices:
            facts = {key: str(value) for key, value in notice.facts.items()}
            console.print(f"{one.model}: " + word(f"notice.{notice.key}", **facts), markup=False)
    console.print(not_shown(findings[0].probe), markup=False, style="dim")


def said(figure: Figure) -> str:
    """A figure as a reader takes it in, its interval behind it."""
    return saying.figure(language(), figure)


def write(path: Path, found: Found) -> None:
    """CSV, JSON or Markdown, by the file's name. Raises `LabError`: findings_kind."""
    findings = [one for one in found if isinstance(one, Finding)]
    kinds = {
        ".csv": _csv,
        ".json": lambda all: json.dumps([plain(one) for one in all], indent=1) + "\n",
        ".md": _markdown,
    }
    if path.suffix not in kinds:
        raise LabError("findings_kind", file=path.name, kinds=", ".join(kinds))
    path.write_text(kinds[path.suffix](findings), encoding="utf-8")


def _csv(findings: Sequence[Finding]) -> str:
    text = io.StringIO()
    rows = csv.DictWriter(text, COLUMNS, extrasaction="ignore")
    rows.writeheader()
    for one in findings:
        for figure in one.figures:
            rows.writerow(dataclasses.asdict(one) | dataclasses.asdict(figure))
    return text.getvalue()


def _markdown(findings: Sequence[Finding]) -> str:
    lines = ["| | " + " | ".join(f"{one.model} ({one.precision})" for one in findings) + " |"]
    lines.append("| --- |" + " ---: |" * len(findings))
    for name, key in dict.fromkeys((f.name, f.key) for one in findings for f in one.figures):
        cells = [next((said(f) for f in one.figures if (f.name, f.key) == (name, key)), "–")
                 for one in findings]  # fmt: skip
        lines.append(f"| {name} · {word('figure.' + key)} | " + " | ".join(cells) + " |")
    if findings:
        lines += ["", not_shown(findings[0].probe)]
    return "\n".join(lines) + "\n"
