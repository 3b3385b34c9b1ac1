"""The Predict page: one sentence, three lenses."""

from __future__ import annotations

from typing import Any

from lab.session import Session
from lab.types import LabError
from lab.ui.desk import ModelDesk
from lab.ui.door import ask_of, functions
from lab.ui.page import Page
from lab.ui.shell import view


class Desk(ModelDesk):
    """What the lanes may ask; every public method is a function of the page, given plain JSON."""

    def read(self, ask: Any) -> Any:
        return self._session.read(ask_of(ask))

    def score(self, ask: Any) -> Any:
        return self._session.score(ask_of(ask))

    def sees(self, ask: Any) -> Any:
        return self._session.sees(ask_of(ask))

    def first(self, ask: Any) -> Any:
        return self._session.first(ask_of(ask))

    def attend(self, data: Any) -> Any:
        return self._session.attend(ask_of(data["ask"]), int(data["place"]))

    def start(self, ask: Any) -> Any:
        return self._session.start(ask_of(ask))

    def film(self, data: Any) -> Any:
        """The steps of a prediction as an animated picture, a data URL."""
        from lab.views.animation import animated

        steps = self._session.said(str(data["name"]))
        if not steps:
            raise LabError("nothing_to_save")
        form, objective = str(data.get("format", "gif")), str(data.get("objective", ""))
        return animated(steps, form, objective, dark=bool(data.get("dark")))


def build(session: Session) -> None:
    """Place the lanes, with the functions they call."""
    view("predict", {}, *functions(Desk, session))


PAGE = Page("predict", 10, build)
