"""The Learn page: lessons that ask before they show, and show figures of this machine."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from lab.config import checked
from lab.history import RunSummary
from lab.lessons.room import Classroom
from lab.session import Session
from lab.ui.desk import FollowDesk, Named
from lab.ui.door import functions
from lab.ui.page import Page
from lab.ui.run_desk import RunDesk
from lab.ui.shell import view


class Placed(Named):
    """A part of a lesson, and which position of its slider."""

    part: int = Field(ge=0, le=100)
    case: int = Field(0, ge=0, le=100)


class Believed(Placed):
    beliefs: tuple[float, ...] = Field(min_length=2, max_length=8)


class Printed(Named):
    language: str = Field(max_length=5)


class Desk(RunDesk, FollowDesk):
    """Every public method is a function of the page, given plain JSON."""

    def lessons(self, _: Any) -> Any:
        """Every lesson whole: they are small, and the page turns their leaves by itself."""
        return [
            {"name": one.name, "why": one.why, **(one.lesson.model_dump() if one.lesson else {})}
            for one in self._classroom.lessons()
        ]

    def show(self, data: Any) -> Any:
        placed = checked(Placed, data)
        return self._classroom.show(placed.name, placed.part, placed.case)

    def reveal(self, data: Any) -> Any:
        believed = checked(Believed, data)
        return self._classroom.reveal(believed.name, believed.part, believed.beliefs)

    def again(self, data: Any) -> Any:
        """Put a part's probe to its models here: a ticket to follow."""
        placed = checked(Placed, data)
        return self._classroom.begin_again(placed.name, placed.part, placed.case)

    def repeat(self, data: Any) -> Any:
        """Train a part's runs here: their names."""
        placed = checked(Placed, data)
        return self._classroom.train(placed.name, placed.part, placed.case, self._visitor.name)

    def handout(self, data: Any) -> Any:
        """A lesson on paper: a whole HTML page, to be printed or kept."""
        printed = checked(Printed, data)
        return self._classroom.handout(printed.name, printed.language)

    def _lists(self, run: RunSummary) -> bool:
        """Lessons show what came with the lab, also where no model did."""
        return run.recorded

    @property
    def _classroom(self) -> Classroom:
        return Classroom(self._session)


def build(session: Session) -> None:
    """Place the page, with the functions it calls."""
    view("learn", {"home": not session.catalogue.listed}, *functions(Desk, session))


PAGE = Page("learn", 50, build)
