"""Beliefs beside what turned out: cross-entropy by hand, and who is right under each rule."""

from __future__ import annotations

import math
from typing import Any

import pytest
from bits_of_lessons import WORDS

from lab.charts import Answer, Bar, Exhibit
from lab.lessons.beliefs import LEAST, reveal, spread, truth_of
from lab.lessons.schema import Guess
from lab.types import LabError

SAID = {"en": "x", "fr": "x"}


def guess(rule: str, *options: dict[str, Any], of: str = "") -> Guess:
    source = None if rule == "given" else {"runs": ["r"]}
    told = [{"say": WORDS, **option} for option in options]
    return Guess.model_validate(
        {"kind": "guess", "ask": WORDS, "rule": rule, "option": told, "of": of,
         "source": source, "after": WORDS}
    )  # fmt: skip


def bar(key: str, value: float, half: float | None = None) -> Bar:
    low, high = (None, None) if half is None else (value - half, value + half)
    return Bar(key, SAID, "next", "bits", value, low, high)


GIVEN = guess("given", {"right": True}, {}, {}, {})


def test_surprise_is_cross_entropy_in_bits() -> None:
    told = reveal(GIVEN, [0.4, 0.3, 0.2, 0.1], Exhibit())
    believed = LEAST + (1 - 4 * LEAST) * 0.4
    assert told.belief[0] == pytest.approx(believed)
    assert told.bits == pytest.approx(-math.log2(believed))
    assert (told.uniform, told.best) == (2.0, 0.0)
    assert sum(told.belief) == pytest.approx(1)


def test_nobody_is_ever_infinitely_surprised() -> None:
    told = reveal(GIVEN, [0, 1, 0, 0], Exhibit())
    assert told.bits == pytest.approx(-math.log2(LEAST))


@pytest.mark.parametrize("sound", [[2, 2], [1e-9, 1e-9], [50, 50]])
def test_only_the_shares_of_weights_count(sound: list[float]) -> None:
    assert spread(sound, 2) == pytest.approx((0.5, 0.5))


@pytest.mark.parametrize("odd", [[], [1], [1, 1, 1], [0, 0], [-1, 2], [math.nan, 1], [math.inf, 1]])
def test_what_is_no_belief_is_refused(odd: list[float]) -> None:
    with pytest.raises(LabError, match="lesson_beliefs"):
        spread(odd, 2)


@pytest.mark.parametrize(
    ("rule", "half", "right"),
    [("highest", 0.1, 1), ("lowest", 0.1, 0), ("highest", 0.9, 2), ("lowest", None, 0)],
)
def test_the_extreme_bar_or_that_it_stays_open(rule: str, half: float | None, right: int) -> None:
    asked = guess(rule, {"bar": "a"}, {"bar": "b"}, {"rest": True})
    shown = Exhibit(bars=(bar("a", 1.0, half), bar("b", 2.0, half), bar("unasked", 9.0)))
    assert truth_of(asked, shown).index(1.0) == right


def test_without_an_open_option_the_extreme_bar_is_right_whatever_its_interval() -> None:
    asked = guess("highest", {"bar": "a"}, {"bar": "b"})
    assert truth_of(asked, Exhibit(bars=(bar("a", 1.0, 5), bar("b", 2.0, 5)))) == (0, 1)


@pytest.mark.parametrize(("value", "right"), [(0.99, 0), (1.0, 1), (1.99, 1), (2.0, 2), (9.0, 2)])
def test_ranges_begin_where_they_say(value: float, right: int) -> None:
    asked = guess("range", {"below": 1.0}, {"least": 1.0, "below": 2.0}, {"least": 2.0}, of="b")
    shown = Exhibit(bars=(bar("a", 77.0), bar("b", value)))
    assert truth_of(asked, shown).index(1.0) == right


def test_words_have_the_shares_that_the_model_gives_them() -> None:
    asked = guess("words", {"words": ["time", "Time"]}, {"words": ["day"]}, {"rest": True})
    top = ((" time", 0.5), ("Time", 0.1), (" day", 0.25), (" king", 0.05))
    told = reveal(asked, [1, 1, 1], Exhibit(answers=(Answer("0", SAID, "next", top=top),)))
    assert told.truth == pytest.approx((0.6, 0.25, 0.15))
    entropy = -sum(p * math.log2(p) for p in (0.6, 0.25, 0.15))
    assert told.best == pytest.approx(entropy)
    assert told.bits >= told.best


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        (guess("highest", {"bar": "a"}, {"bar": "b"}), Exhibit(bars=(bar("a", 1.0),))),
        (guess("range", {"below": 1.0}, {"least": 5.0}), Exhibit(bars=(bar("a", 3.0),))),
        (guess("range", {"below": 1.0}, {"least": 1.0}, of="z"), Exhibit(bars=(bar("a", 3.0),))),
        (guess("words", {"words": ["a"]}, {"rest": True}), Exhibit()),
    ],
)
def test_what_is_not_here_is_not_made_up(asked: Guess, shown: Exhibit) -> None:
    with pytest.raises(LabError, match="lesson_untold"):
        truth_of(asked, shown)
