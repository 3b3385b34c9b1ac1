"""Which language a text is in, from samples of it, by py3langid (Lui and Baldwin 2012)."""

from __future__ import annotations

import math

SAMPLE = 1_500
"""Characters looked at in one place."""
ENOUGH = 4_500
"""Characters looked at in all."""
FEWEST = 40
"""Letters below which nothing is said."""
CODES = {"nb": "no", "nn": "no"}
"""Two ways of writing one language go by its own code."""


class Sample:
    """Some of a text's characters, taken at ever wider distances while it goes by."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.seen = 0
        self.next = 0

    def add(self, text: str) -> None:
        """Look at the next stretch of the text."""
        if self.next < self.seen + len(text) and sum(map(len, self.taken)) < ENOUGH:
            at = max(0, self.next - self.seen)
            self.taken.append(text[at : at + SAMPLE])
            # The beginning is often a title page: half the sample comes from further on.
            self.next = max(self.next + SAMPLE, int(1.6 * (self.seen + at)))
        self.seen += len(text)

    def language(self) -> tuple[str, float]:
        """As `language` says of all that was taken."""
        return language("\n".join(self.taken))


def language(text: str) -> tuple[str, float]:
    """(ISO 639 code, its probability); ("", 0.0) where too little was said to tell."""
    if sum(letter.isalpha() for letter in text[:ENOUGH]) < FEWEST:
        return "", 0.0
    import py3langid

    ranked = py3langid.rank(text)
    # Evidence of neighbouring bytes is not independent: a temperature of sqrt(bytes) keeps
    # the probability honest whatever the length, as the library itself has it.
    warmth = math.sqrt(len(text.encode("utf-8", "replace")))
    weights = [math.exp((score - ranked[0][1]) / warmth) for _, score in ranked]
    code = str(ranked[0][0])
    if code == "zxx":
        return "", 0.0
    return CODES.get(code, code), 1 / sum(weights)
