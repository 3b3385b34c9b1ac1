"""Tokens on the disk, and rows laid out of them: nothing lost, nothing twice, nobody mixed up."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from lab.documents import store
from lab.documents.packing import Packed, Part, cut, fill, lost, unheard
from lab.documents.store import Tokens, TokenWriter

MARKER, PAD = 1, 0
Store = Callable[..., Tokens]


@pytest.fixture
def stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """Spans of the lengths told, whose tokens count up from 10: each number once.

    answer  from where on they are answered; 0 for texts
    """
    monkeypatch.setattr(store, "BLOCK", 64)

    def make(*lengths: int, answer: int = 0, vocabulary: int = 60_000) -> Tokens:
        path = tmp_path / "tokens.arrow"
        with TokenWriter(path, vocabulary) as writer:
            at = 10
            for document, length in enumerate(lengths):
                learn = np.arange(length) >= answer
                writer.add(document, np.arange(at, at + length), learn, talk=answer > 0)
                at += length
        return Tokens(path)

    return make


@pytest.mark.parametrize("vocabulary", [60_000, 100_000])
def test_tokens_come_back_across_the_seams_of_blocks(stored: Store, vocabulary: int) -> None:
    tokens = stored(5, 200, 1, 300, vocabulary=vocabulary)
    assert len(tokens) == 506
    assert (tokens.ids(0, 506) == np.arange(10, 516)).all()
    assert tokens.ids(60, 10).tolist() == list(range(70, 80))
    assert tokens.ids(500, 50).tolist() == list(range(510, 516)), "no further than the end"
    assert tokens.ids(506, 1).size == 0
    assert tokens.spans.tolist() == [
        [0, 0, 5, -1], [1, 5, 200, -1], [2, 205, 1, -1], [3, 206, 300, -1],
    ]  # fmt: skip
    assert tokens.learn(0, 506).all()


def test_a_span_comes_in_pieces_and_says_what_is_learnt(tmp_path: Path) -> None:
    path = tmp_path / "t.arrow"
    with TokenWriter(path, 100) as writer:
        writer.add(0, [5, 6, 7], np.array([False, True, True]))
        writer.extend([8, 9], np.array([False, True]))
        writer.add(1, [])
    tokens = Tokens(path)
    assert tokens.learn(0, 5).tolist() == [False, True, True, False, True]
    assert tokens.spans.tolist() == [[0, 0, 5, -1], [1, 5, 0, -1]]


def test_no_tokens_at_all(tmp_path: Path) -> None:
    with TokenWriter(tmp_path / "t.arrow", 100):
        pass
    assert len(Tokens(tmp_path / "t.arrow")) == 0
    assert Tokens(tmp_path / "t.arrow").spans.shape == (0, 4)


@pytest.mark.parametrize("offset", [0, 1, 7, 15])
def test_every_token_is_in_one_part(stored: Store, offset: int) -> None:
    parts = cut(stored(40, 15, 3, 16, 1).spans, 15, offset)
    found = sorted(at for part in parts for at in range(part.start, part.start + part.count))
    assert found == list(range(75))
    assert max(part.count for part in parts) <= 15


@pytest.mark.parametrize(
    ("answer", "read"),
    [
        (36, Part(25, 15)),  # a long question: its end, and all of the answer
        (20, Part(13, 15)),  # both long: the end of the one, the beginning of the other
        (2, Part(0, 15)),  # a long answer: its beginning
    ],
)
def test_of_a_conversation_too_long_the_answer_is_read(
    stored: Store, answer: int, read: Part
) -> None:
    tokens = stored(40, answer=answer)
    assert cut(tokens.spans, 15, 7) == [read]
    before, behind = next(iter(unheard(tokens.spans, 16)))
    assert (before.start, before.count) == (0, read.start)
    assert (behind.start, behind.count) == (read.start + 15, 40 - 15 - read.start)
    assert lost(tokens, 16) == (1, int(tokens.learn(behind.start, behind.count).sum()))


def test_a_conversation_that_fits_loses_nothing(stored: Store) -> None:
    tokens = stored(10, 15, answer=4)
    assert cut(tokens.spans, 15, 7) == [Part(0, 10), Part(10, 15)]
    assert lost(tokens, 16) == (0, 0)


def test_rows_are_filled_without_overflowing() -> None:
    draw = np.random.default_rng(0)
    parts = [Part(i * 100, int(n)) for i, n in enumerate(draw.integers(1, 40, 500))]
    rows = fill(parts, 64)
    assert sorted((p for row in rows for p in row), key=lambda p: p.start) == parts
    need = [sum(part.count + 1 for part in row) for row in rows]
    assert max(need) <= 64
    assert sum(need) / (64 * len(rows)) > 0.97, "few places stay empty"


def test_a_row_marks_each_part_and_counts_its_places_anew(stored: Store) -> None:
    packed = Packed(stored(3, 2), 8, MARKER, PAD, seed=0, together=True)
    row = packed.row(0)
    assert row.ids.tolist() == [MARKER, 10, 11, 12, MARKER, 13, 14, PAD]
    assert row.places.tolist() == [0, 1, 2, 3, 0, 1, 2, 0]
    assert row.learn.tolist() == [False, True, True, True, False, True, True, False]


def test_apart_when_a_model_cannot_tell_parts_apart(stored: Store) -> None:
    packed = Packed(stored(3, 2), 8, MARKER, PAD, seed=0, together=False)
    assert packed.rows_in_epoch == 2
    assert {tuple(packed.row(i).ids.tolist()) for i in range(2)} == {
        (MARKER, 10, 11, 12, 0, 0, 0, 0),
        (MARKER, 13, 14, 0, 0, 0, 0, 0),
    }


def test_an_epoch_reads_all_and_the_next_in_another_way(stored: Store) -> None:
    packed = Packed(stored(100, 33, 8), 16, MARKER, PAD, seed=3, together=True)

    def read(epoch: int) -> list[tuple[int, ...]]:
        rows = range(packed.rows_in_epoch * epoch, packed.rows_in_epoch * (epoch + 1))
        return [tuple(packed.row(i).ids.tolist()) for i in rows]

    first = sorted(i for row in read(0) for i in row if i > MARKER)
    assert first == list(range(10, 151))
    assert len({frozenset(read(epoch)) for epoch in range(4)}) > 2, "other seams"
    again = Packed(stored(100, 33, 8), 16, MARKER, PAD, seed=3, together=True)
    assert [tuple(again.row(i).ids.tolist()) for i in (2, 25)] == [
        tuple(packed.row(i).ids.tolist()) for i in (2, 25)
    ]
