"""A verdict on the terminal."""

from __future__ import annotations

from lab import saying
from lab.cli._language import language, word
from lab.verdict import Verdict


def told(verdict: Verdict) -> None:
    """The advice, its reasons, and the figures behind them."""
    print(word(f"verdict.{verdict.advice}").upper())
    for number, line in enumerate(saying.verdict(language(), verdict)):
        print(f"- {line}" if number < len(verdict.reasons) else line)
    if (rights := verdict.rights) is not None:
        compared, *grounds, caution = saying.rights(language(), rights)
        print(word(f"rights.{rights.answer}").upper())
        print(compared)
        for ground in grounds:
            print(f"- {ground}")
        print(caution)
