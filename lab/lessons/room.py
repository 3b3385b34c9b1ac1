"""Where lessons are given: which there are, what their parts show, how beliefs fared.

It stands on the session, as the page and the command line do, and gives only plain types.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from lab.charts import Exhibit, Reveal
from lab.findings import Asking, Finding, Unasked
from lab.lessons.beliefs import reveal
from lab.lessons.commands import own_texts
from lab.lessons.schema import Guess, Lesson, Part, Source, lesson_files, load, sources_of
from lab.lessons.sources import exhibit
from lab.session import Session
from lab.types import LabError


@dataclass(frozen=True, slots=True)
class Listed:
    """A lesson in the list, or why a file is none."""

    name: str
    lesson: Lesson | None
    why: LabError | None = None


class Classroom:
    """Stateless but for the session it stands on."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def lessons(self) -> tuple[Listed, ...]:
        """Every lesson in its order; files that are off come last, with what is off."""
        found = []
        for name, path in lesson_files(self._session.catalogue.home).items():
            try:
                found.append(Listed(name, load(path)))
            except LabError as error:
                found.append(Listed(name, None, error))
        return tuple(sorted(found, key=lambda one: one.lesson.order if one.lesson else 1000))

    def lesson(self, name: str) -> Lesson:
        """Raises `LabError`: no_such_lesson, preset_broken."""
        return load(self._path(name))

    def show(self, name: str, part: int, case: int = 0) -> Exhibit:
        """What a part shows now. Raises `LabError`: no_such_lesson, no_such_part."""
        return exhibit(self._source(self._part(name, part), case), self._session)

    def reveal(self, name: str, part: int, beliefs: Sequence[float]) -> Reveal:
        """How beliefs fared, and what is then shown.

        Raises `LabError`: no_such_lesson, no_such_part, lesson_beliefs, lesson_untold.
        """
        guess = self._part(name, part)
        if not isinstance(guess, Guess):
            raise LabError("no_such_part", lesson=name, part=part)
        shown = exhibit(guess.source, self._session) if guess.source else Exhibit()
        return reveal(guess, beliefs, shown)

    def repeat(self, source: Source) -> Iterator[Asking | Finding | Unasked]:
        """Put a source's probe to its models on this machine."""
        return self._session.examinations.examine(source.examination)

    def probes(self, name: str) -> list[Source]:
        """Every probe that a lesson shows figures of, each once."""
        parts = self.lesson(name).part
        sources = [s for part in parts for s in sources_of(part) if s.probe]
        bare = {s.model_copy(update={"rows": (), "figure": "", "labels": ()}) for s in sources}
        return sorted(bare, key=lambda source: (source.probe, source.models))

    def handout(self, name: str, language: str) -> str:
        """A lesson as a page of HTML that stands by itself. Raises as `lesson` does."""
        from lab.lessons.handout import handout

        return handout(name, self.lesson(name), language, self._session)

    def begin_again(self, name: str, part: int, case: int = 0) -> str:
        """The same for a part, to be followed under the ticket that this gives."""
        source = self._source(self._part(name, part), case)
        return self._session.examinations.begin(source.examination)

    def train(self, name: str, part: int, case: int = 0, owner: str = "") -> tuple[str, ...]:
        """Make a part's runs anew on this machine: their names.

        Raises as `show` does, and `LabError("lesson_other_texts")` where the texts are not here.
        """
        runs = self._session.trainings.runs
        source = self._source(self._part(name, part), case)
        if not all(own_texts(runs.view(run)) for run in source.runs):
            raise LabError("lesson_other_texts")
        recipes = [runs.look(run).recipe for run in source.runs]
        return self._session.trainings.train(recipes, owner)

    # -- inside -------------------------------------------------------------------

    def _path(self, name: str) -> Path:
        path = lesson_files(self._session.catalogue.home).get(name)
        if path is None:
            raise LabError("no_such_lesson", lesson=name[:100])
        return path

    def _part(self, name: str, part: int) -> Part:
        parts = self.lesson(name).part
        if not 0 <= part < len(parts):
            raise LabError("no_such_part", lesson=name, part=part)
        return parts[part]

    def _source(self, part: Part, case: int) -> Source:
        sources = sources_of(part)
        if not 0 <= case < len(sources):
            raise LabError("no_such_part", lesson="", part=case)
        return sources[case]
