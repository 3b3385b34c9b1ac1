"""The queue: in order, one at a time, and nothing that goes wrong loses a run."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from waiting import Recipes, Worker, checkpoint, three

import lab.training.attendant
from lab.training.folder import RunFolder
from lab.training.launch import ACCELERATOR
from lab.training.runs import Runs


def test_one_at_a_time_in_their_order(
    runs: Runs, recipe: Recipes, started: list[tuple[str, Worker]]
) -> None:
    a, b, c = three(runs, recipe)
    assert runs.queue.names == [a, b, c]
    runs.begin(b)
    assert runs.queue.names == [a, b, c], "asking twice queues once"
    runs.reorder([c, "nobody"])
    assert runs.queue.names == [c, a, b]
    runs.attendant.begin_next()
    runs.attendant.begin_next()
    assert [name for name, _ in started] == [c]
    started[0][1].code = 0
    runs.attendant.begin_next()
    assert [name for name, _ in started] == [c, a]
    assert runs.queue.names == [b]


def test_one_that_was_begun_is_starting_until_it_speaks(
    runs: Runs, recipe: Recipes, started: list[tuple[str, Worker]]
) -> None:
    run = runs.create(recipe())
    run.log().add("status", 3, state="paused")
    runs.begin(run.name)
    runs.attendant.begin_next()

    def state() -> str:
        return runs.summaries()[0].state

    assert state() == "starting", "not paused: that was before"
    time.sleep(0.01)
    run.log().add("status", 9, state="finished")
    assert state() == "finished", "though its process has not quite ended"
    started[0][1].code = 0
    assert state() == "finished"


def test_a_family_goes_side_by_side(
    runs: Runs, recipe: Recipes, started: list[tuple[str, Worker]]
) -> None:
    told = ["twins", "twins", "", "twins"]
    names = [runs.create(recipe(family=family)).name for family in told]
    for name in names:
        runs.begin(name)
    assert [run.name for run in runs.attendant.begin_next()] == names[:2]
    assert started[0][1] is started[1][1], "one worker trains both"
    assert runs.queue.names == names[2:], "what stands behind another keeps its place"
    started[0][1].code = 0
    assert [run.name for run in runs.attendant.begin_next()] == names[2:3]


def test_another_app_s_training_is_waited_for(
    runs: Runs, recipe: Recipes, started: list[tuple[str, Worker]]
) -> None:
    three(runs, recipe)
    with FileLock(runs.home / ACCELERATOR):
        assert not runs.attendant.begin_next()
    assert runs.attendant.begin_next()


def test_the_queue_outlives_the_app(runs: Runs, recipe: Recipes) -> None:
    names = three(runs, recipe)
    assert Runs(runs.home).queue.names == names


def test_a_pause_takes_it_out_of_the_queue(runs: Runs, recipe: Recipes) -> None:
    a, b, c = three(runs, recipe)
    runs.ask(b, "pause")
    assert runs.queue.names == [a, c]
    assert runs.view(b).summary.state == "paused"
    runs.begin(b)
    assert runs.queue.names == [a, c, b]
    assert runs.find(b).wish == "run"


def test_stopping_one_that_rests_makes_its_model(runs: Runs, recipe: Recipes) -> None:
    a, b, c = three(runs, recipe)
    runs.find(b).log().add("status", 3, state="paused")
    checkpoint(runs.find(b))
    runs.ask(b, "stop")
    assert runs.queue.names == [b, a, c]
    assert runs.find(b).wish == "stop"


@pytest.mark.parametrize("said", [None, "paused", "running"])
def test_stopping_one_that_has_learnt_nothing_ends_it_there(
    runs: Runs, recipe: Recipes, said: str | None
) -> None:
    """No worker is begun to make a model of random weights."""
    a, b, c = three(runs, recipe)
    if said:
        runs.find(b).log().add("status", 0, state=said)
    runs.ask(b, "stop")
    assert runs.queue.names == [a, c]
    assert runs.view(b).summary.state == "stopped"
    runs.begin(b)
    assert runs.view(b).summary.state == "queued", "it can still be begun"


def test_stopping_one_that_is_just_starting_does_not_queue_it(
    runs: Runs, recipe: Recipes, started: list[tuple[str, Worker]]
) -> None:
    a, b, c = three(runs, recipe)
    checkpoint(runs.find(a))
    runs.attendant.begin_next()
    runs.ask(a, "stop")
    assert runs.queue.names == [b, c]
    assert not runs.find(a).events()[0], "its worker hears, and says how it ended"


def test_what_a_crash_interrupted_goes_on_first(runs: Runs, recipe: Recipes) -> None:
    a, b, c = three(runs, recipe)
    broken = runs.create(recipe())
    broken.log().add("status", 0, state="running")
    assert runs.view(broken.name).summary.state == "interrupted"
    runs.attendant.recover()
    assert runs.queue.names == [broken.name, a, b, c]


def test_one_that_cannot_be_begun_is_passed_over_and_says_why(
    runs: Runs, recipe: Recipes, started: list[tuple[str, Worker]]
) -> None:
    a, b, c = three(runs, recipe)
    told = runs.find(a).recipe
    runs.find(a).recipe_file.write_text("{")
    assert [run.name for run in runs.attendant.begin_next()] == [b]
    assert runs.queue.names == [a, c], "it keeps its place"
    why = {one.name: one.why for one in runs.summaries()}[a]
    assert why is not None
    assert why.key == "run_broken"
    runs.find(a).rewrite(told)
    started[0][1].code = 0
    assert [run.name for run in runs.attendant.begin_next()] == [a]


def test_a_worker_that_cannot_be_started_loses_no_run(
    runs: Runs, recipe: Recipes, started: list[tuple[str, Worker]], monkeypatch: pytest.MonkeyPatch
) -> None:
    a, b, _ = three(runs, recipe)
    spawn = lab.training.attendant.spawn

    def full(together: Sequence[RunFolder], home: Path) -> Any:
        raise OSError(28, "No space left on device")

    def why() -> str | None:
        error = {one.name: one.why for one in runs.summaries()}[a]
        return error and error.key

    with monkeypatch.context() as patch:
        patch.setattr(lab.training.attendant, "spawn", full)
        assert not runs.attendant.begin_next()
    assert runs.queue.names[:2] == [a, b]
    assert why() == "run_not_begun"
    assert lab.training.attendant.spawn is spawn
    assert [run.name for run in runs.attendant.begin_next()] == [a]
    assert why() is None


def test_trouble_at_the_start_never_ends_the_attendance(
    runs: Runs, recipe: Recipes, started: list[tuple[str, Worker]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was interrupted is put back at the second try; and the trash is emptied by its age."""
    every, calls = Runs.all, iter([OSError(5, "Input/output error")])

    def once_broken(self: Runs) -> list[RunFolder]:
        for error in calls:
            raise error
        return every(self)

    monkeypatch.setattr(Runs, "all", once_broken)
    broken, unread, thrown = (runs.create(recipe()) for _ in range(3))
    broken.log().add("status", 0, state="running")
    unread.events_file.mkdir()
    runs.delete(thrown.name)
    os.utime(runs.trash / thrown.name, (0, 0))
    runs.attendant.come(every=0.01)
    limit = time.monotonic() + 20
    while not started and time.monotonic() < limit:
        time.sleep(0.01)
    runs.attendant.leave()
    assert [name for name, _ in started] == [broken.name]
    assert not (runs.trash / thrown.name).exists()
