"""From a lesson's source to what it shows: a probe's figures, runs' figures, answers given now."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from lab.charts import Answer, Bar, Exhibit, Said
from lab.findings import Figure, Finding
from lab.history import Held, RunView
from lab.lessons.commands import evaluating, own_texts, predicting, training
from lab.lessons.schema import Asked, Source
from lab.recipe import Recipe
from lab.session import Session
from lab.texts import LANGUAGES
from lab.types import LabError, Notice, TokenScore

LOOKS: Mapping[str, str] = {"causal": "next", "next": "next", "masked": "masked"}
"""Kinds of model and objectives by the colour they have; all others repair noise."""
OWN_DATA = "own"
PICTURES = "image"


def exhibit(source: Source, session: Session) -> Exhibit:
    """What a source shows, as things stand now; what cannot be shown is among its `missing`."""
    if source.probe:
        return _of_probe(source, session)
    return _of_runs(source, session) if source.runs else _of_asks(source, session)


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
    for row, figure in enumerate(f for f in finding.figures if f.key == key and _shown(f, source)):
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


def _shown(figure: Figure, source: Source) -> bool:
    return figure.name in source.rows if source.rows else "/" not in figure.name


# -- runs -------------------------------------------------------------------------


def _of_runs(source: Source, session: Session) -> Exhibit:
    bars: list[Bar] = []
    missing: list[tuple[str, LabError]] = []
    views: list[RunView] = []
    here: list[bool] = []
    for number, name in enumerate(source.runs):
        try:
            view, own = _view(session, name)
        except LabError as error:
            missing.append((name, error))
            continue
        several = source.at if isinstance(source.at, tuple) else ()
        looks = [_look(view, source, at) for at in several or (source.at,)]
        if None in looks:
            missing.append((name, LabError("lesson_no_look", run=name)))
            continue
        views.append(view)
        here.append(own)
        for row, look in enumerate(filter(None, looks)):
            # Of several looks each is a bar by its step, of one the run is.
            key = str(several[row]) if several else name
            told = str(look.step) if several else view.summary.title or name
            label = source.labels[number + row].said() if source.labels else _same(told)
            bars.append(_bar_of(look, key, label, view.summary.objective))
    unit = bars[0].unit if bars else "bits"
    return Exhibit(
        key="bits_per_byte" if unit == "bits" else "loss",
        bars=tuple(bars),
        whence="here" if here and all(here) else "recorded",
        commands=tuple(dict.fromkeys(map(training, views))),
        missing=tuple(missing),
        repeatable=bool(views) and all(map(own_texts, views)),
        founded=any(view.recipe["base"] for view in views),
    )


def _view(session: Session, name: str) -> tuple[RunView, bool]:
    """A run that ships with the lab, or the newest made here by the same recipe; whether it is."""
    runs = session.trainings.runs
    shipped = runs.view(name)
    if own_texts(shipped) and not session.catalogue.listed:
        recipe = runs.look(name).recipe
        for run in runs.all():
            if alike(run.recipe, recipe) and run.state() == "finished":
                return runs.view(run.name), True
    return shipped, False


def alike(one: Recipe, other: Recipe) -> bool:
    """Whether two recipes teach the same: what they are called and how they are watched may
    differ."""
    watched = {"title", "family", "log", "prompts", "checkpoint_every", "measure_every"}
    return one.model_dump(exclude=watched) == other.model_dump(exclude=watched)


def _look(view: RunView, source: Source, at: object) -> Held | None:
    """The look at held-out data that is wanted: the best, the last, or the latest up to a step."""
    looks = view.general.get(source.general, ()) if source.general else view.held
    if not looks:
        return None
    if at == "best":
        return min(looks, key=lambda look: look.loss)
    if not isinstance(at, int):
        return looks[-1]
    return next((look for look in reversed(looks) if look.step <= at), None)


def _bar_of(look: Held, name: str, label: Said, objective: str) -> Bar:
    colour = LOOKS.get(objective, "noise")
    if look.bits_per_byte is None:
        return Bar(name, label, colour, "rate", look.loss)
    return Bar(name, label, colour, "bits", look.bits_per_byte, look.low, look.high,
               measure=look.measure)  # fmt: skip


# -- answers ----------------------------------------------------------------------


def _of_asks(source: Source, session: Session) -> Exhibit:
    answers: list[Answer] = []
    missing: list[tuple[str, LabError]] = []
    for number, asked in enumerate(source.asks):
        blank = Answer(str(number), asked.label.said(), LOOKS.get(asked.objective, "noise"))
        try:
            answers.append(_answered(session, asked, blank, source.show))
        except LabError as error:
            missing.append((asked.model, error))
    bars: tuple[Bar, ...] = ()
    if source.show == "nearest" and answers:
        answers, bars = _near(answers, session)
    return Exhibit(
        key="distance" if bars else "",
        bars=bars,
        answers=tuple(answers),
        commands=tuple(predicting(asked) for asked in source.asks),
        missing=tuple(missing),
    )


def _answered(session: Session, asked: Asked, blank: Answer, show: str) -> Answer:
    """Of a text model what is wanted; of a picture model its picture."""
    if asked.objective == PICTURES:
        return _picture(session, asked, blank)
    return _SHOWS[show](session, asked, blank)


def _top(session: Session, asked: Asked, blank: Answer) -> Answer:
    """The guesses in the first gap, or for what comes next."""
    reading = session.read(_without_lens(asked))
    gap = next((token for token in reading.tokens if token.state == "masked"), reading.ahead)
    return replace(blank, top=gap.top if gap else ())


def _bits(session: Session, asked: Asked, blank: Answer) -> Answer:
    """How surprised the model is by the whole sentence."""
    bits = session.score(_without_lens(asked)).bits
    return replace(blank, bits=bits.total if bits else None, measure=bits.measure if bits else "")


def _text(session: Session, asked: Asked, blank: Answer) -> Answer:
    """What was given and what was written, whole."""
    steps = session.predict(_without_lens(asked)).steps
    if asked.objective != "next":
        return replace(blank, tokens=_pieces(steps[-1].tokens))
    given: tuple[tuple[str, bool], ...] = ((str(asked.prompt.get("text", "")), False),)
    return replace(blank, tokens=given + _pieces([t for step in steps for t in step.tokens]))


def _picture(session: Session, asked: Asked, blank: Answer) -> Answer:
    """What was drawn, and what it was drawn from."""
    steps = session.predict(asked).steps
    return replace(blank, picture=steps[-1].sample, start=steps[0].sample)


def _near(answers: Sequence[Answer], session: Session) -> tuple[list[Answer], tuple[Bar, ...]]:
    """Beside each picture its nearest drawing; and how far that is, beside how far the drawings
    are from one another."""
    found = session.examinations.alike([one.picture for one in answers if one.picture])
    pairs = list(zip(answers, found, strict=True))
    return [replace(one, nearest=near.drawing) for one, near in pairs], tuple(
        Bar(one.key, one.label, one.look, "share", near.distance, neutral=near.apart)
        for one, near in pairs
    )


_SHOWS: Mapping[str, Callable[[Session, Asked, Answer], Answer]] = {
    "top": _top, "bits": _bits, "text": _text,
}  # fmt: skip


def _without_lens(asked: Asked) -> Asked:
    return asked.model_copy(update={"prompt": {**asked.prompt, "lens": False}})


def _pieces(tokens: Sequence[TokenScore]) -> tuple[tuple[str, bool], ...]:
    """Without the tokenizer's own markers."""
    written = [(token.text, token.state == "predicted") for token in tokens]
    marks = [token.start < 0 and token.state == "given" for token in tokens]
    return tuple(one for one, mark in zip(written, marks, strict=True) if not mark)


def _same(said: str) -> Said:
    return dict.fromkeys(LANGUAGES, said)
