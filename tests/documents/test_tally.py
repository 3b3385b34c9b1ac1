"""What is left out of a document is counted, with where it stood."""

from __future__ import annotations

from lab.documents.worker import Tally


def test_what_was_dropped_is_counted_with_its_first_lines() -> None:
    tally = Tally()
    for line in range(1, 9):
        tally("bad_lines", 1, line)
    tally("unseen", 20)
    tally("notes", 0)
    assert [(x.what, x.count, x.lines) for x in tally.left()] == [
        ("unseen", 20, ()),
        ("bad_lines", 8, (1, 2, 3, 4, 5)),
    ]
