"""What is said word for word in two places: held out and learnt, or learnt twice.

Words are compared as numbers (`lab.documents.words`): case, blanks and punctuation do not
count. Every run of RUN words of the held-out side is known; a train passage that holds one is
taken out with its paragraph. Of conversations, the answers are compared; one that holds such a run
is taken out whole. A paragraph of LONG words or more is learnt from one document only, and twice
there at most: a refrain may come back, a notice at every page's foot may not.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from lab.documents.base import Section
from lab.documents.words import Numbers, Places, Words, mixed, powers, runs, words

Span: TypeAlias = tuple[int, int]
Numbered: TypeAlias = Iterator[tuple[int, Section]]

RUN = 30
"""Words in a row that nobody writes twice by chance."""
LONG = 20
"""Words of a paragraph from which on its coming back is a copy."""
BATCH = 100_000
"""Characters of sections compared at once."""
WHOLE = 2_000
"""Characters up to which the paragraph of an overlap goes with it; of a longer one, the words."""
BITS = 24
"""Of the table that says of most runs at once that they are not held out: 16 MB."""


@dataclass(slots=True)
class Taken:
    """What is to be taken out.

    cuts      for each part, by number of section
    overlaps  passages, or conversations, that the held-out side has too
    repeated  paragraphs, or conversations, that came before
    """

    cuts: list[dict[int, tuple[Span, ...]]] = field(default_factory=list)
    overlaps: int = 0
    repeated: int = 0


def take_out(train: Sequence[Numbered], held: Sequence[Numbered]) -> Taken:
    """Compare the sections of all parts, each read once, one side after the other."""
    known = _Known()
    for part in held:
        for batch in _batches(part):
            known.learn(batch)
    known.close()
    taken = Taken()
    for part in train:
        cuts: dict[int, tuple[Span, ...]] = {}
        for batch in _batches(part):
            known.compare(batch, cuts, taken)
        known.turn()
        taken.cuts.append(cuts)
    return taken


@dataclass(slots=True)
class _Joined:
    """Texts of some sections as one, the numbers of these, and where each begins in it."""

    texts: list[str] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    length: int = 0

    def add(self, number: int, text: str) -> None:
        self.texts.append(text)
        self.numbers.append(number)
        self.starts.append(self.length)
        self.length += len(text) + 2

    def text(self) -> str:
        return "\n\n".join(self.texts)


@dataclass(slots=True)
class _Batch:
    """Some sections of one part: their prose, and of conversations the answers.

    digests  one of all that is said in each conversation
    """

    prose: _Joined = field(default_factory=_Joined)
    answers: _Joined = field(default_factory=_Joined)
    digests: list[bytes] = field(default_factory=list)


def _batches(part: Numbered) -> Iterator[_Batch]:
    batch = _Batch()
    for number, section in part:
        if section.turns:
            said = " ".join(" ".join(turn.text.casefold().split()) for turn in section.turns)
            batch.digests.append(hashlib.blake2b(said.encode(), digest_size=8).digest())
            answers = (turn.text for turn in section.turns if turn.role == "assistant")
            batch.answers.add(number, "\n\n".join(answers))
        else:
            batch.prose.add(number, section.text)
        if batch.prose.length + batch.answers.length > BATCH:
            yield batch
            batch = _Batch()
    yield batch


class _Known:
    """What the held-out side says, and what the other has said so far."""

    def __init__(self) -> None:
        self.held_runs: list[Numbers] = []
        self.held: set[int] = set()
        self.seen: set[int] = set()
        self.once: set[int] = set()
        self.twice: set[int] = set()
        self.held_talks: set[bytes] = set()
        self.talks: set[bytes] = set()
        self.sorted: Numbers = np.zeros(0, np.uint64)
        self.maybe: npt.NDArray[np.bool_] = np.zeros(0, np.bool_)

    def learn(self, batch: _Batch) -> None:
        """Know what the held-out side says here."""
        text = batch.prose.text()
        found = words(text)
        self.held_runs += [runs(found.number, RUN), _runs_of_each(batch.answers)[0]]
        paragraphs = _paragraphs(text, found)
        self.held.update(paragraphs.number[paragraphs.long].tolist())
        self.held_talks.update(batch.digests)

    def close(self) -> None:
        """The held-out side has said everything."""
        if self.held_runs:
            self.sorted = np.sort(np.concatenate(self.held_runs))
        self.held_runs = []
        if len(self.sorted):
            self.maybe = np.zeros(1 << BITS, np.bool_)
            for place in _probes(self.sorted):
                self.maybe[place] = True

    def turn(self) -> None:
        """The next part is of another document."""
        self.seen |= self.once
        self.once, self.twice = set(), set()

    def compare(self, batch: _Batch, cuts: dict[int, tuple[Span, ...]], taken: Taken) -> None:
        """Add to `cuts` what of a batch must not be learnt."""
        self._talks(batch, cuts, taken)
        text = batch.prose.text()
        found = words(text)
        paragraphs = _paragraphs(text, found)
        gone = self._repeated(paragraphs, taken)
        gone += self._shared(found, paragraphs, taken)
        for number, spans in _by_section(batch.prose, _united(gone)).items():
            cuts[number] = tuple(spans)

    def _talks(self, batch: _Batch, cuts: dict[int, tuple[Span, ...]], taken: Taken) -> None:
        """Conversations that are held out or came before, or whose answers are in part held out."""
        number, of = _runs_of_each(batch.answers)
        in_part = {*of[self._hits(number)].tolist()}
        for place, (section, digest) in enumerate(
            zip(batch.answers.numbers, batch.digests, strict=True)
        ):
            shared, again = digest in self.held_talks or place in in_part, digest in self.talks
            taken.overlaps += shared
            taken.repeated += again and not shared
            self.talks.add(digest)
            if shared or again:
                cuts[section] = ()

    def _repeated(self, paragraphs: _Paragraphs, taken: Taken) -> list[Span]:
        gone: list[Span] = []
        places = np.flatnonzero(paragraphs.long)
        for place, number in zip(places.tolist(), paragraphs.number[places].tolist(), strict=True):
            shared = number in self.held
            again = number in self.seen or number in self.twice
            if shared or again:
                taken.overlaps += shared
                taken.repeated += not shared
                gone.append((int(paragraphs.start[place]), int(paragraphs.stop[place])))
            elif number in self.once:
                self.twice.add(number)
            self.once.add(number)
        return gone

    def _shared(self, found: Words, paragraphs: _Paragraphs, taken: Taken) -> list[Span]:
        """Passages of RUN words or more that are held out, with their paragraphs."""
        hits = self._hits(runs(found.number, RUN))
        gone: list[Span] = []
        for start, stop in _united([(hit, hit + RUN) for hit in hits.tolist()]):
            span = int(found.start[start]), int(found.stop[stop - 1])
            first, last = np.searchsorted(paragraphs.start, span, side="right") - 1
            around = int(paragraphs.start[first]), int(paragraphs.stop[last])
            # Whole paragraphs that both sides have were counted already.
            taken.overlaps += not _are_held(paragraphs, first, last, self.held)
            gone.append(around if around[1] - around[0] <= WHOLE else span)
        return gone

    def _hits(self, number: Numbers) -> Places:
        """Which of some runs are held out, by their places."""
        if not len(self.sorted):
            return np.zeros(0, np.int64)
        first, second = _probes(number)
        likely = np.flatnonzero(self.maybe[first])
        likely = likely[self.maybe[second[likely]]]
        place = np.searchsorted(self.sorted, number[likely])
        place[place == len(self.sorted)] = 0
        hits: Places = likely[self.sorted[place] == number[likely]]
        return hits


def _runs_of_each(joined: _Joined) -> tuple[Numbers, Places]:
    """The runs of RUN words that lie within one section, and each one's place in the list.

    Short answers one behind another, yes and no and yes, are nobody's passage.
    """
    found = words(joined.text())
    first = np.searchsorted(found.start, np.asarray(joined.starts, np.int64))
    of = np.repeat(np.arange(len(first)), np.diff(first, append=len(found)))
    number = runs(found.number, RUN)
    inside = of[: len(number)] == of[RUN - 1 :]
    return number[inside], of[: len(number)][inside]


def _probes(number: Numbers) -> tuple[Numbers, Numbers]:
    """Two places of each number in the table of what may be held out (Bloom 1970)."""
    return number >> np.uint64(64 - BITS), number & np.uint64((1 << BITS) - 1)


@dataclass(frozen=True, slots=True)
class _Paragraphs:
    """number[i] of the words from character start[i] to stop[i]; whether they are many."""

    number: Numbers
    start: Places
    stop: Places
    long: npt.NDArray[np.bool_]


def _paragraphs(text: str, found: Words) -> _Paragraphs:
    lengths = np.fromiter(map(len, text.split("\n\n")), np.int64)
    stop = np.cumsum(lengths + 2) - 2
    start = stop - lengths
    first = np.searchsorted(found.start, start)
    last = np.searchsorted(found.start, stop)
    factors, inverse = powers()
    sums = np.zeros(len(found) + 1, np.uint64)
    np.cumsum(found.number * factors[: len(found)], out=sums[1:])
    number = mixed((sums[last] - sums[first]) * inverse[first])
    return _Paragraphs(number, start, stop, last - first >= LONG)


def _are_held(paragraphs: _Paragraphs, first: int, last: int, held: set[int]) -> bool:
    return all(int(n) in held for n in paragraphs.number[first : last + 1])


def _united(spans: list[Span]) -> list[Span]:
    """The spans in their order, those that touch made one."""
    found: list[Span] = []
    for start, stop in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(stop, found[-1][1])
        else:
            found.append((start, stop))
    return found


def _by_section(joined: _Joined, spans: list[Span]) -> dict[int, list[Span]]:
    """Spans of the text as spans of its sections; one may reach over several."""
    found: dict[int, list[Span]] = {}
    if not spans:
        return found
    bounds = [*joined.starts, joined.length]
    place = 0
    for number, (start, stop) in zip(joined.numbers, pairwise(bounds), strict=True):
        while place < len(spans) and spans[place][1] <= start:
            place += 1
        at = place
        while at < len(spans) and spans[at][0] < stop - 2:
            span = max(0, spans[at][0] - start), min(stop - 2, spans[at][1]) - start
            found.setdefault(number, []).append(span)
            at += 1
    return found
