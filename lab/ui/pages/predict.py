"""The Predict page: one sentence, three lenses."""

from __future__ import annotations

from typing import Any

from lab.session import Session
from lab.types import LabError
from lab.ui.door import answered, ask_of
from lab.ui.page import Page
from lab.ui.shell import view

LONGEST_WAIT = 1.0
"""Seconds a reader waits for the next step before asking again."""


class Desk:
    """What the lanes may ask; every public method is a function of the page, given plain JSON."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def models(self, _: Any) -> Any:
        return self._session.models()

    def model(self, name: Any) -> Any:
        return self._session.model(str(name))

    def memory(self, name: Any) -> Any:
        return self._session.memory(str(name))

    def fetch(self, name: Any) -> Any:
        return self._session.fetch(str(name))

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

    def follow(self, data: Any) -> Any:
        since = max(0, int(data["since"]))
        items, ended = self._session.follow(str(data["name"]), since, LONGEST_WAIT)
        return {"items": items, "ended": ended}

    def stop(self, name: Any) -> Any:
        self._session.stop(str(name))

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
    desk = Desk(session)
    names = [name for name in vars(Desk) if not name.startswith("_")]
    view("predict", {}, *(answered(getattr(desk, name)) for name in names))


PAGE = Page("predict", 10, build)
