"""Lessons on paper: both languages, answers on a leaf of their own, words never HTML."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from bits_of_lessons import ASKED, WORDS

from lab.charts import Bar, Exhibit
from lab.config import checked
from lab.lessons.handout import _Paper, handout
from lab.lessons.schema import SHIPPED, Lesson, load
from lab.session import Session
from lab.types import LabError

Values = Callable[..., dict[str, Any]]
EVIL = "<script>alert(1)</script>"
HOSTILE = {"en": EVIL, "fr": EVIL}


def page(session: Session, values: dict[str, Any], language: str = "en") -> str:
    return handout("mine", checked(Lesson, values), language, session)


def test_words_stay_words(values: Values, session: Session) -> None:
    asked = ASKED | {"label": HOSTILE, "prompt": {"text": EVIL, "steps": 1}}
    told = values(
        {"kind": "read", "say": HOSTILE},
        {"kind": "guess", "ask": HOSTILE, "rule": "given", "after": HOSTILE,
         "option": [{"say": HOSTILE, "right": True}, {"say": HOSTILE}]},
        {"kind": "figures", "title": HOSTILE, "source": {"asks": [asked], "show": "text"}},
        {"kind": "figures", "title": HOSTILE,
         "source": {"runs": ["tiny-next-en"], "labels": [HOSTILE]}},
        title=HOSTILE, line=HOSTILE, limits=HOSTILE,
        further=[{"work": EVIL, "url": "https://example.org/" + '"onload="x', "why": HOSTILE}],
    )  # fmt: skip
    made = page(session, told)
    assert "<script" not in made
    assert '"onload' not in made
    assert made.count("&lt;script&gt;") >= 10


@pytest.mark.parametrize(
    ("language", "said", "never"), [("en", "53 %", "53%"), ("fr", "53\u202f%", "53 %")]
)
def test_figures_are_written_as_a_reader_writes_them(
    session: Session, language: str, said: str, never: str
) -> None:
    name = "bias-inherited"
    made = handout(name, load(SHIPPED / f"{name}.toml"), language, session)
    assert f">{said}</text>" in made
    assert f">{never}</text>" not in made


@pytest.mark.parametrize(
    ("language", "unit", "value", "said"),
    [("en", "bytes", 5.38e8, "538\u202fMB"), ("fr", "bytes", 5.38e8, "538\u202fMo"),
     ("en", "rate", 6043.2, "6,043"), ("fr", "rate", 6043.2, "6\u202f043"),
     ("fr", "bits", 1.234, "1,23"), ("en", "distance", 0.0512, "0.051")],
)  # fmt: skip
def test_large_figures_are_written_out(
    session: Session, language: str, unit: Any, value: float, said: str
) -> None:
    paper = _Paper("mine", language, session)
    assert paper.value(Bar("a", {}, "", unit, value)) == said


def test_each_place_of_a_slider_is_called_by_its_label(values: Values, session: Session) -> None:
    cases = [
        {"label": {"en": f"{n} characters", "fr": f"{n} caractères"},
         "source": {"runs": ["tiny-next-en"], "at": n}}
        for n in (0, 3000)
    ]  # fmt: skip
    made = page(session, values({"kind": "figures", "title": WORDS, "case": cases}))
    first, second = (made.index(f"<b>{n} characters</b>") for n in (0, 3000))
    assert first < made.index("<svg") < second


@pytest.mark.parametrize(("language", "said"), [("en", "step 3,000"), ("fr", "étape 3\u202f000")])
def test_growing_up_is_on_it_with_curves_and_three_moments(
    values: Values, session: Session, language: str, said: str
) -> None:
    part = {"kind": "growth", "title": WORDS, "runs": ["tiny-next-en", "nobody"]}
    made = page(session, values(part), language)
    assert f"<h2>{WORDS[language]}</h2>" in made
    assert made.count("<svg") == 1
    assert made.count('<div class="said">') == 3
    assert said in made
    assert "nobody" in made, "what is not here is said"
    assert {"en": "the lesson mine.", "fr": "la leçon mine."}[language] in made


def test_whom_a_probe_cannot_ask_is_said_under_the_chart(session: Session) -> None:
    paper = _Paper("mine", "en", session)
    refused = (("tiny-span-en", LabError("probe_cannot", probe="cloze", model="tiny-span-en")),)
    bar = Bar("a", {"en": "A"}, "", "rate", 5.0)
    made = paper.figure(Exhibit(bars=(bar,), refused=refused, computers=(None,)))
    assert "cloze cannot be put to tiny-span-en" in made
    assert "Machine not noted." in made


@pytest.mark.parametrize(("language", "word"), [("en", "Answers"), ("fr", "Réponses")])
def test_answers_are_on_a_leaf_of_their_own(
    values: Values, session: Session, language: str, word: str
) -> None:
    secret = {"en": "It was the first.", "fr": "C’était la première."}
    part = values()["part"][0] | {"after": secret}
    made = page(session, values(part), language)
    questions, _, answers = made.partition(f"<h1>{word}</h1>")
    assert secret[language] not in questions
    assert secret[language] in answers
    assert f'<html lang="{language}">' in made


def test_parts_for_the_other_language_stay_out(values: Values, session: Session) -> None:
    told = values(
        {"kind": "read", "say": WORDS | {"en": "For the English."}, "reader": "en"},
        {"kind": "read", "say": WORDS | {"fr": "Pour les Français."}, "reader": "fr"},
    )
    assert "For the English." in page(session, told, "en")
    assert "Pour les" not in page(session, told, "en")
    assert "Pour les Français." in page(session, told, "fr")


def test_pictures_and_bars_are_on_it_and_what_is_missing_is_said(
    values: Values, session: Session
) -> None:
    asked = ASKED | {"model": "tiny-image", "objective": "image", "prompt": {"steps": 2}}
    told = values(
        {"kind": "figures", "title": WORDS, "source": {"asks": [asked], "show": "picture"}},
        {"kind": "figures", "title": WORDS, "source": {"runs": ["tiny-next-en", "nobody"]}},
        {"kind": "guess", "ask": WORDS, "rule": "highest", "after": WORDS,
         "source": {"runs": ["nobody"]},
         "option": [{"say": WORDS, "bar": "nobody"}, {"say": WORDS, "bar": "b"}]},
    )  # fmt: skip
    made = page(session, told)
    assert 'src="data:image/png;base64,' in made
    assert "<svg" in made
    assert "nobody" in made
    assert "What this question hangs on" in made
    assert "pretext-lab pretrain tiny-next-en" in made
