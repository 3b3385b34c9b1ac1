"""One stream, read live, read late, read twice; bounded, stoppable, never silent about errors."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import nullcontext

import pytest

from lab.playback import Playback
from lab.types import LabError

SOON = 5.0


def until(condition: object, wait: float = SOON) -> None:
    """Wait for a condition of another thread; fails when it does not come."""
    assert callable(condition)
    end = time.monotonic() + wait
    while not condition():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.002)


def gather(playback: Playback[int]) -> list[int]:
    items: list[int] = []
    ended = False
    while not ended:
        fresh, ended = playback.after(len(items), SOON)
        items += fresh
    return items


def test_every_item_comes_once_and_in_order() -> None:
    assert gather(Playback(iter(range(100)), nullcontext(), ahead=7)) == list(range(100))


def test_an_empty_iterator_ends_at_once() -> None:
    assert Playback(iter(()), nullcontext()).after(0, SOON) == ([], True)


def test_a_second_reader_reads_the_same() -> None:
    playback = Playback(iter(range(10)), nullcontext())
    assert gather(playback) == gather(playback) == list(playback.items)


def test_it_runs_only_so_far_ahead_of_its_readers() -> None:
    made: list[int] = []

    def items() -> Iterator[int]:
        for i in range(1000):
            made.append(i)
            yield i

    playback = Playback(items(), nullcontext(), ahead=5)
    until(lambda: len(playback.items) == 5)
    time.sleep(0.05)
    assert len(made) == 5
    playback.after(3)
    until(lambda: len(playback.items) == 8)
    playback.stop()


def test_an_abandoned_one_ends() -> None:
    playback = Playback(iter(range(1000)), nullcontext(), ahead=2, patience=0.05)
    until(lambda: playback.ended)
    assert playback.items == (0, 1)


def test_stopping_keeps_what_was_said() -> None:
    playback = Playback(iter(range(1000)), nullcontext(), ahead=3)
    until(lambda: len(playback.items) == 3)
    playback.stop()
    until(lambda: playback.ended)
    assert playback.after(0) == ([0, 1, 2], True)


def test_an_error_comes_after_what_was_said_before_it() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise LabError("no_mask_token")

    playback = Playback(items(), nullcontext())
    until(lambda: playback.ended)
    assert playback.after(0) == ([1], False)
    with pytest.raises(LabError, match="no_mask_token"):
        playback.after(1, SOON)


def test_an_unforeseen_error_is_named() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise ZeroDivisionError("by zero")

    playback = Playback(items(), nullcontext())
    until(lambda: playback.ended)
    with pytest.raises(LabError) as caught:
        playback.after(1, SOON)
    assert caught.value.key == "unexpected"
    assert "ZeroDivisionError: by zero" in str(caught.value)


def test_others_get_their_turn_between_two_items() -> None:
    turn = threading.Lock()
    playback = Playback(iter(range(10**6)), turn, ahead=10**6)
    until(lambda: len(playback.items) > 10)
    for _ in range(5):
        assert turn.acquire(timeout=SOON)
        before = len(playback.items)
        time.sleep(0.01)
        assert len(playback.items) <= before + 1
        turn.release()
        time.sleep(0.001)
    playback.stop()


def test_waiting_ends_when_something_comes() -> None:
    ready = threading.Event()

    def items() -> Iterator[int]:
        ready.wait(SOON)
        yield 7

    playback = Playback(items(), nullcontext())
    assert playback.after(0) == ([], False)
    threading.Timer(0.05, ready.set).start()
    assert playback.after(0, SOON)[0] == [7]


def test_stopping_closes_what_it_walked() -> None:
    closed = threading.Event()

    def endless() -> Iterator[int]:
        try:
            yield from iter(int, 1)
        finally:
            closed.set()

    playback = Playback(endless(), nullcontext(), ahead=3)
    until(lambda: len(playback.items) == 3)
    playback.stop()
    assert closed.wait(SOON)
