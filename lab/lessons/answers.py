"""What is asked while a lesson is read: models, for what they say, and texts, for what is alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from lab.charts import Answer, Bar, Exhibit, Said
from lab.lessons.commands import near, predicting
from lab.lessons.schema import Asked, Source
from lab.session import Session
from lab.texts import LANGUAGES
from lab.types import LabError, Notice, TokenScore

LOOKS: Mapping[str, str] = {"causal": "next", "next": "next", "masked": "masked"}
"""Kinds of model and objectives by the colour they have; all others repair noise."""


def of_asks(source: Source, session: Session) -> Exhibit:
    answers: list[Answer] = []
    missing: list[tuple[str, LabError]] = []
    for number, asked in enumerate(source.asks):
        blank = Answer(str(number), asked.label.said(), LOOKS.get(asked.objective, "noise"))
        try:
            answers.append(_answered(session, asked, blank, source.show))
        except LabError as error:
            missing.append((asked.model, error))
    bars: tuple[Bar, ...] = ()
    if source.show in ("nearest", "learnt") and answers:
        answers, bars = _beside_pictures(answers, session, learnt=source.show == "learnt")
    return Exhibit(
        key={"nearest": "distance", "learnt": "distance_learnt"}[source.show] if bars else "",
        bars=bars,
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


def _answered(session: Session, asked: Asked, blank: Answer, show: str) -> Answer:
    """Of a text model what is wanted; of a picture model its picture."""
    if asked.objective == "image":
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


def _beside_pictures(
    answers: Sequence[Answer], session: Session, learnt: bool
) -> tuple[list[Answer], tuple[Bar, ...]]:
    """Beside each picture the nearest drawing, or one it learnt from; and how far that is, beside
    how far such pictures usually are."""
    found = session.examinations.alike([one.picture for one in answers if one.picture], learnt)
    pairs = list(zip(answers, found, strict=True))
    return [replace(one, nearest=near.picture) for one, near in pairs], tuple(
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


def same(said: str) -> Said:
    """One and the same in every language."""
    return dict.fromkeys(LANGUAGES, said)
