"""The words of a text as numbers, millions a second: what near copies and overlaps are found by.

A word is a run of letters and digits, or one sign of a script that writes without spaces;
case does not count. Its number is a polynomial of its code points modulo 2^64 (Karp and
Rabin 1987), read off running sums, so that no word is ever cut out of the text.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Numbers: TypeAlias = npt.NDArray[np.uint64]
Places: TypeAlias = npt.NDArray[np.int64]

BASE = 0x9E3779B97F4A7C15
"""An odd number, so that it can be divided by modulo 2^64."""
CHUNK = 1 << 18
"""Characters worked on at once: what they take stays within a processor's cache, nearly."""
CODES = 0x110000
UNSPACED = ((0x0E00, 0x0EDF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x3040, 0x30FF),
            (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x323AF))  # fmt: skip
"""First and last code points of scripts without spaces: Thai, Lao, Burmese, Khmer, kana, Han."""


@dataclass(frozen=True, slots=True)
class Words:
    """number[i] of the word from character start[i] up to stop[i], in their order."""

    number: Numbers
    start: Places
    stop: Places

    def __len__(self) -> int:
        return len(self.number)


@dataclass(frozen=True, slots=True)
class _Tables:
    """For each code point: does it belong to a word, is it one by itself, what is it in small."""

    letter: npt.NDArray[np.bool_]
    alone: npt.NDArray[np.bool_]
    small: Numbers
    powers: Numbers
    inverse: Numbers


@cache
def _tables() -> _Tables:
    letter = np.fromiter((c.isalnum() for c in map(chr, range(CODES))), np.bool_, CODES)
    # Vowel signs of Indian scripts, and accents that no letter has swallowed.
    marks = [code for code in range(0x10000) if unicodedata.category(chr(code))[0] == "M"]
    letter[marks] = True
    alone = np.zeros(CODES, np.bool_)
    for first, last in UNSPACED:
        alone[first : last + 1] = letter[first : last + 1]
    small = np.arange(CODES, dtype=np.uint64)
    for code in np.flatnonzero(letter[:0x10000]):
        # A letter that becomes two when it is made small stays as it is.
        if len(lower := chr(code).lower()) == 1:
            small[code] = ord(lower)
    return _Tables(letter, alone, small, _powers(BASE), _powers(pow(BASE, -1, 1 << 64)))


def _powers(base: int) -> Numbers:
    factors = np.full(CHUNK + 1, base, np.uint64)
    factors[0] = 1
    return np.multiply.accumulate(factors)


def powers() -> tuple[Numbers, Numbers]:
    """The powers of BASE from 0 to CHUNK, and their inverses, modulo 2^64."""
    tables = _tables()
    return tables.powers, tables.inverse


def words(text: str) -> Words:
    """Every word of the text, a number each. Longer texts than a chunk are cut where they may be.

    A word of more than a chunk's length counts as several.
    """
    found: list[Words] = []
    at = 0
    while at < len(text):
        end = min(len(text), at + CHUNK)
        if end < len(text):
            cut = max(text.rfind(" ", at, end), text.rfind("\n", at, end))
            end = cut if cut > at else end
        some = _words(text[at:end])
        found.append(Words(some.number, some.start + at, some.stop + at))
        at = end
    if len(found) == 1:
        return found[0]
    return Words(
        np.concatenate([w.number for w in found] or [np.zeros(0, np.uint64)]),
        np.concatenate([w.start for w in found] or [np.zeros(0, np.int64)]),
        np.concatenate([w.stop for w in found] or [np.zeros(0, np.int64)]),
    )


def _words(text: str) -> Words:
    tables = _tables()
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    inside = tables.letter[codes]
    start = inside.copy()
    start[1:] &= ~inside[:-1]
    stop = inside.copy()
    stop[:-1] &= ~inside[1:]
    if not text.isascii():
        alone = tables.alone[codes]
        start |= alone
        stop |= alone
        # A letter beside one that stands alone begins or ends there.
        start[1:] |= inside[1:] & alone[:-1]
        stop[:-1] |= inside[:-1] & alone[1:]
    first, last = np.flatnonzero(start), np.flatnonzero(stop) + 1
    sums = np.zeros(len(codes) + 1, np.uint64)
    np.cumsum(tables.small[codes] * tables.powers[: len(codes)], out=sums[1:])
    return Words(mixed((sums[last] - sums[first]) * tables.inverse[first]), first, last)


def runs(number: Numbers, length: int) -> Numbers:
    """A number for every run of `length` words: runs(n, k)[i] is of words i to i + k - 1."""
    count = len(number) - length + 1
    if count <= 0:
        return np.zeros(0, np.uint64)
    found = np.zeros(count, np.uint64)
    factor = np.uint64(BASE)
    for place in range(length):
        found *= factor
        found += number[place : place + count]
    return mixed(found)


def mixed(number: Numbers) -> Numbers:
    """The same numbers with every bit depending on every other (splitmix64's finaliser)."""
    number = number ^ (number >> np.uint64(30))
    number *= np.uint64(0xBF58476D1CE4E5B9)
    number ^= number >> np.uint64(27)
    number *= np.uint64(0x94D049BB133111EB)
    return number ^ (number >> np.uint64(31))
