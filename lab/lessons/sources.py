"""From a lesson's source to what it shows: a probe's figures, runs' figures, answers given now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lab.charts import Bar, Exhibit, Said
from lab.findings import Figure, Finding, Unit
from lab.history import Held, RunView
from lab.lessons.answers import LOOKS, of_asks, of_near
from lab.lessons.commands import evaluating, own_texts, training
from lab.lessons.schema import Source
from lab.recipe import Recipe
from lab.session import Session
from lab.texts import LANGUAGES, say
from lab.types import LabError, Notice
from lab.verdict import Verdict

OWN_DATA = "own"


def exhibit(source: Source, session: Session) -> Exhibit:
    """What a source shows, as things stand now; what cannot be shown is among its `missing`."""
    if source.probe:
        return _of_probe(source, session)
    if source.runs:
        return _of_runs(source, session)
    return of_near(source, session) if source.near else of_asks(source, session)


# -- probes -----------------------------------------------------------------------


def _of_probe(source: Source, session: Session) -> Exhibit:
    found: list[Finding] = []
    bars: list[Bar] = []
    missing: list[tuple[str, LabError]] = []
    here, recorded = session.examinations.findings(), session.examinations.recorded()
    sources: list[str] = []
    key = ""
    for number, model in enumerate(source.models):
        shipped = next((one for one in recorded if _asked_so(one, source, model)), None)
        own = next((one for one in here if _asked_so(one, source, model)), None)
        if own and shipped and own.digest != shipped.digest:
            own = None  # found of weights that were there before those that ship now
        finding = own or shipped
        if finding is None:
            missing.append((model, LabError("lesson_no_finding", model=model, probe=source.probe)))
            continue
        found.append(finding)
        sources.append("here" if own else "recorded")
        key = source.figure or finding.whole.key
        bars += _bars(source, session, finding, key, number)
    return Exhibit(
        key=key,
        bars=tuple(bars),
        whence="here" if sources and "recorded" not in sources else "recorded",
        made=min((one.made[:10] for one in found), default=""),
        commands=(evaluating(source),),
        notices=_once([notice for one in found for notice in one.notices]),
        missing=tuple(missing),
        repeatable=True,
    )


def _once(notices: Sequence[Notice]) -> tuple[Notice, ...]:
    """Each as often as it says something else."""
    return tuple({(n.key, *sorted(n.facts.items())): n for n in notices}.values())


def _asked_so(finding: Finding, source: Source, model: str) -> bool:
    """Whether it is of this model, asked the same questions in the same way."""
    settings = finding.settings
    return (
        (finding.model, finding.probe, finding.data) == (model, source.probe, OWN_DATA)
        and finding.precision == source.precision
        and settings.get("languages") == ", ".join(source.languages)
        and settings.get("most") == source.most
    )


def _bars(
    source: Source, session: Session, finding: Finding, key: str, number: int
) -> Sequence[Bar]:
    """A bar a row. Models that are compared are named by the model, rows of one by the row."""
    entry = session.model(finding.model)
    compared, several = len(source.models) > 1, len(source.rows) > 1
    bars = []
    for row, figure in enumerate(_wanted(finding, source, key)):
        by_row = several or not compared
        name = figure.name if by_row else finding.model
        own = source.labels[row if by_row else number].said() if source.labels else None
        label = own or _same(figure.name if by_row else entry.title)
        if compared and several:
            name = f"{finding.model} {name}"
            label = {code: f"{entry.title} · {said}" for code, said in label.items()}
        bars.append(
            Bar(name, label, LOOKS.get(entry.kind, "noise"), figure.unit, figure.value,
                figure.low, figure.high, figure.neutral, finding.measure)
        )  # fmt: skip
    return bars


def _wanted(finding: Finding, source: Source, key: str) -> Sequence[Figure]:
    """In the order of the source's rows, which its labels follow; without any, those of a whole."""
    found = [figure for figure in finding.figures if figure.key == key]
    if not source.rows:
        return [figure for figure in found if "/" not in figure.name]
    chosen = [figure for figure in found if figure.name in source.rows]
    return sorted(chosen, key=lambda figure: source.rows.index(figure.name))


# -- runs -------------------------------------------------------------------------


def _of_runs(source: Source, session: Session) -> Exhibit:
    bars: list[Bar] = []
    missing: list[tuple[str, LabError]] = []
    views: list[RunView] = []
    here: list[bool] = []
    made: list[str] = []
    for number, name in enumerate(source.runs):
        try:
            view, own = _view(session, name, judged=bool(source.verdict))
            own_label = source.labels[number].said() if source.labels else None
            label = own_label or _same(view.summary.title or name)
            if source.verdict:
                verdict = session.trainings.verdicts(view.summary.name)[-1]
                bars += verdict_bars(session, source, verdict, view, name, label, first=not bars)
                made.append(verdict.made[:10])
            else:
                bars.append(_bar_of(_look(view, source), name, label, view.summary.objective))
        except LabError as error:
            missing.append((name, error))
            continue
        here.append(own)
        views.append(view)
    return Exhibit(
        key=_KEYS[bars[0].unit] if bars else "",
        bars=tuple(bars),
        whence="here" if here and all(here) else "recorded",
        made=min(made, default=""),
        commands=tuple(dict.fromkeys(map(training, views))),
        notices=(Notice("verdict_interval"),) if source.verdict == "gain" and bars else (),
        missing=tuple(missing),
        repeatable=bool(views) and all(map(own_texts, views)),
        founded=any(view.recipe["base"] for view in views),
    )


_KEYS: Mapping[Unit, str] = {"bits": "bits_per_byte", "rate": "loss", "share": "verbatim"}


def _view(session: Session, name: str, judged: bool) -> tuple[RunView, bool]:
    """A run that ships with the lab, or the newest made here by the same recipe; whether it is.

    judged  only a run that there is a verdict on will do

    Raises `LabError`: no_such_run, lesson_no_verdict.
    """
    runs, shelf = session.trainings.runs, session.trainings.shelf
    shipped = runs.view(name)
    if own_texts(shipped) and not session.catalogue.listed:
        recipe = runs.look(name).recipe
        for run in runs.all():
            found = run.recipe
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


def _look(view: RunView, source: Source) -> Held:
    """The look at held-out data that is wanted. Raises `LabError("lesson_no_look")`."""
    looks = view.general.get(source.general, ()) if source.general else view.held
    if source.at == "best":
        looks = looks and (min(looks, key=lambda look: look.loss),)
    elif source.at != "last":
        looks = tuple(look for look in looks if look.step <= int(source.at))
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
    known = _same(session.model(view.recipe["base"]).title)
    told = [Bar(name, label, colour, "bits", change.tuned, low, high, measure=change.measure)]
    return [Bar("base", known, colour, "bits", base, measure=change.measure), *told][not first :]


def _same(said: str) -> Said:
    return dict.fromkeys(LANGUAGES, said)
