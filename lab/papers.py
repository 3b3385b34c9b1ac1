"""What the lab says of a person's documents: plain types for the page and the command line."""

from __future__ import annotations

from dataclasses import dataclass

from lab.types import LabError, Picture


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
    licence     as it states it, or a LICENSE file beside it does; "" where nothing is stated
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
    licence: str = ""
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


@dataclass(frozen=True, slots=True)
class Reading:
    """How far a reading has come: so many of so many documents, and which one is next."""

    done: int
    of: int
    name: str


@dataclass(frozen=True, slots=True)
class Readiness:
    """Documents as a recipe would read them.

    shares           what each gives to either side, with its tokens
    by               what is held out: named, document, section, end (of the only one) or none
    left             what was taken out of the side that is learnt from
    learnt, held     tokens that carry loss on either side
    long             conversations that are longer than a row, and lose what does not fit
    rows             rows of an epoch, `length` tokens each
    filled           share of those rows' places that hold a token
    why              why this is not enough to train on, or `None`
    """

    papers: tuple[Paper, ...]
    shares: tuple[Share, ...]
    by: str
    left: tuple[Left, ...]
    learnt: int
    held: int
    long: int
    rows: int
    length: int
    filled: float
    why: LabError | None = None


@dataclass(frozen=True, slots=True)
class Photo:
    """One picture as the lab read it.

    name           its file's name with its folders, odd characters made visible
    sha256         of the file's bytes
    bytes          of the file
    width, height  in pixels as it was given, 0 where it could not be read
    group          the folder that it lies in, "" for none
    side           learnt, held (out), copy (of an earlier one, left out) or "" (not read)
    like           of a copy, the earlier one
    small          as the model will see it; of the first few alone
    why            why it was not read, or `None`
    """

    name: str
    sha256: str = ""
    bytes: int = 0
    width: int = 0
    height: int = 0
    group: str = ""
    side: str = ""
    like: str = ""
    small: Picture | None = None
    why: LabError | None = None


@dataclass(frozen=True, slots=True)
class Gallery:
    """Pictures as a recipe would read them.

    learnt, held   how many are on either side
    width, height  to which they are cut and scaled: what the base reads
    taught         what they are taught as: a class of the base by its name, or "" for any picture
    why            why this is not enough to train on, or `None`
    """

    photos: tuple[Photo, ...]
    learnt: int
    held: int
    width: int
    height: int
    taught: tuple[str, ...] = ()
    why: LabError | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """One place of a row as the model is given it.

    text    the token; `given` instead of it where the objective hid or swapped it
    text_of 0, 1 … which of the texts of the row it belongs to; -1 for padding
    target  what must be said here, where it carries loss; "" elsewhere
    weight  how much that counts, the row's heaviest being 1
    """

    text: str
    text_of: int
    target: str = ""
    weight: float = 0.0


@dataclass(frozen=True, slots=True)
class PackedRow:
    """One row of a real batch; a model of two stacks has a second one, what it writes."""

    cells: tuple[Cell, ...]
    written: tuple[Cell, ...] = ()


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a document that shares words with a text.

    document  its name, and `title` of the section it stands in
    score     cosine of the two, 0 to 1; see `lab.documents.nearest`
    pieces    `text` in (piece, whether it is a word that both have and few passages have) pairs
    """

    document: str
    title: str
    text: str
    score: float = 0.0
    pieces: tuple[tuple[str, bool], ...] = ()


@dataclass(frozen=True, slots=True)
class Nearest:
    """The passages that share most with a text, the nearest first.

    Similar is not causal: no passage here is why a model said what it said.

    of    how many passages were looked through
    cut   whether there was more than is looked through
    """

    passages: tuple[Passage, ...]
    of: int
    cut: bool = False
