"""A verdict on the terminal."""

from __future__ import annotations

from lab.cli._language import language, word
from lab.verdict import Verdict


def told(verdict: Verdict) -> None:
    """The advice, its reasons, and the figures behind them."""
    print(word(f"verdict.{verdict.advice}").upper())
    for reason in verdict.reasons:
        print(f"- {word(f'verdict.{reason.key}', **reason.facts)}")
    if gain := verdict.gain:
        numbers = {n: _two(getattr(gain, n)) for n in ("base", "tuned", "low", "high")}
        print(word("verdict.held_line", documents=gain.documents, **numbers))
    for name, change in verdict.general.items():
        base, tuned = _two(change.base), _two(change.tuned)
        print(word("verdict.general_line", language=name, base=base, tuned=tuned))
    if heart := verdict.memorised:
        print(
            word(
                "verdict.heart_line",
                learnt=heart.learnt_whole,
                held=heart.held_whole,
                asked=heart.asked,
                longest=heart.longest,
            )
        )
    print(word("verdict.overlap_line", count=verdict.overlaps))


def _two(value: float) -> str:
    said = f"{value:.2f}"
    return said.replace(".", ",") if language() == "fr" else said
