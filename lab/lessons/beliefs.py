"""What a reader believed beside what turned out, in bits: the loss that models are trained on."""

from __future__ import annotations

import math
from collections.abc import Sequence

from lab.charts import Bar, Exhibit, Reveal
from lab.lessons.schema import Guess, Option
from lab.types import LabError

LEAST = 0.01
"""Belief that every option keeps: nobody is ever infinitely surprised."""


def reveal(guess: Guess, beliefs: Sequence[float], exhibit: Exhibit) -> Reveal:
    """How beliefs, a weight an option, fared against what an exhibit shows.

    Raises `LabError`: lesson_beliefs, lesson_untold.
    """
    belief = spread(beliefs, len(guess.option))
    truth = truth_of(guess, exhibit)
    return Reveal(
        truth=truth,
        belief=belief,
        bits=cross_entropy(truth, belief),
        uniform=math.log2(len(truth)),
        best=cross_entropy(truth, truth),
        exhibit=exhibit,
    )


def spread(weights: Sequence[float], options: int) -> tuple[float, ...]:
    """Weights as probabilities, each at least `LEAST`."""
    sound = len(weights) == options and all(math.isfinite(w) and w >= 0 for w in weights)
    if not sound or not sum(weights):
        raise LabError("lesson_beliefs", options=options)
    room = 1 - LEAST * options
    return tuple(LEAST + room * weight / sum(weights) for weight in weights)


def cross_entropy(truth: Sequence[float], belief: Sequence[float]) -> float:
    """-sum truth log2 belief, in bits."""
    return -sum(t * math.log2(b) for t, b in zip(truth, belief, strict=True) if t > 0) + 0.0


def truth_of(guess: Guess, exhibit: Exhibit) -> tuple[float, ...]:
    """The share that each option turned out to have.

    Raises `LabError("lesson_untold")` where what it hangs on is not here.
    """
    options = guess.option
    match guess.rule:
        case "given":
            return _even([option.right for option in options])
        case "words":
            return _said(options, exhibit)
        case "range":
            bar = _named(exhibit, guess.of)
            return _even([not o.rest and _within(bar.value, o) for o in options])
        case _:
            return _even(_extreme(guess, exhibit.bars))


def _extreme(guess: Guess, bars: Sequence[Bar]) -> list[bool]:
    """The option of the highest or lowest bar; the rest, where their intervals leave it open."""
    named = {option.bar for option in guess.option if not option.rest}
    sign = 1 if guess.rule == "highest" else -1
    order = sorted((b for b in bars if b.key in named), key=lambda bar: -sign * bar.value)
    if len(order) < len(named):
        raise LabError("lesson_untold")
    first, second = order[0], order[1]
    leaves_open = any(option.rest for option in guess.option) and _overlap(first, second)
    return [o.rest if leaves_open else o.bar == first.key for o in guess.option]


def _overlap(one: Bar, other: Bar) -> bool:
    """A bar without an interval was counted, or is what others are told from: a point."""
    (low, high), (least, most) = _interval(one), _interval(other)
    return max(low, least) <= min(high, most)


def _interval(bar: Bar) -> tuple[float, float]:
    if bar.low is None or bar.high is None:
        return bar.value, bar.value
    return bar.low, bar.high


def _named(exhibit: Exhibit, key: str) -> Bar:
    bar = next((bar for bar in exhibit.bars if not key or bar.key == key), None)
    if bar is None:
        raise LabError("lesson_untold")
    return bar


def _within(value: float, option: Option) -> bool:
    return (option.least is None or option.least <= value) and (
        option.below is None or value < option.below
    )


def _said(options: Sequence[Option], exhibit: Exhibit) -> tuple[float, ...]:
    """The model's own probabilities, as far as its guesses were told; the rest gets the rest."""
    if not exhibit.answers or not exhibit.answers[0].top:
        raise LabError("lesson_untold")
    shares = [
        sum(p for text, p in exhibit.answers[0].top if text.strip() in option.words)
        for option in options
    ]
    rests = [option.rest for option in options]
    left = max(0.0, 1 - sum(shares)) / sum(rests)
    return tuple(left if rest else share for share, rest in zip(shares, rests, strict=True))


def _even(right: Sequence[bool]) -> tuple[float, ...]:
    if not any(right):
        raise LabError("lesson_untold")
    return tuple(one / sum(right) for one in right)
