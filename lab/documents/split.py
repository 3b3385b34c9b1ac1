"""Which documents are learnt from and which are held out, so that the test is none of the lesson.

Whole documents are held out where there are enough of them, else whole sections, never lines
drawn at random: a line's neighbours would give it away. What both sides share word for word is
then taken out of the side that is learnt from, as are copies and paragraphs that came before.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Literal

from lab.documents.base import Section
from lab.documents.kept import Text, sections
from lab.documents.overlap import Span, Taken, take_out
from lab.papers import Left
from lab.types import LabError

By = Literal["named", "document", "section", "end", "none"]
FEW = 0.25
"""Share of what was asked for below which whole documents are too unequal to be held out."""


@dataclass(frozen=True, slots=True)
class Part:
    """What one side has of a document.

    chosen  the numbers of its sections, from 0; `None` for all of them
    cuts    (first character, the one behind the last) of what is taken out, by section
    """

    text: Text
    chosen: frozenset[int] | None = None
    cuts: Mapping[int, tuple[Span, ...]] = field(default_factory=dict)

    def sections(self) -> Iterator[Section]:
        """The sections this side has, what was taken out already gone."""
        for _, section in self.numbered():
            yield section

    def numbered(self) -> Iterator[tuple[int, Section]]:
        """The same, each with its number in the document."""
        for number, section in enumerate(sections(self.text.file)):
            if self.chosen is not None and number not in self.chosen:
                continue
            if (spans := self.cuts.get(number)) is None:
                yield number, section
            elif (text := without(section.text, spans)) and not section.turns:
                yield number, Section(section.title, text)


@dataclass(frozen=True, slots=True)
class Split:
    """Both sides.

    by    what was held out: documents that were named, whole documents, whole sections, the end of
          the only one, nothing
    left  what was taken out of the documents that are learnt from
    """

    train: tuple[Part, ...]
    held: tuple[Part, ...]
    by: By
    left: tuple[Left, ...] = ()


def split(texts: Sequence[Text], share: float, named: Sequence[str] = ()) -> Split:
    """Divide what was read. The same documents are always divided alike.

    share  of the characters that is to be held out, about; 0 for none
    named  documents to hold out instead, by their names with or without their ends, or their hashes

    Raises `LabError("held_out_unknown")` for a name that none of those that were read has.
    """
    read = [t for t in texts if t.paper.why is None]
    if lost := [name for name in named if not any(_is_named(text, (name,)) for text in read)]:
        raise LabError("held_out_unknown", name=lost[0])
    whole, copies = _without_copies(read, named)
    train, held, by = _sides(whole, share, named)
    taken = take_out([p.numbered() for p in train], [p.numbered() for p in held])
    cut = (
        Part(part.text, part.chosen, _joined(part.cuts, cuts))
        for part, cuts in zip(train, taken.cuts, strict=True)
    )
    return Split(tuple(p for p in cut if _is_left(p)), tuple(held), by, _left(copies, taken))


def _sides(
    texts: list[Text], share: float, named: Sequence[str]
) -> tuple[list[Part], list[Part], By]:
    if chosen := [t for t in texts if _is_named(t, named)]:
        return *_apart(texts, chosen), "named"
    if share <= 0 or not texts:
        return [Part(t) for t in texts], [], "none"
    if chosen := _whole_documents(texts, share):
        return *_apart(texts, chosen), "document"
    if sum(t.paper.sections for t in texts) > 1:
        return *_by_section(texts, share), "section"
    return _at_the_end(texts[0], share)


def _apart(texts: list[Text], chosen: list[Text]) -> tuple[list[Part], list[Part]]:
    names = {text.paper.name for text in chosen}
    return [Part(t) for t in texts if t.paper.name not in names], [Part(t) for t in chosen]


def _without_copies(texts: list[Text], named: Sequence[str]) -> tuple[list[Text], int]:
    """One of each: the first, or the one that is to be held out; and how many are gone."""
    first: dict[str, Text] = {}
    for text in texts:
        like = next((name for name in text.paper.like if name in first), None)
        if like is None:
            first[text.paper.name] = text
        elif _is_named(text, named) and not _is_named(first[like], named):
            first[like] = text
    return list(first.values()), len(texts) - len(first)


def _is_named(text: Text, named: Sequence[str]) -> bool:
    paper, path = text.paper, PurePath(text.paper.name)
    return bool({paper.name, path.name, path.stem, paper.sha256} & set(named))


def _whole_documents(texts: list[Text], share: float) -> list[Text]:
    """Documents in the order of their hashes until there is enough; none where none would fit."""
    wanted = share * sum(text.paper.characters for text in texts)
    taken: list[Text] = []
    size = 0
    for text in sorted(texts, key=lambda text: text.paper.sha256):
        if size < wanted and size + text.paper.characters <= 2 * wanted:
            taken.append(text)
            size += text.paper.characters
    return taken if size >= FEW * wanted and len(taken) < len(texts) else []


def _by_section(texts: list[Text], share: float) -> tuple[list[Part], list[Part]]:
    """Sections in the order of their hashes, whichever documents they are of."""
    found = [
        (_digest(section), place, number, _length(section))
        for place, text in enumerate(texts)
        for number, section in enumerate(sections(text.file))
    ]
    wanted = share * sum(length for *_, length in found)
    held: dict[int, set[int]] = {}
    size = count = 0
    for _, place, number, length in sorted(found):
        if (size < wanted and size + length <= 2 * wanted) or not count:
            held.setdefault(place, set()).add(number)
            size, count = size + length, count + 1
    every: dict[int, set[int]] = {}
    for _, place, number, _ in found:
        every.setdefault(place, set()).add(number)
    left = {place: numbers - held.get(place, set()) for place, numbers in every.items()}
    return (
        [Part(texts[place], frozenset(numbers)) for place, numbers in left.items() if numbers],
        [Part(texts[place], frozenset(numbers)) for place, numbers in sorted(held.items())],
    )


def _at_the_end(text: Text, share: float) -> tuple[list[Part], list[Part], By]:
    """The last paragraphs of the only section there is; nothing of a conversation."""
    section = next(sections(text.file))
    length = len(section.text)
    ends = [section.text.rfind(mark, 0, int(length * (1 - share)) + 1) for mark in ("\n\n", " ")]
    at = next((end for end in ends if end > 0), 0)
    if section.turns or not at:
        return [Part(text)], [], "none"
    return [Part(text, None, {0: ((at, length),)})], [Part(text, None, {0: ((0, at),)})], "end"


def _digest(section: Section) -> bytes:
    said = "\n".join([section.text, *(turn.text for turn in section.turns)])
    return hashlib.blake2b(said.encode(), digest_size=16).digest()


def _length(section: Section) -> int:
    return len(section.text) + sum(len(turn.text) for turn in section.turns)


def without(text: str, spans: Sequence[Span]) -> str:
    """A text without the spans, which are in their order; what is around them parted by a line."""
    kept: list[str] = []
    at = 0
    for start, stop in spans:
        kept.append(text[at:start].strip())
        at = stop
    kept.append(text[at:].strip())
    return "\n\n".join(filter(None, kept))


def _joined(
    one: Mapping[int, tuple[Span, ...]], other: Mapping[int, tuple[Span, ...]]
) -> Mapping[int, tuple[Span, ...]]:
    """Cuts of both. Those of a section that had some already are of what those had left."""
    return {**other, **one}


def _is_left(part: Part) -> bool:
    return not part.cuts or next(part.sections(), None) is not None


def _left(copies: int, taken: Taken) -> tuple[Left, ...]:
    found = (
        Left("near_copies", copies),
        Left("overlaps", taken.overlaps),
        Left("repeated_paragraphs", taken.repeated),
    )
    return tuple(left for left in found if left.count)
