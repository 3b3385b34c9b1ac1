"""What is off with a lesson, beyond what its file says: everything it shows must be there."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from lab.charts import Exhibit
from lab.lessons.beliefs import truth_of
from lab.lessons.schema import Growth, Guess, Lesson, Part, Source, Words, load, sources_of
from lab.lessons.sources import exhibit
from lab.session import Session, check
from lab.texts import LANGUAGES
from lab.types import LabError

BEFORE = re.compile(r"(?<![\u00a0\u202f?!(…])[;!?»%]|(?<!\u00a0):(?=\s)|«(?!\u00a0)")
"""French sets a no-break space before these signs, and within « »."""
MARKED = re.compile(r"[<>]|\]\(")


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something a host should mend: `where` names the part (from 1) or a key."""

    where: str
    why: LabError


def flaws(path: Path, session: Session) -> list[Flaw]:
    """Everything that is off with a lesson's file; an empty list for a sound one."""
    try:
        lesson = load(path)
    except LabError as error:
        return [Flaw(path.name, error)]
    except OSError:
        return [Flaw(path.name, LabError("file_unreadable", file=str(path)))]
    return [*_languages(lesson), *_wordings(lesson), *_shown(lesson, session)]


def _languages(lesson: Lesson) -> Iterator[Flaw]:
    """A part for readers of one language needs its like for those of the other."""
    for kind in ("guess", "figures", "growth"):
        counts = dict.fromkeys(LANGUAGES, 0)
        for part in lesson.part:
            if part.kind == kind and part.reader:
                counts[part.reader] += 1
        if len(set(counts.values())) > 1:
            yield Flaw(kind, LabError("lesson_one_language", kind=kind))


def _wordings(lesson: Lesson) -> Iterator[Flaw]:
    """Texts stay texts, and French is set as French is."""
    for where, words in _words(lesson.model_dump(), ""):
        if MARKED.search(words["en"] + words["fr"]):
            yield Flaw(where, LabError("lesson_marked"))
        if found := BEFORE.search(words["fr"]):
            around = words["fr"][max(0, found.start() - 20) : found.end() + 5]
            yield Flaw(where, LabError("lesson_spacing", text=around))


def _words(value: object, where: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Every pair of texts, with where it stands."""
    if isinstance(value, dict):
        said = all(isinstance(inner, str) for inner in value.values())
        if said and set(value) == set(Words.model_fields):
            yield where.strip("."), value
        else:
            for key, inner in value.items():
                yield from _words(inner, f"{where}.{key}")
    elif isinstance(value, list | tuple):
        for number, inner in enumerate(value, 1):
            yield from _words(inner, f"{where} {number}")


def _shown(lesson: Lesson, session: Session) -> Iterator[Flaw]:
    for number, part in enumerate(lesson.part, 1):
        for error in _of(part, session):
            yield Flaw(f"part {number}", error)


def _of(part: Part, session: Session) -> Iterator[LabError]:
    if isinstance(part, Growth):
        for run in part.runs:
            yield from _raised(partial(session.trainings.runs.look, run))
    for source in sources_of(part):
        yield from _source(source, session)
    if isinstance(part, Guess):
        shown = exhibit(part.source, session) if part.source else Exhibit()
        yield from _raised(lambda: truth_of(part, shown))


def _source(source: Source, session: Session) -> Iterator[LabError]:
    for asked in source.asks:
        yield from _raised(partial(session.model, asked.model))
        yield from _raised(partial(check, asked))
    yield from (error for _, error in exhibit(source, session).missing)


def _raised(look: Callable[[], object]) -> Iterator[LabError]:
    try:
        look()
    except LabError as error:
        yield error
