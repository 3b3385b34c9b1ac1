"""What printed pages carry besides their text: running heads, page numbers, lines cut short."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from lab.documents.base import Dropped

EDGE = 2
"""Lines at the top and at the bottom of a page that may be no text."""
FEWEST = 3
"""Pages on which a line must come back."""
SHARE = 0.2
"""Share of the pages on which it must."""
FULL = 0.75
"""Share of the usual width from which a line was broken by the page, not by its writer."""
NUMBER = re.compile(r"(?:page\s*)?[-–—\[(]*\s*(?:\d{1,4}|[ivxlc]{1,7})\s*[-–—\])]*"
                    r"(?:\s*(?:/|of|sur|de)\s*\d{1,4})?\.?", re.IGNORECASE)  # fmt: skip
DIGITS = re.compile(r"\d+")
CLOSED = tuple(".!?:;…»”\"'’)")


def without_furniture(pages: Sequence[str], dropped: Dropped) -> list[list[str]]:
    """The lines of each page, without those that come back at the edges of many."""
    lines = [[line.strip() for line in page.split("\n")] for page in pages]
    lines = [[line for line in page if line] for page in lines]
    repeated = Counter(key for page in lines for key in {_key(page[i]) for i in _edges(page)})
    often = max(FEWEST, SHARE * len(lines))
    numbered = sum(any(NUMBER.fullmatch(page[i]) for i in _edges(page)) for page in lines)
    kept: list[list[str]] = []
    for page in lines:
        gone = {
            i for i in _edges(page)
            if repeated[_key(page[i])] >= often
            or (numbered >= often and NUMBER.fullmatch(page[i]))
        }  # fmt: skip
        count = sum(bool(NUMBER.fullmatch(page[i])) for i in gone)
        dropped("page_numbers", count)
        dropped("page_headers", len(gone) - count)
        kept.append([line for i, line in enumerate(page) if i not in gone])
    return kept


def _edges(page: Sequence[str]) -> list[int]:
    """Places of the outermost lines of a page."""
    # Of a page of a few lines, only the very first and last may be no text.
    depth = min(EDGE, max(len(page) // 4, len(page) > 2))
    return [*range(depth), *range(len(page) - depth, len(page))]


def _key(line: str) -> str:
    """What stays of a running head from page to page."""
    return DIGITS.sub("#", line).casefold()


def flowing(pages: Sequence[Sequence[str]], dropped: Dropped) -> Iterator[str]:
    """Each page as text whose lines run on to the end of their paragraph.

    A line as long as most was broken by the page; a shorter one ends a paragraph. A hyphen at
    a line's end stays for `cleaning` to mend.
    """
    widths = sorted(len(line) for page in pages for line in page)
    usual = widths[int(0.9 * (len(widths) - 1))] if widths else 0
    before = ""
    for page in pages:
        found: list[str] = []
        for line in page:
            found.append(_joint(before, line, usual, dropped) + line)
            before = line
        yield "".join(found)


def _joint(before: str, line: str, usual: int, dropped: Dropped) -> str:
    """What belongs between two lines."""
    if not before:
        return ""
    if before[-1] in "-\u2010\u00ad" and line[0].islower():
        return "\n"
    if len(before) >= FULL * usual or (before[-1].isalnum() and line[0].islower()):
        dropped("lines_joined")
        return " "
    return "\n\n" if before.endswith(CLOSED) or len(before) < usual / 2 else "\n"
