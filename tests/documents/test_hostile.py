"""Hostile and broken documents: a sentence each, the others still read, nothing written elsewhere.

All lie in one folder and are read in one go, as a person would drop them.
"""

from __future__ import annotations

import errno
import zipfile
from pathlib import Path

import made
import pytest
from hostile import BAD, ODD, RLO, climbing
from made import SAID

from lab.documents import archive
from lab.documents.reading import Text, read_all, sections
from lab.texts import LANGUAGES, sentence
from lab.types import LabError


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hostile")


@pytest.fixture(scope="module")
def read(place: Path) -> dict[str, Text]:
    drop = place / "drop"
    drop.mkdir()
    for name, document in {**BAD, **ODD}.items():
        (drop / name).write_bytes(document.make())
    (drop / "climbing.zip").write_bytes(climbing())
    (drop / "linked.zip").write_bytes(made.zip_with_link())
    before = everything(place)
    texts = read_all([drop], place / "home")
    assert everything(place) == before, "nothing is written outside the lab's own folder"
    return {text.paper.name: text for text in texts}


def everything(place: Path) -> dict[str, int]:
    """Every file outside the lab's own folder, and when it was last written."""
    found = (p for p in place.parent.rglob("*") if place / "home" not in [p, *p.parents])
    return {str(p): p.stat().st_mtime_ns for p in found if p.is_file()}


def test_there_are_enough_of_them() -> None:
    assert len(BAD) + len(ODD) >= 60


@pytest.mark.parametrize("name", sorted(BAD))
def test_each_gets_its_sentence(name: str, read: dict[str, Text]) -> None:
    paper = read[name].paper
    assert paper.why is not None, "it was read"
    assert paper.why.key == BAD[name].why, paper.why
    assert list(sections(read[name].file)) == []
    for language in LANGUAGES:
        told = sentence(language, paper.why)
        assert name in told
        assert "{" not in told, "every slot is filled"
        assert "\n" not in told


@pytest.mark.parametrize("name", sorted(ODD), ids=ascii)
def test_the_others_are_read(name: str, read: dict[str, Text]) -> None:
    shown = name.replace("\n", "\\n").replace(RLO, "\\u202e")
    text = read[shown]
    assert text.paper.why is None
    said = " ".join(s.text + " ".join(t.text for t in s.turns) for s in sections(text.file))
    assert ODD[name].says in " ".join(said.split())
    assert not ODD[name].left or ODD[name].left in {left.what for left in text.paper.left}


def test_what_climbs_out_of_a_zip_stays_in_it(read: dict[str, Text], place: Path) -> None:
    shown = {name: text for name, text in read.items() if name.startswith("climbing.zip")}
    inside = [name for name, text in shown.items() if text.paper.why is None]
    assert inside == [
        "climbing.zip/sub/bidi\\u202e\\n.txt", "climbing.zip/sub/inside.txt",
    ]  # fmt: skip
    whys = {text.paper.why.key: text.paper.why.facts for text in shown.values() if text.paper.why}
    assert whys["papers_outside"]["count"] == 4
    assert {"papers_outside", "papers_hidden", "paper_zip_inside"} == set(whys)
    assert not list(place.parent.rglob("*climbed*"))
    assert not list(place.parent.rglob("*absolute*"))


def test_links_in_zips_are_left_out(read: dict[str, Text]) -> None:
    assert read["linked.zip/good.txt"].paper.why is None
    why = read["linked.zip"].paper.why
    assert why is not None
    assert (why.key, why.facts["first"]) == ("papers_linked", "link.txt")


def test_what_was_unpacked_is_gone(read: dict[str, Text], place: Path) -> None:
    assert not list((place / "home" / "papers").glob("unpacked*"))
    assert not list((place / "home").rglob("*.partial"))


def test_a_damaged_file_of_a_zip_costs_itself_alone(tmp_path: Path) -> None:
    raw = bytearray(made.zipped({"a.txt": SAID * 50, "b.txt": SAID}, zipfile.ZIP_STORED))
    raw[200] ^= 255
    (tmp_path / "a.zip").write_bytes(raw)
    texts = read_all([tmp_path / "a.zip"], tmp_path / "home")
    assert [t.paper.name for t in texts if t.paper.why is None] == ["a.zip/b.txt"]
    assert [t.paper.why.key for t in texts if t.paper.why] == ["papers_damaged"]


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_whatever_it_is_packed_with(tmp_path: Path, method: int) -> None:
    raw = bytearray(made.zipped({"a.txt": SAID * 50, "b.txt": SAID}, method))
    raw[40:75] = b"\xff" * 35
    (tmp_path / "a.zip").write_bytes(raw)
    (tmp_path / "out").mkdir()
    found = archive.unpack(tmp_path / "a.zip", tmp_path / "out")
    assert [name for name, _ in found["files"]] == ["b.txt"]
    assert [(one["key"], one["facts"]["first"]) for one in found["left"]] == [
        ("papers_damaged", "a.txt")
    ]


def test_a_full_disk_is_no_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    (tmp_path / "a.zip").write_bytes(made.zipped({"a.txt": SAID}))
    monkeypatch.setattr(archive._Unpacking, "_write", full)
    with pytest.raises(OSError, match="No space"):
        archive.unpack(tmp_path / "a.zip", tmp_path)


def test_a_zip_of_too_many_files_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.zip").write_bytes(made.zipped({f"{i}.txt": "x" for i in range(4)}))
    monkeypatch.setattr(archive, "MOST", 3)
    with pytest.raises(LabError, match="paper_many_inside"):
        archive.unpack(tmp_path / "a.zip", tmp_path)


def test_a_zip_whose_files_share_their_bytes_is_refused() -> None:
    """Entries of a zip within which each packed byte is counted many times over."""
    entry = zipfile.ZipInfo("a.txt")
    entry.file_size = entry.compress_size = 1000
    with pytest.raises(LabError, match="paper_bomb"):
        archive.refuse_bomb([entry] * 50, 1500)


def test_a_zip_that_lies_about_a_size_is_stopped_while_it_unpacks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.zip").write_bytes(made.zipped({"a.txt": SAID * 100}))
    monkeypatch.setattr(archive, "refuse_bomb", lambda entries, size: None)
    monkeypatch.setattr(archive, "LARGEST", 1000)
    (tmp_path / "out").mkdir()
    with pytest.raises(LabError, match="paper_bomb"):
        archive.unpack(tmp_path / "a.zip", tmp_path / "out")
    assert sum(file.stat().st_size for file in (tmp_path / "out").iterdir()) <= 1000
