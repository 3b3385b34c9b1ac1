"""Which passages of some texts share most with a sentence. Similar, and nothing more than that.

Passages are paragraphs, long ones cut at the end of a sentence. A term is a word or two words in a
row (`lab.documents.words`: case does not count, endings do). It weighs

    (1 + ln count) · (1 + ln((1 + passages) / (1 + passages that have it)))

and the score is the cosine of the two vectors: TF–IDF with sublinear counts and smoothed inverse
document frequencies (Manning, Raghavan and Schütze 2008, chapter 6). What such a search finds is
what looks alike. Why a model said something is another question, which only methods that reach into
its training answer, and those roughly (Koh and Liang 2017; Akyürek et al. 2022).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from lab.documents.base import Section
from lab.documents.words import Numbers, runs, words
from lab.papers import Nearest, Passage
from lab.types import LabError

ASKED = 2_000
"""Characters of a text that is asked about."""
LONGEST = 500
"""Characters of a passage, about."""
FEWEST = 6
"""Words below which a paragraph is a heading rather than a passage."""
MOST = 8_000_000
"""Characters looked through."""
RARE = 0.2
"""Share of the passages that may have a word for it to tell them apart."""
PARAGRAPH = re.compile(r"\n\s*\n")
HEADING = re.compile(r"#{1,6} .*")
"""A line that Markdown makes a heading."""
SENTENCE = re.compile(r"(?<=[.!?…»”])\s+")
Weights = npt.NDArray[np.float64]


def nearest(text: str, found: Iterable[Passage], most: int = 5) -> Nearest:
    """The `most` passages that share most with a text, at least one telling word each.

    Raises `LabError("near_empty")` for a text without a word.
    """
    asked = words(text[:ASKED]).number
    if not len(asked):
        raise LabError("near_empty")
    read, cut = _bounded(found)
    if not read:
        return Nearest((), 0)
    index = _Index.of(read)
    scores = index.scores(asked)
    order = [int(i) for i in np.argsort(-scores, kind="stable") if scores[i] > 0]
    telling = frozenset(asked[index.having(asked) <= max(2, RARE * len(read))].tolist())
    near: list[Passage] = []
    for number in order:
        if len(near) == most:
            break
        pieces = _marked(read[number].text, telling)
        if any(both for _, both in pieces):
            score = round(float(scores[number]), 4)
            near.append(replace(read[number], score=score, pieces=pieces))
    return Nearest(tuple(near), len(read), cut)


def passages(document: str, sections: Iterable[Section]) -> Iterator[Passage]:
    """The paragraphs of a document, line ends within them as blanks."""
    for section in sections:
        said = [turn.text for turn in section.turns] or [section.text]
        for paragraph in (p for text in said for p in PARAGRAPH.split(text)):
            if HEADING.fullmatch(paragraph.strip()):
                continue
            for piece in _pieces(" ".join(paragraph.split())):
                if len(words(piece)) >= FEWEST:
                    yield Passage(document, section.title, piece)


def _pieces(paragraph: str) -> Iterator[str]:
    """Whole sentences, together about as long as a passage may be."""
    if len(paragraph) <= LONGEST:
        yield paragraph
        return
    piece = ""
    for sentence in SENTENCE.split(paragraph):
        if piece and len(piece) + len(sentence) > LONGEST:
            yield piece
            piece = ""
        piece = f"{piece} {sentence}".strip()
        while len(piece) > 2 * LONGEST:  # a sentence without an end
            yield piece[:LONGEST]
            piece = piece[LONGEST:]
    yield piece


def _bounded(found: Iterable[Passage]) -> tuple[list[Passage], bool]:
    read: list[Passage] = []
    size = 0
    for passage in found:
        size += len(passage.text)
        if size > MOST:
            return read, True
        read.append(passage)
    return read, False


def _marked(text: str, telling: frozenset[int]) -> tuple[tuple[str, bool], ...]:
    """The text in pieces, words that tell set apart."""
    there, pieces, at = words(text), [], 0
    spans = zip(there.number.tolist(), there.start.tolist(), there.stop.tolist(), strict=True)
    for start, stop in ((start, stop) for number, start, stop in spans if number in telling):
        pieces += [(text[at:start], False), (text[start:stop], True)]
        at = stop
    return tuple(piece for piece in (*pieces, (text[at:], False)) if piece[0])


@dataclass(frozen=True, slots=True)
class _Index:
    """The terms of passages: term[i] stands count[i] times in passage owner[i].

    known, having  every term once, in order, and how many passages have it
    """

    term: Numbers
    count: npt.NDArray[np.int64]
    owner: npt.NDArray[np.int64]
    known: Numbers
    spread: npt.NDArray[np.int64]
    passages: int

    @classmethod
    def of(cls, read: list[Passage]) -> _Index:
        each = [_terms(words(passage.text).number) for passage in read]
        term = np.concatenate([terms for terms, _ in each])
        owner = np.repeat(np.arange(len(read)), [len(terms) for terms, _ in each])
        known, spread = np.unique(term, return_counts=True)
        return cls(
            term, np.concatenate([count for _, count in each]), owner, known, spread, len(read)
        )

    def having(self, term: Numbers) -> npt.NDArray[np.int64]:
        """How many passages have each term; 0 for one that none has."""
        at = np.searchsorted(self.known, term).clip(max=len(self.known) - 1)
        return np.where(self.known[at] == term, self.spread[at], 0)

    def weights(self, term: Numbers, count: npt.NDArray[np.int64]) -> Weights:
        rarity = 1 + np.log((1 + self.passages) / (1 + self.having(term)))
        found: Weights = (1 + np.log(count)) * rarity
        return found

    def scores(self, asked: Numbers) -> Weights:
        """The cosine of each passage with the words asked about."""
        term, count = _terms(asked)
        wanted = self.weights(term, count)
        here = self.weights(self.term, self.count)
        at = np.searchsorted(term, self.term).clip(max=len(term) - 1)
        both = np.where(term[at] == self.term, here * wanted[at], 0.0)
        dot, norm = (
            np.bincount(self.owner, of, minlength=self.passages) for of in (both, here * here)
        )
        return dot / np.sqrt(norm * (wanted @ wanted))


def _terms(number: Numbers) -> tuple[Numbers, npt.NDArray[np.int64]]:
    """Words and pairs of neighbours, each once in order, and how often each stands there."""
    both = np.concatenate([number, runs(number, 2)])
    terms, counts = np.unique(both, return_counts=True)
    return terms, counts
