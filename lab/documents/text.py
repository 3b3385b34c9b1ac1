"""A file as text, whatever its encoding and however long: streamed, so that memory stays small."""

from __future__ import annotations

import codecs
import itertools
import re
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path

CHUNK = 1 << 20
"""Bytes or characters read at once."""
PIECE = 50_000
"""Characters of a piece, about: small enough to work on, however long a line is."""
LARGEST = 2_000_000_000
"""Characters read from one file at most."""
MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
"""Byte-order marks; the longer one first where one begins like another."""
SEVERAL_BYTES = re.compile("[\u0080-\ufffc]+")
"""Letters that UTF-8 writes in more than one byte, in the basic plane."""
MIXED = "utf-8+cp1252"
"""What `encoding_of` calls UTF-8 with the western code page in places: files stuck together."""


def stream(path: Path, encoding: str | None = None) -> Iterator[str]:
    """The text in runs of about CHUNK characters; NULs and marks gone, line ends as "\\n".

    encoding  as `encoding_of` says, which is asked when it is not told; what does not fit it
              becomes U+FFFD
    """
    told = encoding or encoding_of(path)
    errors = "replace"
    if told == MIXED:
        codecs.register_error("western", _western)
        told, errors = "utf-8", "western"
    read = 0
    with path.open(encoding=told, errors=errors) as file:
        while read < LARGEST and (run := file.read(CHUNK)):
            read += len(run)
            yield run.replace("\x00", "")


def read_text(path: Path, most: int = LARGEST) -> str:
    """At most the first `most` characters of a file."""
    found: list[str] = []
    left = most
    for run in stream(path):
        found.append(run[:left])
        left -= len(run)
        if left <= 0:
            break
    return "".join(found)


def pieces(runs: Iterable[str], size: int = PIECE) -> Iterator[str]:
    """The same text in runs of at most `size`, cut before a space or a line where there is one."""
    left = ""
    for run in itertools.chain(runs, [None]):
        left += run or ""
        at = 0
        while len(left) - at > size:
            end = max(left.rfind("\n", at, at + size), left.rfind(" ", at, at + size))
            end = end if end > at else at + size
            yield left[at:end]
            at = end
        left = left[at:]
    if left:
        yield left


def encoding_of(path: Path) -> str:
    """UTF-8 where every byte fits it; by its mark; or the likeliest of a sample."""
    with path.open("rb") as file:
        head = file.read(CHUNK)
        marked = next((name for mark, name in MARKS.items() if head.startswith(mark)), None)
        if marked is not None:
            return marked
        if wide := _without_mark(head):
            return wide
        reader, run = codecs.getincrementaldecoder("utf-8")(), head
        try:
            while run:
                reader.decode(run)
                run = file.read(CHUNK)
            reader.decode(b"", final=True)
        except UnicodeDecodeError:
            # The odd byte may lie behind megabytes of plain ASCII, which say nothing.
            return _likeliest(head if not head.isascii() else run)
    return "utf-8"


def _western(error: UnicodeError) -> tuple[str, int]:
    """What bytes that are no UTF-8 say in the western code page: a codec's error handler."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    odd = error.object[error.start : error.end]
    return odd.decode("cp1252", "replace"), error.end


def _without_mark(head: bytes) -> str:
    """UTF-16 that does not say so: every other byte of its plain letters is zero."""
    first, second = head[0::2].count(0), head[1::2].count(0)
    many, few = max(first, second), min(first, second)
    if many < 0.2 * len(head) or few > 0.1 * many:
        return ""
    return "utf-16-le" if second > first else "utf-16-be"


def _likeliest(sample: bytes) -> str:
    """The likeliest encoding of a text that is not UTF-8.

    Latin letters of the western and the eastern code page are told apart by chance alone;
    this lab's readers write French and English, so they are taken for western.
    """
    from charset_normalizer import from_bytes

    read = sample.decode("utf-8", "replace")
    letters_read = sum(map(len, SEVERAL_BYTES.findall(read)))
    if letters_read > 2 * read.count("\ufffd"):
        return MIXED
    best = from_bytes(sample).best()
    if best is None:
        return "cp1252"
    letters = [c for c in str(best)[:5000] if c.isalpha() and not c.isascii()]
    latin = all(unicodedata.name(c, "").startswith("LATIN") for c in letters)
    one_byte = len(str(best)) == len(sample)
    return "cp1252" if latin and one_byte else best.encoding
