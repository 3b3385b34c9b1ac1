"""Mend what the way to the reader did to a text, and say how often: nothing is rewritten.

Each kind of damage is looked for first, all at once by a table over the code points, so that
the common case, nothing to mend, costs next to nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from enum import IntFlag
from functools import cache

import numpy as np
import numpy.typing as npt

from lab.documents.base import Dropped, Section, Turn

LINE_ENDS = re.compile("\r\n?|[\x0b\x85\u2028\u2029]")
UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u180e\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
"""Controls, soft hyphens, widthless blanks, marks of direction. Joiners stay: scripts need them."""
HALVES = re.compile("[\ud800-\udfff]")
LIGATURES = {
    "\ufb00": "ff", "\ufb01": "fi", "\ufb02": "fl", "\ufb03": "ffi", "\ufb04": "ffl",
    "\ufb05": "st", "\ufb06": "st", "\uf0b7": "•",
}  # fmt: skip
LIGATURE = re.compile("[\ufb00-\ufb06\uf0b7]")
TRAILING = re.compile(r"[ \t\u00a0]+(?=\n)")
EMPTY_LINES = re.compile(r"\n{3,}")
WIDE = re.compile(r"[ \t\u00a0]{17,}")
HYPHEN = re.compile(r"([^\W\d_]+)[-\u2010\u00ad][ \t]*\n[ \t]*([^\W\d_]+)")
SECOND_HALVES = frozenset(
    {"ci", "là", "il", "elle", "ils", "elles", "on", "je", "tu", "nous", "vous", "moi", "toi"}
    | {"lui", "leur", "leurs", "y", "en", "ce", "même", "mêmes", "être", "t", "les", "la", "le"}
)
"""What French hangs on with a hyphen that stays: celui-ci, est-il, peut-être."""


def cleaned(sections: Iterator[Section], dropped: Dropped, verbatim: bool) -> Iterator[Section]:
    """The sections mended; those without any text are gone."""
    for section in sections:
        title = " ".join(mended(section.title[:400], _unheard, True).split())[:200]
        if section.turns:
            turns = tuple(Turn(t.role, mended(t.text, dropped, True)) for t in section.turns)
            yield replace(section, title=title, turns=turns)
        elif text := mended(section.text, dropped, verbatim):
            yield replace(section, title=title, text=text)


class Damage(IntFlag):
    """What there may be to mend in a text."""

    LINE_END = 1
    UNSEEN = 2
    HALF = 4
    LOST = 8
    LIGATURE = 16
    ACCENT = 32


def mended(text: str, dropped: Dropped, verbatim: bool = False) -> str:
    """One text: NFC, "\\n" at line ends, nothing unseen, no gaps; hyphenated words whole again.

    verbatim  leave hyphens, blanks and ligatures: a program, or what somebody said
    """
    damage = _damage(text)
    if damage & Damage.LINE_END:
        text = LINE_ENDS.sub("\n", text).replace("\x0c", "\n" if verbatim else "\n\n")
    if damage & Damage.HALF:
        text = HALVES.sub("\ufffd", text)
    if damage & (Damage.HALF | Damage.LOST):
        dropped("lost_letters", text.count("\ufffd"))
    if damage & Damage.LIGATURE and not verbatim:
        text, count = LIGATURE.subn(lambda found: LIGATURES[found[0]], text)
        dropped("ligatures", count)
    if damage & Damage.ACCENT and not unicodedata.is_normalized("NFC", text):
        joined = unicodedata.normalize("NFC", text)
        dropped("accents", max(1, len(text) - len(joined)))
        text = joined
    if damage & Damage.UNSEEN:
        if not verbatim and "\u00ad\n" in text:
            text = _whole_words(text, dropped)
        text = _counted(UNSEEN, "", text, dropped, "unseen")
    return text.strip() if verbatim else _prose(text, dropped)


def _damage(text: str) -> int:
    """The kinds of damage among the characters of a text, as a sum of `Damage`."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    return int(np.bitwise_or.reduce(_kinds()[codes])) if len(codes) else 0


@cache
def _kinds() -> npt.NDArray[np.uint8]:
    """What each code point of Unicode tells of damage."""
    table = np.zeros(0x110000, np.uint8)
    for code in range(0x20000):
        letter = chr(code)
        if UNSEEN.match(letter):
            table[code] = Damage.UNSEEN
        elif LINE_ENDS.match(letter) or letter == "\x0c":
            table[code] = Damage.LINE_END
        elif code > 127 and (
            unicodedata.category(letter)[0] == "M" or not unicodedata.is_normalized("NFC", letter)
        ):
            table[code] = Damage.ACCENT
    # Jamo join to syllables, though none of them counts as a mark.
    table[0x1100:0x1200] = Damage.ACCENT
    table[0x2F800:0x2FA20] = Damage.ACCENT
    table[[ord(letter) for letter in LIGATURES]] = Damage.LIGATURE
    table[0xD800:0xE000] = Damage.HALF
    table[0xFFFD] = Damage.LOST
    table[0xE0000:0xE0080] = Damage.UNSEEN
    return table


def _prose(text: str, dropped: Dropped) -> str:
    if " \n" in text or "\t\n" in text or "\u00a0\n" in text:
        text = TRAILING.sub("", text)
    if "-\n" in text or "\u2010\n" in text:
        text = _whole_words(text, dropped)
    if "\n\n\n" in text:
        text = _counted(EMPTY_LINES, "\n\n", text, dropped, "empty_lines")
    if " " * 17 in text or "\t\t" in text:
        text = _counted(WIDE, " ", text, dropped, "wide_gaps")
    return text.strip()


def _whole_words(text: str, dropped: Dropped) -> str:
    """Put words together that a line's end cut in two, unless the hyphen is their own."""
    count = 0

    def joined(found: re.Match[str]) -> str:
        nonlocal count
        first, second = found[1], found[2]
        compound = f"{first}-{second}"
        own = second in SECOND_HALVES or not second.islower() or _is_written(compound, text)
        count += not own
        # The line goes on where the word ends: the rest of it moves up.
        return compound if own else first + second

    text = HYPHEN.sub(joined, text)
    if count:
        dropped("hyphens", count)
    return text


def _is_written(compound: str, text: str) -> bool:
    """Whether the text writes the word with its hyphen elsewhere, in the middle of a line."""
    return compound in text


def _counted(pattern: re.Pattern[str], by: str, text: str, dropped: Dropped, what: str) -> str:
    text, count = pattern.subn(by, text)
    if count:
        dropped(what, count)
    return text


def _unheard(what: str, count: int = 1, line: int = 0) -> None:
    """For titles: what is mended there was mended in the text already, and told of there."""
