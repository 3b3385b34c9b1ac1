"""The Examine page: one probe, several models side by side, every figure with its interval."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from lab.config import Examination, checked
from lab.session import Session
from lab.types import LabError
from lab.ui.desk import ModelDesk, ShelfDesk
from lab.ui.door import functions
from lab.ui.page import Page
from lab.ui.shell import view

MOST_QUESTIONS = 100_000
LARGEST = 32_000_000
"""Bytes of a file with a person's own questions."""


class Asked(Examination):
    """With a file of the shelf, and within what a page may ask."""

    models: tuple[str, ...] = Field(min_length=1, max_length=12)
    probe: str = Field(max_length=40)
    given: str = Field("", max_length=100, description="a file of the shelf, by its name there")
    languages: tuple[str, ...] = Field((), max_length=20)
    tasks: tuple[str, ...] = Field((), max_length=0, description="for the command line alone")
    most: int = Field(0, ge=0, le=MOST_QUESTIONS)


class Desk(ShelfDesk, ModelDesk):
    """Every public method is a function of the page, given plain JSON."""

    _largest = LARGEST

    def probes(self, _: Any) -> Any:
        return self._session.examinations.probes()

    def examine(self, data: Any) -> Any:
        """Begin; `follow` gives how far it has come, then what was found of each model."""
        asked = checked(Asked, data)
        return self._session.examinations.begin(asked, asked.given)

    def findings(self, _: Any) -> Any:
        """What was found on this machine before, for its owner alone."""
        if self._session.catalogue.listed:
            raise LabError("listed_only", model="findings")
        return self._session.examinations.findings()


def build(session: Session) -> None:
    """Place the page, with the functions it calls."""
    given = {"home": not session.catalogue.listed, "largest": LARGEST}
    view("examine", given, *functions(Desk, session))


PAGE = Page("examine", 40, build)
