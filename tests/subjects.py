"""Whom a probe is put to in tests: one model in memory, whatever is asked for."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from tiny_models import loaded

from lab.evaluation.probes.base import Subject
from lab.models.turn import Turn


class Given:
    """A pool that holds one model, whatever it is called."""

    def __init__(self, model: Any) -> None:
        self.model, self.turn = model, Turn()
        self.catalogue = SimpleNamespace(spec=lambda _: model.spec)

    def get(self, *_: Any) -> Any:
        return self.model


def subject(kind: Any, model: Any = None) -> Subject:
    """A model, or the tiny one of a kind."""
    model = model or loaded(kind)
    return Subject(model.spec, Given(model))  # type: ignore[arg-type]


def quietly(done: int, total: int) -> None:
    assert 0 < done <= total
