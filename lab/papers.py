"""What the lab says of a person's documents: plain types for the page and the command line."""

from __future__ import annotations

from dataclasses import dataclass

from lab.types import LabError


@dataclass(frozen=True, slots=True)
class Left:
    """Something a reading left out or changed.

    what   a key of the texts' section `dropped`
    count  how often: lines, paragraphs, rows, words … as the key says
    lines  numbers of the first lines it happened in, from 1, where a line can be named
    """

    what: str
    count: int
    lines: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Paper:
    """One document as the lab read it.

    name        its file's name, odd characters made visible, unique among those read together
    kind        name of the reader; "" where none reads it
    sha256      of the file's bytes
    bytes       of the file
    characters  of its text after cleaning, 0 where nothing could be read
    words       runs of letters and digits among them
    sections    parts that stand on their own; of them `turns` are conversations
    language    ISO 639-1 of the likeliest, "" where too little was said to tell
    sure        the probability given to it, 0 to 1
    encoding    of a plain file, "" where the format says it itself
    left        what was dropped or mended, most first
    like        names of earlier documents that say nearly the same
    why         why it was not read, or `None`
    """

    name: str
    kind: str
    sha256: str
    bytes: int
    characters: int = 0
    words: int = 0
    sections: int = 0
    turns: int = 0
    language: str = ""
    sure: float = 0.0
    encoding: str = ""
    left: tuple[Left, ...] = ()
    like: tuple[str, ...] = ()
    why: LabError | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """What one document gives to one side, learnt from or held out.

    tokens  as the model reads it; `learnt` of them carry loss
    bytes   of the text that carries loss
    """

    name: str
    sha256: str
    held: bool
    tokens: int
    learnt: int
    bytes: int
    words: int
