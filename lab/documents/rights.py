"""Licences that files beside documents state: LICENSE, COPYING and their kin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePath

from lab.documents.kept import Text, sections
from lab.licences import LONGEST, named
from lab.papers import Paper

NAMES = frozenset({"license", "licence", "copying", "unlicense"})
ENDS = frozenset({"", ".txt", ".md", ".rst"})
TITLE = 600
"""Characters in which a licence says what it is called; further on it speaks of others."""


def beside(found: Sequence[tuple[Sequence[PurePath], Text]]) -> list[Paper]:
    """The papers, each that states no licence with that of the nearest file above it that does.

    found  where each document was found, in several places maybe, and what was read of it
    """
    stated = {
        place.parent: licence
        for places, text in found
        for place in places
        if _is_licence(place) and (licence := text.paper.licence or _title(text))
    }
    return [replace(text.paper, licence=_nearest(places, text, stated)) for places, text in found]


def _nearest(places: Sequence[PurePath], text: Text, stated: dict[PurePath, str]) -> str:
    if text.paper.licence or text.paper.why is not None:
        return text.paper.licence
    above = (folder for place in places for folder in place.parents)
    return next((stated[folder] for folder in above if folder in stated), "")


def _is_licence(place: PurePath) -> bool:
    return place.stem.lower() in NAMES and place.suffix.lower() in ENDS


def _title(text: Text) -> str:
    """What a licence is called, where it is one that is known; "" else."""
    section = next(sections(text.file), None)
    said = "" if section is None else f"{section.title} {section.text}"[:TITLE]
    name = named(said)
    return "" if len(name) >= LONGEST else name
