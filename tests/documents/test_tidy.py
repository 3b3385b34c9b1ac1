"""What nobody uses any more goes; what a run stands on stays."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import made
from made import SAID

from lab.documents.find import Found
from lab.documents.process import Limits, Process
from lab.documents.reading import read_all
from lab.documents.tidy import DAYS, tidy
from lab.documents.zips import Zips


def old(folder: Path) -> Path:
    """As if nobody had touched it for longer than it is kept."""
    then = time.time() - (DAYS + 1) * 86_400
    for path in (*folder.rglob("*"), folder):
        os.utime(path, (then, then))
    return folder


def dataset(home: Path, name: str, *papers: str) -> Path:
    folder = home / "datasets" / name
    folder.mkdir(parents=True)
    (folder / "dataset.json").write_text(json.dumps({"papers": [{"sha256": p} for p in papers]}))
    return old(folder)


def paper(home: Path, name: str) -> Path:
    (home / "papers" / name / "text-2").mkdir(parents=True)
    (home / "papers" / name / "text-2" / "paper.json").write_text("{}")
    return old(home / "papers" / name)


def test_what_no_run_stands_on_goes_after_a_while(tmp_path: Path) -> None:
    run = tmp_path / "runs" / "mine"
    run.mkdir(parents=True)
    mine, lost = dataset(tmp_path, "mine", "aa"), dataset(tmp_path, "lost", "bb")
    (run / "data.json").write_text(json.dumps({"folder": str(mine)}))
    young = dataset(tmp_path, "young", "cc")
    os.utime(young / "dataset.json")
    papers = [paper(tmp_path, name) for name in ("aa", "bb", "cc", "dd")]
    tidy(tmp_path)
    assert [folder.exists() for folder in (mine, lost, young)] == [True, False, True]
    assert [folder.exists() for folder in papers] == [True, False, True, False]
    again = dataset(tmp_path, "again")
    tidy(tmp_path)
    assert again.exists(), "once a day is enough"


def test_reading_a_document_again_keeps_it(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (tmp_path / "a.txt").write_text(SAID)
    (text,) = read_all([tmp_path / "a.txt"], home)
    old(home / "papers")
    (home / "papers" / "tidied").touch()
    read_all([tmp_path / "a.txt"], home)
    (home / "papers" / "tidied").unlink()
    tidy(home)
    assert text.file.is_file()


def test_what_a_crash_left_unpacked_goes_and_what_is_read_stays(tmp_path: Path) -> None:
    home, file = tmp_path / "home", tmp_path / "a.zip"
    file.write_bytes(made.zipped({"a.txt": SAID}))
    left = home / "papers" / "unpacked.77.99"
    left.mkdir(parents=True)
    with Process(tmp_path / "log.txt", Limits()) as process, Zips(home / "papers", process) as zips:
        assert not left.exists()
        (inside,) = zips.inside(Found("a.zip", file))
        read_all([file], home)
        assert inside.file.read_text() == SAID
    assert not list((home / "papers").glob("unpacked*"))
