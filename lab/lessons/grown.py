"""Growing up on paper: the curves of recorded runs, and what they said at three moments."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Sequence
from functools import partial
from html import escape
from itertools import groupby
from typing import Any

from lab import saying
from lab.history import Held, RunView, Sample
from lab.lessons.answers import LOOKS
from lab.session import Session
from lab.texts import say, sentence
from lab.types import LabError
from lab.views.curves import Curve, curves_svg

MEASURES = ("exact", "bound", "pseudo", "")
"""What cannot be compared has a frame of its own; without a measure it is a loss."""


def grown(runs: Sequence[str], code: str, session: Session) -> str:
    """As HTML in one language."""
    views, lost = [], ""
    for name in runs:
        try:
            views.append(session.trainings.runs.view(name))
        except LabError as error:
            lost += f"<p>{escape(sentence(code, error))}</p>"
    frames = (_frame(measure, views, code) for measure in MEASURES)
    return lost + "".join(frames) + "".join(_said(view, code, session) for view in views)


def _frame(measure: str, views: Sequence[RunView], code: str) -> str:
    """The curves of the runs whose looks at held-out data are of one measure."""
    curves = [_curve(view, code) for view in views if view.held and view.held[0].measure == measure]
    if not curves:
        return ""
    title = say(code, f"measure.{measure}" if measure else "figure.loss")
    note = say(code, f"train.measure_line.{measure}") if measure else ""
    return (
        f"<figure><figcaption><b>{escape(title)}</b> {escape(note)}</figcaption>"
        f"{curves_svg(curves, partial(saying.number, code))}</figure>"
    )


def _curve(view: RunView, code: str) -> Curve:
    looks = [one for one in view.held if not one.measure or one.bits_per_byte is not None]
    edges = [(one.step, one.low, one.high) for one in looks]
    return Curve(
        _title(view, code),
        LOOKS.get(view.summary.objective, "noise"),
        tuple((one.step, _height(one)) for one in looks),
        tuple((at, low, high) for at, low, high in edges if low is not None and high is not None),
    )


def _height(one: Held) -> float:
    return one.loss if one.bits_per_byte is None else one.bits_per_byte


def _title(view: RunView, code: str) -> str:
    own = view.summary.title or say(code, f"train.objective.{view.summary.objective}")
    return saying.title(code, view.summary.name, own)


def _said(view: RunView, code: str, session: Session) -> str:
    """What a run made of its prompts at first, in the middle and at last."""
    steps = sorted({sample.step for sample in view.samples})
    if not steps:
        return ""
    shown = dict.fromkeys((steps[0], steps[len(steps) // 2], steps[-1]))
    moments = "".join(_moment(view, step, code, session) for step in shown)
    told = say(code, "learn.moments", shown=len(shown), of=len(steps))
    return f'<h3>{escape(_title(view, code))}</h3><p class="source">{escape(told)}</p>{moments}'


def _moment(view: RunView, step: int, code: str, session: Session) -> str:
    found = [sample for sample in view.samples if sample.step == step]
    inside = "".join(_sample(one, view, session) for one in found)
    head = say(code, "train.step", n=saying.number(code, step))
    return f'<div class="said"><p><b>{escape(head)}</b></p>{inside}</div>'


def _sample(one: Sample, view: RunView, session: Session) -> str:
    if file := one.data.get("file"):
        path = session.trainings.runs.look(view.summary.name).path / "samples" / str(file)
        sheet = b64encode(path.read_bytes()).decode()
        return f'<img class="sheet" alt="" src="data:image/png;base64,{sheet}">'
    begun = str(one.data.get("text", "")) if view.summary.objective == "next" else ""
    return f"<p>{escape(begun)}{''.join(_pieces(one.data.get('tokens', ())))}</p>"


def _pieces(tokens: Sequence[dict[str, Any]]) -> Iterator[str]:
    """What was guessed in bold; of a place that is still hidden, what is likeliest there."""
    for given, some in groupby(tokens, lambda token: token["state"] == "given"):
        text = escape("".join(map(_text, some)))
        yield text if given else f"<b>{text}</b>"


def _text(token: dict[str, Any]) -> str:
    likeliest = token["top"][0][0] if token["state"] == "masked" and token["top"] else ""
    return str(likeliest or token["text"])
