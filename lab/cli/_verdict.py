"""A verdict on the terminal."""

from __future__ import annotations

from lab.cli._language import language, word
from lab.licences import Rights
from lab.verdict import Change, Verdict


def told(verdict: Verdict) -> None:
    """The advice, its reasons, and the figures behind them."""
    print(word(f"verdict.{verdict.advice}").upper())
    for reason in verdict.reasons:
        print(f"- {word(f'verdict.{reason.key}', **reason.facts)}")
    if verdict.gain and verdict.gain.measure == "denoising":
        _of_pictures(verdict, verdict.gain)
    elif gain := verdict.gain:
        numbers = {n: _two(getattr(gain, n)) for n in ("base", "tuned", "low", "high")}
        print(word("verdict.held_line", documents=gain.documents, **numbers))
    if verdict.by:
        print(word(f"tune.by.{verdict.by}"))
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
    if verdict.rights:
        _licences(verdict.rights)


def _licences(rights: Rights) -> None:
    documents = ", ".join(map(_licence, rights.documents))
    print(word(f"rights.{rights.answer}").upper())
    print(word("rights.compared", base=_licence(rights.base), documents=documents))
    for one in rights.grounds:
        print(f"- {word(f'rights.{one.key}', **one.facts)}")
    print(word("rights.caution"))


def _licence(name: str) -> str:
    """As it is called; those that are no name of a licence, in words."""
    return word(f"licence.{name or 'unstated'}").removeprefix("licence.")


def _of_pictures(verdict: Verdict, gain: Change) -> None:
    numbers = {n: _three(getattr(gain, n)) for n in ("base", "tuned", "low", "high")}
    print(word("verdict.picture_held_line", count=gain.documents, **numbers))
    for name, change in verdict.general.items():
        base, tuned = _three(change.base), _three(change.tuned)
        what = word(f"verdict.set.{name}")
        print(word("verdict.picture_general_line", what=what, base=base, tuned=tuned))
    if found := verdict.copied:
        near = {"near": _three(found.distance), "real": _three(found.distance_held)}
        print(word("verdict.copies_line", copies=found.copies, drawn=found.drawn, **near))


def _three(value: float) -> str:
    return _local(f"{value:.3f}")


def _two(value: float) -> str:
    return _local(f"{value:.2f}")


def _local(said: str) -> str:
    return said.replace(".", ",") if language() == "fr" else said
