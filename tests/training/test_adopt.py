"""A run that is made one of those that ship: its model, its sources named, its history thinned."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from lab.recipe import Recipe
from lab.training.adopt import adopt, adopt_history, thin
from lab.training.events import read_events
from lab.training.folder import RunFolder
from lab.training.judging import earlier
from lab.training.runs import Runs
from lab.training.shelf import examples
from lab.training.worker import work
from lab.verdict import Verdict


def test_a_run_becomes_part_of_the_lab(
    recipe: Callable[..., Recipe], home: Path, tmp_path: Path
) -> None:
    run = RunFolder.create(tmp_path / "run", recipe(steps=4, data__repeat=(1,)))
    assert work([run], home) == 0
    table = tmp_path / "sources.tsv"
    table.write_text("file\ttitle\tauthor\tsource\tlicence\na/one.txt\tOne\tShe\tHere\tFree\n")
    adopt(run, "mine", table, tmp_path / "assets")
    passport = json.loads((tmp_path / "assets/checkpoints/mine/passport.json").read_text())
    (one,) = (s for s in passport["sources"] if s["name"] == "one")
    assert (one["title"], one["author"], one["licence"]) == ("One", "She", "Free")
    card = (tmp_path / "assets/checkpoints/mine/README.md").read_text()
    assert "One, She" in card, "the card is of the completed passport"
    assert str(tmp_path) not in card
    recorded = tmp_path / "assets/runs/mine"
    assert str(tmp_path) not in "".join(f.read_text() for f in recorded.iterdir())
    (summary,) = Runs(tmp_path / "home", tmp_path / "assets/runs").summaries()
    assert (summary.state, summary.step, summary.recorded) == ("finished", 4, True)


def test_pictures_drawn_on_the_way_come_along(
    recipe: Callable[..., Recipe], home: Path, tmp_path: Path
) -> None:
    small = {"size__layers": 1, "size__width": 32, "data__paths": (), "steps": 1, "rows": 8}
    run = RunFolder.create(tmp_path / "run", recipe("image", **small))
    assert work([run], home) == 0
    adopt(run, "mine", None, tmp_path / "assets")
    runs = Runs(tmp_path / "home", tmp_path / "assets/runs")
    drawn = [s.data["file"] for s in runs.view("mine").samples]
    assert len(drawn) == 2
    assert all((runs.look("mine").path / "samples" / file).is_file() for file in drawn)


def test_samples_and_looks_stay_when_figures_are_thinned(
    recipe: Callable[..., Recipe], tmp_path: Path
) -> None:
    log = RunFolder.create(tmp_path / "run", recipe()).log()
    log.add("status", 0, state="running")
    for step in range(1000):
        log.add("metric", step, loss=1.0)
        if step % 100 == 0:
            log.add("sample", step, prompt=0, tokens=[])
            log.add("metric", step, held_out={"loss": 1.0})
            log.add("checkpoint", step, file="x")
    kept = thin(read_events(tmp_path / "run" / "events.jsonl")[0])
    figures = [e.step for e in kept if "loss" in e.data]
    assert len(figures) == 400
    assert (figures[0], figures[-1]) == (0, 999)
    assert sum(e.kind == "sample" for e in kept) == 10
    assert sum("held_out" in e.data for e in kept) == 10
    assert not [e for e in kept if e.kind == "checkpoint"]


def test_a_history_alone_can_be_made_again_and_is_not_taken_for_a_model(
    recipe: Callable[..., Recipe], home: Path, tmp_path: Path
) -> None:
    example = str(examples()["en"])
    run = RunFolder.create(tmp_path / "run", recipe(steps=2, data__paths=(example,)))
    assert work([run], home) == 0
    (run.path / "verdicts").mkdir()
    verdict = Verdict("run", "2026-11-30T10:00:00", "keep", (), None, {}, None, 0)
    (run.path / "verdicts" / "one.json").write_text(json.dumps(asdict(verdict)))
    assets = tmp_path / "assets"
    adopt_history(run, "lesson", assets=assets)
    assert not (assets / "checkpoints").exists()
    runs = Runs(tmp_path / "home", assets / "runs")
    kept = runs.look("lesson")
    assert kept.recipe.data.paths == ("example:en",)
    assert [one.run for one in earlier(kept)] == ["lesson"]
    (summary,) = runs.summaries()
    assert (summary.recorded, summary.model) == (True, None)


def test_a_history_does_not_say_where_other_documents_lay(
    recipe: Callable[..., Recipe], home: Path, tmp_path: Path
) -> None:
    run = RunFolder.create(tmp_path / "run", recipe(steps=2))
    assert work([run], home) == 0
    adopt_history(run, "lesson", assets=tmp_path / "assets")
    kept = tmp_path / "assets/runs/lesson"
    assert str(tmp_path) not in "".join(f.read_text() for f in kept.iterdir() if f.is_file())
    assert RunFolder(kept).recipe.data.paths == ()
