"""A file as text: encodings found out, line ends alike, nothing lost where runs and pieces meet."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.documents import text as texts
from lab.documents.text import encoding_of, pieces, read_text, stream

FRENCH = "L’été dernier, la rivière était très basse, et le héron pêchait à midi. " * 20


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"],
)
def test_encodings_are_found_out(encoding: str, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(FRENCH.encode(encoding))
    assert read_text(tmp_path / "a.txt") == FRENCH


def test_the_odd_letter_behind_megabytes_of_plain_ones_counts(tmp_path: Path) -> None:
    raw = b"plain words only. " * 100_000 + FRENCH.encode("cp1252")
    (tmp_path / "a.txt").write_bytes(raw)
    assert encoding_of(tmp_path / "a.txt") == "cp1252"
    assert read_text(tmp_path / "a.txt").endswith(FRENCH)


def test_a_byte_that_fits_nowhere_is_one_letter_lost(tmp_path: Path) -> None:
    raw = FRENCH.encode() + b"\xff" + FRENCH.encode()
    (tmp_path / "a.txt").write_bytes(raw)
    text = "".join(stream(tmp_path / "a.txt", "utf-8"))
    assert text == f"{FRENCH}\ufffd{FRENCH}"


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_line_ends_are_alike(ends: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "CHUNK", 7)
    (tmp_path / "a.txt").write_bytes(f"one{ends}two\0{ends}three".encode())
    assert read_text(tmp_path / "a.txt") == "one\ntwo\nthree"


def test_letters_cut_by_the_end_of_a_chunk_stay_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(texts, "CHUNK", 5)
    (tmp_path / "a.txt").write_bytes(FRENCH.encode())
    assert encoding_of(tmp_path / "a.txt") == "utf-8"
    assert "".join(stream(tmp_path / "a.txt")) == FRENCH


@pytest.mark.parametrize("runs", [[FRENCH], list(FRENCH), [FRENCH[:99], "", FRENCH[99:]]])
def test_pieces_are_the_text_however_it_comes(runs: list[str]) -> None:
    found = list(pieces(runs, 100))
    assert found == list(pieces([FRENCH], 100))
    assert "".join(found) == FRENCH
    assert max(map(len, found)) <= 100
    assert all(piece.startswith(" ") for piece in found[1:]), "words stay whole"


def test_a_word_without_end_is_cut_all_the_same() -> None:
    assert [len(piece) for piece in pieces(["x" * 250], 100)] == [100, 100, 50]


def test_only_as_much_as_was_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "CHUNK", 10)
    (tmp_path / "a.txt").write_text(FRENCH, encoding="utf-8")
    assert read_text(tmp_path / "a.txt", 25) == FRENCH[:25]
    assert read_text(tmp_path / "a.txt", 10**6) == FRENCH
