"""Runs as bars: their looks at held-out data, or what a verdict says of them."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from lab.charts import Bar, Exhibit, Said
from lab.findings import Unit
from lab.history import Held, RunView
from lab.lessons.answers import LOOKS, same
from lab.lessons.commands import THEIR_TEXTS, own_texts, training
from lab.lessons.schema import Source
from lab.recipe import Recipe
from lab.session import Session
from lab.texts import LANGUAGES, say
from lab.types import LabError, Notice
from lab.verdict import Verdict


def of_runs(source: Source, session: Session) -> Exhibit:
    bars: list[Bar] = []
    missing: list[tuple[str, LabError]] = []
    views: list[RunView] = []
    here: list[bool] = []
    for number, name in enumerate(source.runs):
        try:
            view, own = _view(session, name, judged=bool(source.verdict))
            own_label = source.labels[number].said() if source.labels else None
            label = own_label or same(view.summary.title or name)
            if source.verdict:
                verdict = session.trainings.verdicts(view.summary.name)[-1]
                bars += verdict_bars(session, source, verdict, view, name, label, first=not bars)
            else:
                bars += _bars(view, source, name, number)
        except LabError as error:
            missing.append((name, error))
            continue
        here.append(own)
        views.append(view)
    return Exhibit(
        key=_KEYS[bars[0].unit] if bars else "",
        bars=tuple(bars),
        whence="here" if here and all(here) else "history",
        made=min(map(_day, views), default=""),
        commands=tuple(dict.fromkeys(map(training, views))),
        notices=_notices(source, bars, views),
        missing=tuple(missing),
        repeatable=bool(views) and all(map(own_texts, views)),
        founded=any(view.recipe["base"] for view in views),
    )


def _notices(source: Source, bars: Sequence[Bar], views: Sequence[RunView]) -> tuple[Notice, ...]:
    """What must be said beside the bars: of their interval, and of texts that are not here."""
    found = (Notice("verdict_interval"),) if source.verdict == "gain" and bars else ()
    if all(map(own_texts, views)):
        return found
    return (*found, Notice("their_texts", {"folder": THEIR_TEXTS}))


_KEYS: Mapping[Unit, str] = {"bits": "bits_per_byte", "rate": "loss", "share": "verbatim"}


def _day(view: RunView) -> str:
    """On which a run began."""
    return time.strftime("%Y-%m-%d", time.gmtime(view.summary.created))


def _view(session: Session, name: str, judged: bool) -> tuple[RunView, bool]:
    """A run that ships with the lab, or the newest made here by the same recipe; whether it is.

    judged  only a run that there is a verdict on will do

    Raises `LabError`: no_such_run, lesson_no_verdict.
    """
    runs, shelf = session.trainings.runs, session.trainings.shelf
    shipped = runs.view(name)
    if own_texts(shipped) and not session.catalogue.listed:
        recipe = runs.look(name).recipe
        for run, found in runs.told():
            data = found.data.model_copy(update={"paths": shelf.names(found.data.paths)})
            same = alike(found.model_copy(update={"data": data}), recipe)
            told = not judged or session.trainings.verdicts(run.name)
            if same and told and run.state() == "finished":
                return runs.view(run.name), True
    if judged and not session.trainings.verdicts(name):
        raise LabError("lesson_no_verdict", run=name)
    return shipped, False


def alike(one: Recipe, other: Recipe) -> bool:
    """Whether two recipes teach the same: what they are called and how they are watched may
    differ."""
    watched = {"title", "family", "log", "prompts", "checkpoint_every", "measure_every"}
    return one.model_dump(exclude=watched) == other.model_dump(exclude=watched)


def _bars(view: RunView, source: Source, name: str, number: int) -> list[Bar]:
    """A bar for the run; of several looks one each, by its step.

    Raises `LabError("lesson_no_look")`.
    """
    several = source.at if isinstance(source.at, tuple) else ()
    bars = []
    for row, at in enumerate(several or (source.at,)):
        look = _look(view, source, at)
        told = str(look.step) if several else view.summary.title or name
        label = source.labels[number + row].said() if source.labels else same(told)
        key = str(at) if several else name
        bars.append(_bar_of(look, key, label, view.summary.objective))
    return bars


def _look(view: RunView, source: Source, at: object) -> Held:
    """The look at held-out data that is wanted: the best, the last, or the latest up to a step.

    Raises `LabError("lesson_no_look")`.
    """
    looks = view.general.get(source.general, ()) if source.general else view.held
    if at == "best":
        looks = looks and (min(looks, key=lambda look: look.loss),)
    elif isinstance(at, int):
        looks = tuple(look for look in looks if look.step <= at)
    if not looks:
        raise LabError("lesson_no_look", run=view.summary.name)
    return looks[-1]


def _bar_of(look: Held, name: str, label: Said, objective: str) -> Bar:
    colour = LOOKS.get(objective, "noise")
    if look.bits_per_byte is None:
        return Bar(name, label, colour, "rate", look.loss)
    return Bar(name, label, colour, "bits", look.bits_per_byte, look.low, look.high,
               measure=look.measure)  # fmt: skip


def verdict_bars(
    session: Session, source: Source, verdict: Verdict, view: RunView, name: str, label: Said,
    first: bool,
) -> Sequence[Bar]:  # fmt: skip
    """What a verdict says: tuned beside base, or what is said by heart of either side's documents.

    The base stands there once, under the key "base"; a run's bar under the run's name. The
    interval is that of the change, drawn from the base. By heart, a bar of the learnt documents
    under the run's name, and one of those held out behind it, with " held".

    Raises `LabError("lesson_no_look")` where the verdict does not say it.
    """
    colour = LOOKS.get(view.summary.objective, "noise")
    if source.verdict == "heart" and (heart := verdict.memorised):
        sides = (("", "learnt", heart.learnt), (" held", "held", heart.held))
        return [
            Bar(name + end, {c: f"{label[c]} · {say(c, f'learn.heart.{side}')}" for c in LANGUAGES},
                colour, "share", value)
            for end, side, value in sides
        ]  # fmt: skip
    change = verdict.general.get(source.general) if source.general else verdict.gain
    if source.verdict == "heart" or change is None:
        raise LabError("lesson_no_look", run=name)
    base, low, high = change.base, change.base + change.low, change.base + change.high
    known = same(session.model(view.recipe["base"]).title)
    told = [Bar(name, label, colour, "bits", change.tuned, low, high, measure=change.measure)]
    return [Bar("base", known, colour, "bits", base, measure=change.measure), *told][not first :]
