"""What is asked while a lesson is read: models, for what they say, and texts, for what is alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from lab.charts import Answer, Exhibit
from lab.lessons.commands import near, predicting
from lab.lessons.schema import Asked, Source
from lab.session import Session
from lab.types import LabError, Notice, TokenScore

LOOKS: Mapping[str, str] = {"causal": "next", "next": "next", "masked": "masked"}
"""Kinds of model and objectives by the colour they have; all others repair noise."""


def of_asks(source: Source, session: Session) -> Exhibit:
    answers: list[Answer] = []
    missing: list[tuple[str, LabError]] = []
    for number, asked in enumerate(source.asks):
        blank = Answer(str(number), asked.label.said(), LOOKS.get(asked.objective, "noise"))
        try:
            answers.append(_SHOWS[source.show](session, asked, blank))
        except LabError as error:
            missing.append((asked.model, error))
    return Exhibit(
        answers=tuple(answers),
        commands=tuple(predicting(asked) for asked in source.asks),
        missing=tuple(missing),
    )


def of_near(source: Source, session: Session) -> Exhibit:
    answers: list[Answer] = []
    missing: list[tuple[str, LabError]] = []
    for number, asked in enumerate(source.near):
        try:
            found = session.trainings.nearest(asked.of, asked.text, asked.most).passages
            answers.append(Answer(str(number), asked.label.said(), "", passages=found))
        except LabError as error:
            missing.append((asked.of, error))
    return Exhibit(
        answers=tuple(answers),
        commands=tuple(near(asked) for asked in source.near),
        notices=(Notice("similar_not_causal"),),
        missing=tuple(missing),
    )


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
    steps = session.predict(asked).steps
    if asked.objective != "next":
        return replace(blank, tokens=_pieces(steps[-1].tokens))
    given: tuple[tuple[str, bool], ...] = ((str(asked.prompt.get("text", "")), False),)
    return replace(blank, tokens=given + _pieces([t for step in steps for t in step.tokens]))


def _picture(session: Session, asked: Asked, blank: Answer) -> Answer:
    return replace(blank, picture=session.predict(asked).steps[-1].sample)


_SHOWS: Mapping[str, Callable[[Session, Asked, Answer], Answer]] = {
    "top": _top, "bits": _bits, "text": _text, "picture": _picture,
}  # fmt: skip


def _without_lens(asked: Asked) -> Asked:
    return asked.model_copy(update={"prompt": {**asked.prompt, "lens": False}})


def _pieces(tokens: Sequence[TokenScore]) -> tuple[tuple[str, bool], ...]:
    """Without the tokenizer's own markers."""
    written = [(token.text, token.state == "predicted") for token in tokens]
    marks = [token.start < 0 and token.state == "given" for token in tokens]
    return tuple(one for one, mark in zip(written, marks, strict=True) if not mark)
