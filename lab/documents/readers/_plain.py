"""Shared by the readers of plain files: a stream of text, once it is sure that it is one."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from pathlib import Path

from lab.documents.base import Dropped, refused
from lab.documents.text import MIXED, encoding_of, stream

HEAD = 1 << 16
"""Bytes looked at for a binary's beginning."""
MAGIC = (
    b"%PDF-", b"PK\x03\x04", b"\x89PNG", b"\xff\xd8\xff", b"\x7fELF", b"\xd0\xcf\x11\xe0",
    b"\x1f\x8b\x08", b"7z\xbc\xaf", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe", b"{\\rtf",
)  # fmt: skip
"""How files begin that are no text, whatever they are called."""
CONTROLS = bytes({*range(9), *range(14, 27), *range(28, 32), 127})
FEW = 0.02
"""The share of control characters a text may have."""
START = re.compile(r"\*\*\* ?START OF TH[EI]S? PROJECT GUTENBERG[^\n]*\n", re.IGNORECASE)
END = re.compile(r"\*\*\* ?END OF TH[EI]S? PROJECT GUTENBERG", re.IGNORECASE)
"""Between these two lines lies the book; what is around is the same in every one of them."""


def checked(path: Path, dropped: Dropped) -> Iterator[str]:
    """The file as a stream of text. Raises `refused("paper_binary")` at its first run."""
    encoding = encoding_of(path)
    refuse_binary(path, encoding)
    if encoding == MIXED:
        dropped("mixed_encodings")
    return _book(stream(path, encoding), dropped)


def refuse_binary(path: Path, encoding: str) -> None:
    with path.open("rb") as file:
        head = file.read(HEAD)
    wide = encoding.startswith(("utf-16", "utf-32"))
    nulls = 0 if wide else head.count(0)
    controls = 0 if wide else len(head) - len(head.translate(None, CONTROLS))
    if head.startswith(MAGIC) or nulls > 1 or controls > FEW * len(head):
        raise refused("paper_binary")


def _book(runs: Iterator[str], dropped: Dropped) -> Iterator[str]:
    """Without what Project Gutenberg puts around every book."""
    first = next(runs, "")
    if start := START.search(first):
        dropped("boilerplate", first.count("\n", 0, start.end()))
        first = first[start.end() :]
    for run in itertools.chain([first], runs):
        if "PROJECT GUTENBERG" in run and (end := END.search(run)):
            dropped("boilerplate", run.count("\n", end.start()))
            yield run[: end.start()]
            return
        yield run
