"""A run's history as people look at it: read on from where one left off, thinned, summed up."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lab.history import Held, Known, RunEvent, RunNews, RunSummary, RunView, Sample, Series
from lab.recipe import Recipe
from lab.training.events import as_lived
from lab.training.folder import RunFolder
from lab.types import LabError

POINTS = 400
"""Most points of a curve: a screen shows no more."""
CURVES = ("loss", "gradient", "rate", "per_second", "seen", "carried", "memory", "temperature")


class Story:
    """The events of one run, each read once. Safe to use from several threads."""

    def __init__(self, run: RunFolder, recorded: bool = False) -> None:
        self.run, self.recorded = run, recorded
        self._lock = threading.Lock()
        self._events: list[RunEvent] = []
        self._offset = 0

    def events(self) -> list[RunEvent]:
        """All that has happened, without what a crash undid."""
        with self._lock:
            fresh, self._offset = self.run.events(self._offset)
            self._events += fresh
            return as_lived(self._events)

    def summary(self, place: int = -1) -> RunSummary:
        """One line of a list; `place` in the queue. Never fails for a file that cannot be read:
        one such run would take the whole list with it. Raises `LabError("no_such_run")`."""
        try:
            return self._summary(self.run.recipe, place)
        except LabError as error:
            if error.key != "run_broken":
                raise
            return self._broken(error, place)
        except OSError as error:
            why = self.run.broken(self.run.events_file, error.strerror or "")
            return self._broken(why, place)

    def _summary(self, recipe: Recipe, place: int) -> RunSummary:
        run = self.run
        alive, events = run.alive, self.events()
        figures = [e for e in events if e.kind == "metric"]
        told = next((e.data for e in reversed(figures) if "loss" in e.data), {})
        held: dict[str, Any] = next(
            (e.data["held_out"] for e in reversed(figures) if "held_out" in e.data), {}
        )
        state = run.state_of(events, alive, queued=place >= 0)
        return RunSummary(
            name=run.name,
            title=recipe.title,
            objective=recipe.objective,
            state=state,
            step=max((e.step for e in figures), default=0),
            steps=recipe.steps,
            family=recipe.family,
            base=recipe.base,
            created=events[0].time if self.recorded else run.made,
            kept=state == "failed" and run.resumable,
            place=place,
            loss=told.get("loss"),
            per_second=told.get("per_second"),
            held_out=held,
            why=_why(events) if state == "failed" else None,
            model=None if self.model is None else str(self.model),
            recorded=self.recorded,
            owner=run.owner,
        )

    def _broken(self, why: LabError, place: int) -> RunSummary:
        """What can be said of a run by its folder alone."""
        name, made = self.run.name, self.run.made
        return RunSummary(name, name, "", "broken", 0, 0, "", made, place=place, why=why,
                          owner=self.run.owner)  # fmt: skip

    @property
    def model(self) -> Path | None:
        """Where what it left lies. Of one that came with the lab, history may be all there is."""
        shipped = self.run.path.parents[1] / "checkpoints" / self.run.name
        model = shipped if self.recorded else self.run.model
        return model if _whole(model) else None

    def view(self, since: int = 0, place: int = -1) -> RunView:
        """All of it, with the samples after the first `since`."""
        events = self.events()
        samples = [e for e in events if e.kind == "sample"]
        return RunView(
            summary=self.summary(place),
            recipe=self.run.recipe.model_dump(),
            about=self.run.about,
            curves={name: thinned(_series(events, name)) for name in CURVES},
            held=tuple(_held(e) for e in events if e.kind == "metric" and "held_out" in e.data),
            samples=tuple(_sample(e) for e in samples[since:]),
            of=len(samples),
            general=_general(_looks(events)),
            notices=_notices(events),
        )

    def news(self, known: Known) -> RunNews:
        """What somebody who has seen `known` has not: little, each second, of a long run."""
        events = self.events()
        begun = sum(e.kind == "status" and e.data.get("state") == "running" for e in events)
        whole = begun != known.begun or known == Known()
        if whole:
            known = Known()
        held = [e for e in events if e.kind == "metric" and "held_out" in e.data]
        samples = [e for e in events if e.kind == "sample"]
        fresh = [e for e in events if e.kind == "metric" and e.step > known.step]
        return RunNews(
            begun=begun,
            whole=whole,
            recipe=self.run.recipe.model_dump() if whole else None,
            about=self.run.about if whole else None,
            curves={name: thinned(_series(fresh, name)) for name in CURVES},
            held=tuple(_held(e) for e in held[known.held :]),
            samples=tuple(_sample(e) for e in samples[known.samples :]),
            general=_general(_looks(events)[known.general :]),
            notices=_notices(events),
        )


def thinned(series: Series, most: int = POINTS) -> Series:
    """At most `most` of the points, evenly chosen, the first and the last among them.

    Points are left out, never averaged: each that is shown was measured.
    """
    if len(series) <= most:
        return series
    return tuple(series[i * (len(series) - 1) // (most - 1)] for i in range(most))


def _series(events: Sequence[RunEvent], name: str) -> Series:
    return tuple(
        (e.step, float(e.data[name]))
        for e in events
        if e.kind == "metric" and e.data.get(name) is not None
    )


def _held(event: RunEvent) -> Held:
    return _look(event.step, event.data["held_out"])


def _look(step: int, found: Mapping[str, Any]) -> Held:
    known = {k: found.get(k) for k in ("bits_per_byte", "low", "high")}
    return Held(step, float(found["loss"]), **known, measure=str(found.get("measure", "")))


def _looks(events: Sequence[RunEvent]) -> list[RunEvent]:
    return [e for e in events if e.kind == "metric" and "general" in e.data]


def _general(looks: Sequence[RunEvent]) -> dict[str, tuple[Held, ...]]:
    """Looks at the general texts, by their language."""
    languages = dict.fromkeys(name for look in looks for name in look.data["general"])
    return {
        name: tuple(
            _look(look.step, look.data["general"][name])
            for look in looks
            if "loss" in look.data["general"].get(name, {})
        )
        for name in languages
    }


def _sample(event: RunEvent) -> Sample:
    return Sample(event.step, int(event.data.get("prompt", 0)), event.data)


def _notices(events: Sequence[RunEvent]) -> tuple[tuple[int, str, dict[str, Any]], ...]:
    return tuple(
        (e.step, str(e.data["note"]), {k: v for k, v in e.data.items() if k in ("rows", "at")})
        for e in events
        if e.kind == "status" and "note" in e.data
    )


def _whole(model: Path) -> bool:
    """Whether there is a model, or the adapter of one."""
    return any((model / name).is_file() for name in ("config.json", "adapter_config.json"))


def _why(events: Sequence[RunEvent]) -> LabError | None:
    last = next((e for e in reversed(events) if e.kind == "error"), None)
    return LabError(str(last.data["key"]), **last.data.get("facts", {})) if last else None
