"""Subtitles: what is said, without when."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from lab.documents.base import Dropped, Reader, Section
from lab.documents.parts import parts
from lab.documents.readers._lines import lines
from lab.documents.readers._plain import checked

TIMES = re.compile(
    r"(?:(\d{1,3}):)?(\d{2}):(\d{2})[,.]\d{1,3}\s*-->\s*(?:(\d{1,3}):)?(\d{2}):(\d{2})[,.]\d{1,3}"
)
TAGS = re.compile(r"</?[a-z][^<>]{0,80}>|\{\\[^{}]{0,80}\}", re.IGNORECASE)
HEADER = re.compile(r"(?:WEBVTT|NOTE|STYLE|REGION|Kind:|Language:)\b")
PAUSE = 4
"""Seconds of silence that begin a paragraph."""


class Srt(Reader):
    """SubRip and WebVTT."""

    name: ClassVar[str] = "srt"
    suffixes: ClassVar[tuple[str, ...]] = (".srt", ".vtt")
    plain: ClassVar[bool] = True

    def read(self, path: Path, dropped: Dropped) -> Iterator[Section]:
        return parts(_speech(checked(path, dropped), dropped))


def _speech(runs: Iterator[str], dropped: Dropped) -> Iterator[str]:
    """The subtitles run together: a space between two, a paragraph where nobody spoke."""
    ended = 0
    before = "\n"
    for line in lines(runs):
        line = line.strip()
        if found := TIMES.search(line):
            dropped("times")
            begins = _seconds(*found.groups()[:3])
            if begins - ended > PAUSE and before != "\n":
                yield "\n\n"
            ended = _seconds(*found.groups()[3:])
            before = "\n"
        elif line and not line.isdecimal() and not HEADER.match(line):
            text = TAGS.sub("", line).strip()
            yield text + (" " if not text.startswith("-") else "\n")
            before = text


def _seconds(hours: str | None, minutes: str, seconds: str) -> int:
    return 3600 * int(hours or 0) + 60 * int(minutes) + int(seconds)


READER = Srt()
