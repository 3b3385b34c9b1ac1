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


def build(session: Session) -> None:
    """Place the three lanes and the functions they call."""

    @answered
    def models(_: Any) -> Any:
        return session.models()

    @answered
    def model(data: Any) -> Any:
        return session.model(str(data))

    @answered
    def read(data: Any) -> Any:
        return session.read(ask_of(data))

    @answered
    def score(data: Any) -> Any:
        return session.score(ask_of(data))

    @answered
    def sees(data: Any) -> Any:
        return session.sees(ask_of(data))

    @answered
    def first(data: Any) -> Any:
        return session.first(ask_of(data))

    @answered
    def attend(data: Any) -> Any:
        return session.attend(ask_of(data["ask"]), int(data["place"]))

    @answered
    def start(data: Any) -> Any:
        return session.start(ask_of(data))

    @answered
    def follow(data: Any) -> Any:
        items, ended = session.follow(str(data["name"]), max(0, int(data["since"])), LONGEST_WAIT)
        return {"items": items, "ended": ended}

    @answered
    def stop(data: Any) -> Any:
        session.stop(str(data))

    @answered
    def film(data: Any) -> Any:
        from lab.views.animation import animated

        steps = session.said(str(data["name"]))
        if not steps:
            raise LabError("nothing_to_save")
        form, objective = str(data.get("format", "gif")), str(data.get("objective", ""))
        return animated(steps, form, objective, dark=bool(data.get("dark")))

    @answered
    def fetch(data: Any) -> Any:
        return session.fetch(str(data))

    view(
        "predict", {}, models, model, read, score, sees, first, attend, start, follow, stop, film, fetch
    )


PAGE = Page("predict", 10, build)
