"""What runs are said to cost before they begin, beside what they then take."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from lab.recipe import Recipe
from lab.training import setup, trial
from lab.training.corpus import made
from lab.training.cost import guess, measured, together
from lab.training.folder import RunFolder
from lab.training.launch import spawn
from lab.training.memory import temperature
from lab.training.trial import measure
from lab.types import LabError

Recipes = Callable[..., Recipe]


def test_side_by_side_weights_add_up_and_activations_take_turns(recipe: Recipes) -> None:
    told = [recipe("next", rows=2), recipe("masked", rows=64), recipe("span", steps=9)]
    each = [guess(one) for one in told]
    all_ = together(each)
    for part in ("weights", "adapter", "optimiser"):
        assert all_.parts[part] == sum(one.parts[part] for one in each)
    assert (
        all_.parts["activations"]
        == each[1].parts["activations"]
        == max(one.parts["activations"] for one in each)
    )
    assert all_.parts["framework"] == each[0].parts["framework"], "one worker for all"
    assert all_.memory == sum(all_.parts.values())
    assert all_.seconds == pytest.approx(sum(one.seconds for one in each))
    assert all_.parameters == max(one.parameters for one in each)
    assert together(each[:1]) == each[0]


def test_what_is_measured_is_shared_out_among_the_parts(founded: Recipes) -> None:
    told = guess(founded("next"))
    assert told.parts["adapter"] > 0
    assert told.parts["optimiser"] == 3 * told.parts["adapter"]
    more, less, least = (measured(told.parts, told.memory + by) for by in (7, -7, 9 - told.memory))
    assert more == {**told.parts, "beyond": 7}
    assert less == {**told.parts, "beyond": 0, "activations": told.parts["activations"] - 7}
    assert {name: size for name, size in least.items() if size} == {"weights": 9}


def test_a_containers_allowance_is_what_is_free(
    recipe: Recipes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    monkeypatch.setattr("lab.models.memory.CONTAINER", tmp_path)
    for name, said in (("max", "1000"), ("current", "700"), ("stat", "inactive_file 150")):
        (tmp_path / f"memory.{name}").write_text(said + "\n")
    assert guess(recipe("next")).free == 450


def test_a_card_that_is_not_computed_on_is_not_asked(
    recipe: Recipes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    monkeypatch.setattr("pynvml.nvmlInit", lambda: None)
    monkeypatch.setattr("pynvml.nvmlDeviceGetHandleByIndex", lambda number: number)
    monkeypatch.setattr("pynvml.nvmlDeviceGetMemoryInfo", lambda card: SimpleNamespace(free=7))
    monkeypatch.setattr("pynvml.nvmlDeviceGetTemperature", lambda card, kind: 80)
    assert guess(recipe("next")).free > 7
    assert temperature() is None


def test_each_member_is_tried(recipe: Recipes, home: Path, tmp_path: Path) -> None:
    """One that cannot be trained is found wherever it stands, by the sentence of the run itself."""
    family = [recipe("next"), recipe("masked", data__paths=[str(tmp_path / "nothing")])]
    with pytest.raises(LabError, match="no_such_path"):
        measure(family, home)


@pytest.fixture
def endless() -> Iterator[subprocess.Popen[bytes]]:
    """A process that waits for a word, as a trial does that has long to go."""
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    yield process
    process.communicate(b"\n")


def test_one_that_reads_for_long_is_left_to_it(
    endless: subprocess.Popen[bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trial, "READING", 0.0)
    with pytest.raises(LabError, match="trial_still_reads"):
        trial._wait(endless, tmp_path / "recipes.json", 300.0)
    assert endless.poll() is None


def test_one_whose_steps_take_long_is_ended(
    endless: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    trial._has_read(tmp_path / "recipes.json").touch()
    with pytest.raises(LabError, match="trial_too_long"):
        trial._wait(endless, tmp_path / "recipes.json", 0.1)
    assert endless.returncode is not None


def test_what_was_read_is_kept_when_nobody_waits_any_longer(
    recipe: Recipes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, home = recipe(), tmp_path / "home"
    asked = tmp_path / "asked" / "recipes.json"
    asked.parent.mkdir()
    asked.write_text(json.dumps([told.model_dump()]), encoding="utf-8")
    set_up = setup.set_up

    def slowly(*of: Any) -> Any:
        shutil.rmtree(asked.parent)
        return set_up(*of)

    monkeypatch.setattr(setup, "set_up", slowly)
    assert trial._try(asked, home) == {}, "and takes no step"
    assert made(told.data, home) is not None


@pytest.mark.slow
def test_a_family_takes_what_its_trial_promised(
    recipe: Recipes, home: Path, tmp_path: Path
) -> None:
    """Large enough that what all of them hold, and not the framework alone, decides."""
    wide = {"size__width": 384, "size__layers": 4, "data__vocabulary": 600, "prompts": ()}
    wide |= {"optimiser__name": "adamw"}
    family = [recipe(name, steps=12, rows=8, **wide) for name in ("next", "masked", "diffusion")]
    promised = measure(family, home)
    alone = measure(family[:1], home)
    assert promised.measured
    assert promised.parameters >= alone.parameters
    at_rest = 8 * alone.parameters  # two moments of each number
    assert promised.memory > alone.memory + 2 * at_rest, "all lie there at once"
    runs = [RunFolder.create(tmp_path / one.objective, one) for one in family]
    assert spawn(runs, home).wait(300) == 0
    told = [e.data for run in runs for e in run.events()[0] if "memory" in e.data]
    taken = max(data["memory"] for data in told)
    assert promised.memory == pytest.approx(taken, rel=0.15)
