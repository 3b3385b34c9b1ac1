"""Where a run stands is asked of its events and of its worker's life, never of a flag."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lab.recipe import Recipe
from lab.training.folder import RunFolder, write_atomically
from lab.types import LabError

Recipes = Callable[..., Recipe]


def test_a_run_is_what_it_was_told(tmp_path: Path, recipe: Recipes) -> None:
    told = recipe("masked", settings={"ratio": 0.3})
    assert RunFolder.create(tmp_path / "a", told).recipe == told
    with pytest.raises(LabError, match="run_exists"):
        RunFolder.create(tmp_path / "a", told)


def test_states_follow_from_what_happened(tmp_path: Path, recipe: Recipes) -> None:
    run = RunFolder.create(tmp_path / "a", recipe())
    assert run.state() == "new"
    assert run.state(queued=True) == "queued"
    log = run.log()
    lock = run.lock()
    lock.acquire()
    log.add("status", 0, state="waiting")
    assert run.state() == "waiting"
    log.add("status", 0, state="running")
    assert run.state() == "running"
    lock.release()
    assert run.state() == "interrupted", "a worker that is gone without a word"
    unheard = RunFolder.create(tmp_path / "b", recipe())
    with unheard.lock():
        assert unheard.state() == "running"
    assert unheard.state() == "interrupted", "a worker that was gone before its first word"
    for state in ("paused", "finished", "stopped", "failed"):
        log.add("status", 1, state=state)
        assert run.state() == state


def test_asking_whether_it_lives_is_in_nobody_s_way(tmp_path: Path, recipe: Recipes) -> None:
    """However many ask at once, one at rest is never taken for alive, nor a live one for dead."""
    run = RunFolder.create(tmp_path / "a", recipe())
    with run.lock():
        assert run.alive

    def ask(_: int) -> set[bool]:
        return {run.alive for _ in range(300)}

    with ThreadPoolExecutor(8) as several:
        assert set().union(*several.map(ask, range(8))) == {False}
        with run.lock():
            assert set().union(*several.map(ask, range(8))) == {True}


def test_a_wish_is_the_last_one(tmp_path: Path, recipe: Recipes) -> None:
    run = RunFolder.create(tmp_path / "a", recipe())
    assert run.wish == "run"
    run.ask("pause")
    assert run.wish == "pause"
    (run.path / "wish.json").write_text('{"wi')
    assert run.wish == "run"


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path, recipe: Recipes) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(LabError, match="run_unwritable"):
        RunFolder.create(tmp_path / "a", recipe())


def test_a_file_in_the_way_is_told(tmp_path: Path, recipe: Recipes) -> None:
    (tmp_path / "a").write_text("")
    with pytest.raises(LabError, match="run_unwritable"):
        RunFolder.create(tmp_path / "a", recipe())


def test_writing_leaves_the_old_file_or_the_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "f"
    write_atomically(path, "old")

    def cut(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", cut)
    with pytest.raises(OSError, match="No space"):
        write_atomically(path, "new")
    assert path.read_text() == "old"
