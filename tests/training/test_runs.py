"""The queue, the wishes, the trash: no run is lost and no name leads outside."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

import lab.training.attendant
from lab.recipe import Recipe
from lab.training.folder import RunFolder
from lab.training.launch import ACCELERATOR
from lab.training.runs import Runs
from lab.types import LabError

Recipes = Callable[..., Recipe]


class Worker:
    """Stands for a process: alive until told otherwise."""

    def __init__(self) -> None:
        self.code: int | None = None

    def poll(self) -> int | None:
        return self.code


@pytest.fixture
def runs(tmp_path: Path) -> Runs:
    return Runs(tmp_path / "home", tmp_path / "recordings")


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Worker]]:
    """The workers that were started, with the names of their runs."""
    found: list[tuple[str, Worker]] = []

    def spawn(runs: Sequence[RunFolder], home: Path) -> Any:
        worker = Worker()
        found.extend((run.name, worker) for run in runs)
        return worker

    monkeypatch.setattr(lab.training.attendant, "spawn", spawn)
    return found


def checkpoint(run: RunFolder) -> None:
    """A whole one, as far as a list can tell."""
    folder = run.checkpoints / "step-00000003"
    folder.mkdir(parents=True)
    (folder / "state.json").write_text('{"sizes": {}}')


def three(runs: Runs, recipe: Recipes) -> list[str]:
    names = [runs.create(recipe()).name for _ in range(3)]
    for name in names:
        runs.begin(name)
    return names


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


def test_longer_by_so_many_steps(runs: Runs, recipe: Recipes) -> None:
    name = runs.create(recipe(steps=6)).name
    runs.extend(name, 4, {})
    assert runs.find(name).recipe.steps == 10
    assert runs.queue.names == [name]
    with pytest.raises(LabError, match="setting_too_large"):
        runs.adjust(runs.find(name), 10_000_000, {})
    assert runs.find(name).recipe.steps == 10


def test_one_that_failed_goes_on_more_slowly(runs: Runs, recipe: Recipes) -> None:
    name = runs.create(recipe(steps=6)).name
    runs.find(name).log().add("status", 3, state="failed")
    runs.extend(name, 0, {"optimiser.rate": 1e-4})
    told = runs.find(name).recipe
    assert (told.steps, told.optimiser.rate) == (6, 1e-4)
    assert runs.queue.names == [name]
    for changes, key in (({"size.width": 64}, "settled"), ({"optimiser.rate": 2.0}, "too_large")):
        with pytest.raises(LabError, match=f"setting_{key}"):
            runs.extend(name, 0, changes)
    assert runs.find(name).recipe == told


def test_one_that_failed_is_stopped_where_its_checkpoint_stands(
    runs: Runs, recipe: Recipes
) -> None:
    a, b, c = three(runs, recipe)
    for name in (a, b):
        runs.queue.leave(name)
        runs.find(name).log().add("status", 3, state="failed")
    checkpoint(runs.find(b))
    kept = {one.name: one.kept for one in runs.summaries()}
    assert kept == {a: False, b: True, c: False}
    runs.ask(a, "stop")
    runs.ask(b, "stop")
    assert runs.queue.names == [b, c]
    assert runs.view(a).summary.state == "failed", "it says on why"


def test_one_that_trains_cannot_be_changed(runs: Runs, recipe: Recipes) -> None:
    run = runs.create(recipe())
    with run.lock():
        for act in (lambda: runs.extend(run.name, 4, {}), lambda: runs.delete(run.name)):
            with pytest.raises(LabError, match="run_busy"):
                act()


def test_a_twin_with_changes(runs: Runs, recipe: Recipes) -> None:
    name = runs.create(recipe(seed=3)).name
    twin = runs.duplicate(name, {"optimiser.rate": 0.5, "seed": 4})
    assert twin.name != name
    assert (twin.recipe.optimiser.rate, twin.recipe.seed) == (0.5, 4)
    assert runs.find(name).recipe.seed == 3
    with pytest.raises(LabError, match="setting_unknown"):
        runs.duplicate(name, {"nothing.at": 1})


def test_the_trash_gives_back_and_empties_by_age(runs: Runs, recipe: Recipes) -> None:
    a, b, _ = three(runs, recipe)
    runs.delete(a)
    assert a not in [s.name for s in runs.summaries()]
    assert runs.queue.names[0] == b
    runs.restore(a)
    assert runs.find(a)
    runs.delete(a)
    old = time.time() - 31 * 86_400
    os.utime(runs.trash / a, (old, old))
    runs.empty_trash()
    with pytest.raises(LabError, match="no_such_run"):
        runs.restore(a)


@pytest.mark.parametrize("name", ["../x", "..", "", "/etc", "a/b", "nobody", "a" * 200, "."])
def test_no_name_leads_outside(name: str, runs: Runs, recipe: Recipes) -> None:
    RunFolder.create(runs.home / "x", recipe())
    runs.folder.mkdir(parents=True)
    for act in (runs.find, runs.restore, runs.delete, runs.view):
        with pytest.raises(LabError, match="no_such_run"):
            act(name)


def test_a_list_tells_where_each_stands(runs: Runs, recipe: Recipes) -> None:
    run = runs.create(recipe(title="A title"))
    log = run.log()
    log.add("status", 0, state="running")
    log.add("metric", 2, loss=3.0, per_second=50.0)
    log.add("metric", 2, held_out={"loss": 2.5, "bits_per_byte": 1.5, "measure": "exact"})
    log.add("error", 2, key="loss_not_finite", facts={"step": 2})
    log.add("status", 2, state="failed")
    (summary,) = runs.summaries()
    assert (summary.title, summary.state, summary.step, summary.loss) == ("A title", "failed", 2, 3)
    assert summary.held_out["bits_per_byte"] == 1.5
    assert summary.why is not None
    assert summary.why.facts == {"step": 2}


@pytest.mark.parametrize(
    ("file", "text", "why"),
    [("recipe.json", '{"objective": "next", "colour": 1}', "colour: "),
     ("recipe.json", '{"objective": "next", "steps": 10000001}', "steps: "),
     ("recipe.json", '{"objective": "ne', "Unterminated"), ("recipe.json", "[]", "Input"),
     ("events.jsonl", None, "Is a directory")],
)  # fmt: skip
def test_one_bad_run_leaves_the_others_in_the_list(
    runs: Runs, recipe: Recipes, file: str, text: str | None, why: str
) -> None:
    good, bad = runs.create(recipe()), runs.create(recipe())
    if text is None:
        (bad.path / file).mkdir()
    else:
        (bad.path / file).write_text(text)
    told = {one.name: one for one in runs.summaries()}
    assert told[good.name].state == "new"
    assert (told[bad.name].state, told[bad.name].title) == ("broken", bad.name)
    error = told[bad.name].why
    assert error is not None
    assert (error.key, error.facts["run"], error.facts["file"]) == ("run_broken", bad.name, file)
    assert str(error.facts["why"]).startswith(why)
    if text is not None:
        assert [run.name for run, _ in runs.told()] == [good.name]


def test_one_that_came_with_the_lab_is_looked_at_not_changed(
    runs: Runs, recipe: Recipes, tmp_path: Path
) -> None:
    recorded = RunFolder.create(tmp_path / "recordings" / "tiny", recipe(title="Tiny"))
    recorded.log().add("status", 6, state="finished")
    own = runs.create(recipe())
    assert [(s.name, s.recorded) for s in runs.summaries()] == [(own.name, False), ("tiny", True)]
    assert runs.view("tiny").summary.state == "finished"
    assert runs.duplicate("tiny", {"steps": 9}).recipe.steps == 9
    acts = (runs.begin, runs.delete, lambda n: runs.ask(n, "stop"), lambda n: runs.extend(n, 5, {}))
    for act in acts:
        with pytest.raises(LabError, match="run_recorded"):
            act("tiny")
    assert sorted(f.name for f in recorded.path.iterdir()) == ["events.jsonl", "recipe.json"]


def test_curves_are_thinned_not_averaged(runs: Runs, recipe: Recipes) -> None:
    run = runs.create(recipe())
    log = run.log()
    for step in range(1, 1001):
        log.add("metric", step, loss=float(step))
    curve = runs.view(run.name).curves["loss"]
    assert len(curve) == 400
    assert curve[0] == (1, 1.0)
    assert curve[-1] == (1000, 1000.0)
    assert all(step == value for step, value in curve)


def test_a_view_sends_only_the_samples_asked_for(runs: Runs, recipe: Recipes) -> None:
    run = runs.create(recipe())
    for step in range(3):
        run.log().add("sample", step, prompt=0, text="a", tokens=[])
    view = runs.view(run.name, since=2)
    assert (len(view.samples), view.of) == (1, 3)
