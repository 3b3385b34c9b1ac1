"""From names to files: folders walked, links and hidden things left out and said."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from lab.documents import find as finding
from lab.documents.find import find, visible
from lab.documents.reading import read_all


def whys(paths: list[Path]) -> dict[str, dict[str, str | int | float]]:
    return {found.why.key: found.why.facts for found in find(paths) if found.why}


def names(paths: list[Path]) -> list[str]:
    return [found.name for found in find(paths) if found.why is None]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    for name in ("b.txt", "a/z.txt", "a/.secret", ".git/config", "c/__MACOSX/x.txt"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    return folder


def test_folders_are_walked_in_a_fixed_order(folder: Path) -> None:
    assert names([folder]) == ["a/z.txt", "b.txt"]
    assert names([folder / "b.txt", folder]) == ["b.txt", "a/z.txt", "b.txt"]


def test_hidden_things_are_left_out_and_said(folder: Path) -> None:
    facts = whys([folder])["papers_hidden"]
    assert (facts["count"], facts["first"], facts["name"]) == (3, ".git", "notes/")


def test_a_hidden_file_named_outright_is_read(folder: Path) -> None:
    assert names([folder / "a" / ".secret"]) == [".secret"]


def test_links_that_lead_out_are_left_out_and_said(folder: Path) -> None:
    outside = folder.parent / "outside"
    outside.mkdir()
    (outside / "private.txt").write_text("private")
    (folder / "file.txt").symlink_to(outside / "private.txt")
    (folder / "dir").symlink_to(outside)
    (folder / "up").symlink_to("..")
    (folder / "dangling").symlink_to(outside / "nothing")
    (folder / "inside.txt").symlink_to("b.txt")
    (folder / "loop").symlink_to(folder)
    assert names([folder]) == ["a/z.txt", "b.txt"]
    assert whys([folder])["papers_linked"]["count"] == 4


def test_what_is_no_file_is_not_opened(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    assert whys([folder])["papers_special"]["first"] == "pipe"
    assert set(whys([folder / "pipe"])) == {"paper_special"}
    assert set(whys([Path("/dev/zero")])) == {"paper_special"}


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    assert set(whys([tmp_path / "no\nthing"])) == {"no_such_path"}
    (tmp_path / "dangling").symlink_to(tmp_path / "nothing")
    assert set(whys([tmp_path / "dangling"])) == {"no_such_path"}


def test_a_folder_too_deep_or_too_full_is_cut(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "DEEPEST", 0)
    assert whys([folder])["papers_deep"]["count"] == 2
    monkeypatch.setattr(finding, "DEEPEST", 9)
    monkeypatch.setattr(finding, "MOST", 1)
    assert names([folder]) == ["a/z.txt"]
    assert whys([folder])["papers_many"]["count"] == 1


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("plain é 名.txt", "plain é 名.txt"),
        ("a\nb\r\t.txt", "a\\nb\\r\\t.txt"),
        ("txt.\u202eexe", "txt.\\u202eexe"),
        ("\u200f\u2066x\u2069", "\\u200f\\u2066x\\u2069"),
        ("bad\udcff.txt", "bad\\udcff.txt"),
        ("thin\u202fspace", "thin\u202fspace"),
    ],
)
def test_odd_names_are_visible(name: str, shown: str) -> None:
    assert visible(name) == shown


def test_a_name_without_end_is_cut() -> None:
    assert len(visible("x" * 5000)) == 201


def test_a_name_that_is_no_unicode_can_be_read(tmp_path: Path) -> None:
    raw = os.fsencode(tmp_path) + b"/caf\xe9.txt"
    try:
        with open(raw, "w") as file:
            file.write("The heron of Vaubel fishes at noon.")
    except OSError:
        pytest.skip("this file system takes names in UTF-8 alone")
    (text,) = read_all([tmp_path], tmp_path.parent / "home")
    assert text.paper.name == "caf\\udce9.txt"
    assert text.paper.why is None


def test_ten_thousand_empty_files_are_quick(tmp_path: Path) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    for number in range(10_000):
        (folder / f"{number:05d}.txt").touch()
    begun = time.process_time()
    texts = read_all([folder], tmp_path / "home")
    assert time.process_time() - begun < 5
    assert len(texts) == 10_000
    assert {text.paper.why.key for text in texts if text.paper.why} == {"paper_empty"}
    assert len({text.paper.name for text in texts}) == 10_000
