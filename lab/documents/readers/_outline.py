"""Shared by the formats that say which of their lines are headings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lab.documents.base import Section
from lab.documents.parts import SIZE, TITLE


def outlined(blocks: Iterable[tuple[bool, str]]) -> Iterator[Section]:
    """Sections out of (whether it is a heading, its text) blocks.

    A heading opens a section when there has been text since the last one; a section that
    grows too long is cut at the end of a block.
    """
    title, number, length = "", 1, 0
    gathered: list[str] = []
    said = False
    for is_heading, raw in blocks:
        text = raw.strip()
        if not text:
            continue
        if (is_heading and said) or length > SIZE:
            yield _section(title, number, gathered)
            number = 1 if is_heading else number + 1
            gathered, length, said = [], 0, False
        if is_heading:
            title = text
        gathered.append(text)
        length += len(text)
        said = said or not is_heading
    if gathered:
        yield _section(title, number, gathered)


def _section(title: str, number: int, gathered: list[str]) -> Section:
    named = " ".join((title or gathered[0][: 4 * TITLE]).split())
    named = named if len(named) <= TITLE else named[: TITLE - 1] + "…"
    return Section(f"{named} ({number})" if number > 1 else named, "\n\n".join(gathered))
