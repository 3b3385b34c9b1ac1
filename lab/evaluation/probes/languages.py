"""Whom was a model not made for? The same story in twelve languages, and the same twenty gaps.

What is the same is the content: so the whole text's tokens, and its bits, are told beside those
of the English one. Neither a word nor a byte is the same amount of meaning everywhere.
"""

from __future__ import annotations

import tomllib
from typing import Any, ClassVar

from lab.evaluation.gaps import ask, fair, items_of
from lab.evaluation.interval import bootstrap
from lab.evaluation.probes.base import OWN, Judged, Probe, Questions, Say, Subject, figure
from lab.evaluation.text_bits import cost, windows
from lab.findings import Figure
from lab.models.loaded import LoadedModel
from lab.types import Kind

ROOM = OWN / "languages"
DRAWS = 4
"""Noises tried for each window of so short a text."""


class Languages(Probe):
    """Tokens and bits of the same text, and gaps filled, in each language."""

    name: ClassVar[str] = "languages"
    place: ClassVar[int] = 50
    kinds: ClassVar[tuple[Kind, ...]] = ("causal", "masked", "seq2seq")
    languages: ClassVar[tuple[str, ...]] = tuple(sorted(p.stem for p in ROOM.glob("*.toml")))
    reads: ClassVar[tuple[str, ...]] = ()

    def judge(self, subject: Subject, questions: Questions, say: Say) -> Judged:
        model = subject.model()
        wanted = questions.languages or self.languages
        # English first: the others are told beside it.
        ordered = ["en", *(name for name in wanted if name != "en")]
        counted: dict[str, tuple[int, float]] = {}
        found: list[Figure] = []
        measure = ""
        for number, name in enumerate(ordered, 1):
            told = tomllib.loads((ROOM / f"{name}.toml").read_text(encoding="utf-8"))
            tokens, bits, measure = _cost(model, told["text"])
            counted[name] = (tokens, bits)
            if name in wanted:
                found += _figures(name, told, model, counted)
            say(number, len(ordered))
        return Judged(tuple(found), measure)


def _cost(model: LoadedModel, text: str) -> tuple[int, float, str]:
    """(tokens, bits, what the bits are) of a whole text."""
    some = list(windows(model, [text.strip()]))
    found = cost(model, some, DRAWS)
    return sum(len(window.ids) for window in some), sum(found.bits), found.measure


def _figures(
    name: str, told: dict[str, Any], model: LoadedModel, counted: dict[str, tuple[int, float]]
) -> list[Figure]:
    tokens, bits = counted[name]
    english_tokens, english_bits = counted["en"]
    size = len(told["text"].strip().encode())
    items = fair(model, items_of(told))
    right = [float(ask(model, item).right) for item in items]
    return [
        figure(name, "right", bootstrap(right), neutral=1 / model.vocabulary.alphabet.size),
        Figure(name, "tokens_to_english", "share", tokens / english_tokens, tokens),
        Figure(name, "tokens_per_word", "tokens", tokens / told["words"], told["words"]),
        Figure(name, "bits_to_english", "share", bits / english_bits, size),
        Figure(name, "bits_per_byte", "bits", bits / size, size),
    ]


PROBE = Languages()
