"""Runs in their list: changed, thrown away, looked at; no name leads outside."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from waiting import Recipes, checkpoint, three

from lab.training.folder import RunFolder
from lab.training.runs import Runs
from lab.types import LabError


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
