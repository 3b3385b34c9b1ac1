"""Passports and choices, on the terminal and as JSON."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from lab import saying
from lab.choosing import Choice
from lab.cli._language import language, word
from lab.passport.card import Card, Part, card
from lab.passport.facts import Passport
from lab.passport.markdown import markdown
from lab.types import LabError

FEW = 8
"""Lines of a part that a terminal is shown."""
FEWEST = 6
"""Models that do not fit, of which the reasons are told."""
SIZE = re.compile(r"(\d+(?:[.,]\d+)?)\s*([kmgt]?)(i?)[bo]?", re.IGNORECASE)


def memory(said: str) -> int:
    """Bytes, of “4GB”, “800 MB”, “16GiB” or “4Go”; 0 for nothing said.

    Raises `LabError("memory_unclear")`.
    """
    if not said.strip():
        return 0
    found = SIZE.fullmatch(said.strip())
    if found is None:
        raise LabError("memory_unclear", said=said[:40])
    number, unit, binary = found.groups()
    power = " kmgt".index(unit.lower() or " ")
    return int(float(number.replace(",", ".")) * (1024 if binary else 1000) ** power)


def passport(told: Passport) -> dict[str, Any]:
    """As JSON holds it, with what is not known in sentences; a number that is none is null."""
    plain: dict[str, Any] = _finite(dataclasses.asdict(told))
    sentences = card(told, language()).warnings
    unknown = zip(told.unknown, sentences, strict=True)
    plain["unknown"] = [{"key": key, "sentence": sentence} for key, sentence in unknown]
    return plain


def choice(one: Choice) -> dict[str, Any]:
    plain: dict[str, Any] = _finite(dataclasses.asdict(one))
    for told, reason in zip(plain["reasons"], one.reasons, strict=True):
        told["sentence"] = saying.because(language(), reason)
    return plain


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def show(told: Passport, as_markdown: bool) -> None:
    """The card, for a reader; or its Markdown."""
    if as_markdown:
        print(markdown(told, language()))
        return
    console = Console()
    found = card(told, language())
    console.print(Text(found.title, "bold"))
    console.print(Text(found.lead, "dim"))
    for part in found.parts:
        console.print()
        console.print(Text(part.title, "bold"))
        _part(console, part)
    _unknown(console, found)


def _part(console: Console, part: Part) -> None:
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0), pad_edge=False)
    for label, value in part.facts:
        table.add_row(Text(label, "dim"), Text(value))
    if part.facts:
        console.print(Padding(table, (0, 0, 0, 2)))
    if part.strong:
        console.print(Padding(Text(part.strong, "bold"), (0, 0, 0, 2)))
    for line in part.lines[:FEW]:
        console.print(Padding(Text(line), (0, 0, 0, 2)))
    if (more := len(part.lines) - FEW) > 0:
        console.print(Padding(Text("… " + saying.more(language(), more), "dim"), (0, 0, 0, 2)))
    if part.code:
        console.print(Padding(Text(part.code), (0, 0, 0, 2)))


def _unknown(console: Console, found: Card) -> None:
    if found.warnings:
        console.print()
        console.print(Text(word("passport.warnings"), "bold yellow"))
        for sentence in found.warnings:
            console.print(Padding(Text("! " + sentence, "yellow"), (0, 0, 0, 2)))


def ranked(choices: Sequence[Choice]) -> None:
    """What fits, in its order with the reasons; then some of what does not, and why not."""
    console = Console()
    fits, fails = ([one for one in choices if one.fits is wanted] for wanted in (True, False))
    console.print(Text(word("choose.fits") if fits else word("choose.none"), "bold"))
    for place, one in enumerate(fits, 1):
        _line(console, f"{place}. ", one, "bold")
    if fails:
        console.print()
        console.print(Text(word("choose.fails"), "bold"))
    for one in fails[:FEWEST]:
        _line(console, "– ", one, "")
    if (more := len(fails) - FEWEST) > 0:
        console.print(Text("  … " + saying.more(language(), more), "dim"))
    console.print()
    console.print(Text(word("choose.cannot"), "dim"))


def _line(console: Console, mark: str, one: Choice, style: str) -> None:
    title = saying.title(language(), one.model, one.title)
    console.print(Text(mark + title, style) + Text(f"  {one.model}", "dim"))
    reasons = [r for r in one.reasons if one.fits or r.answer == "no"]
    said = [saying.because(language(), reason) for reason in reasons]
    said += [saying.measure(language(), found) for found in one.measured]
    console.print(Padding(Text(" · ".join(said)), (0, 0, 0, 3)))
