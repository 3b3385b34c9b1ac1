"""From a lesson's source to what it shows: a probe's figures, runs' figures, answers given now."""

from __future__ import annotations

from collections.abc import Sequence

from lab.charts import Bar, Exhibit
from lab.findings import Figure, Finding
from lab.lessons.answers import LOOKS, of_asks, of_near, same
from lab.lessons.commands import evaluating
from lab.lessons.runs_shown import of_runs
from lab.lessons.schema import Source
from lab.session import Session
from lab.types import LabError, Notice

OWN_DATA = "own"
TIMED = ("rate", "bytes")
"""Units of what hangs on the machine."""


def exhibit(source: Source, session: Session) -> Exhibit:
    """What a source shows, as things stand now; what cannot be shown is among its `missing`."""
    if source.probe:
        return _of_probe(source, session)
    if source.runs:
        return of_runs(source, session)
    return of_near(source, session) if source.near else of_asks(source, session)


# -- probes -----------------------------------------------------------------------


def _of_probe(source: Source, session: Session) -> Exhibit:
    found: list[Finding] = []
    bars: list[Bar] = []
    missing: list[tuple[str, LabError]] = []
    refused: list[tuple[str, LabError]] = []
    # What was found on this machine is its owner's to see, as on the Examine page.
    here = () if session.catalogue.listed else session.examinations.findings()
    recorded = session.examinations.recorded()
    elsewhere: list[Finding] = []
    key = ""
    for number, model in enumerate(source.models):
        shipped = next((one for one in recorded if asked_so(one, source, model)), None)
        own = next((one for one in here if asked_so(one, source, model)), None)
        if own and shipped and own.digest != shipped.digest:
            own = None  # found of weights that were there before those that ship now
        finding = own or shipped
        if finding is None:
            why = session.examinations.refusal(source.probe, model)
            lacks = LabError("lesson_no_finding", model=model, probe=source.probe)
            (refused if why else missing).append((model, why or lacks))
            continue
        found.append(finding)
        if not own:
            elsewhere.append(finding)
        key = source.figure or finding.whole.key
        bars += _bars(source, session, finding, key, number)
    timed = any(bar.unit in TIMED for bar in bars)
    return Exhibit(
        key=key,
        bars=tuple(bars),
        whence="here" if found and not elsewhere else "recorded",
        made=min((one.made[:10] for one in found), default=""),
        computers=tuple(dict.fromkeys(one.computer for one in elsewhere)) if timed else (),
        commands=(evaluating(source),),
        notices=_once([notice for one in found for notice in one.notices]),
        missing=tuple(missing),
        refused=tuple(refused),
        repeatable=True,
    )


def _once(notices: Sequence[Notice]) -> tuple[Notice, ...]:
    """Each as often as it says something else."""
    return tuple({(n.key, *sorted(n.facts.items())): n for n in notices}.values())


def asked_so(finding: Finding, source: Source, model: str) -> bool:
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
        label = own or same(figure.name if by_row else entry.title)
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
