"""What can be taught, what would fit, and the runs."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import pytest
from bits_of_tuning import followed, recipe
from filelock import FileLock

from lab.cli._runs import settings
from lab.config import checked
from lab.recipe import TUNING, Recipe, changed, recipe_names, shipped
from lab.reproduce import command
from lab.session import Session
from lab.training import fitting
from lab.training.cost import guess
from lab.training.folder import RunFolder
from lab.training.launch import ACCELERATOR
from lab.types import LabError
from lab.ui.pages.finetune import Desk


def test_bases_are_whole_models_with_what_they_can_be_taught(desk: Desk) -> None:
    found = {entry.id: entry for entry in desk.models(None)}
    assert "scratch-next" not in found
    assert "smollm2-135m-masked" not in found, "an adapter is no base"
    assert found["tiny-image"].objectives == ("image",)
    assert "scratch-image" not in found
    assert found["tiny-next-en"].objectives == ("next", "masked", "span", "diffusion")
    assert found["tiny-masked-en"].objectives == ("masked", "diffusion")


def test_each_page_lists_its_own_runs(home: Path) -> None:
    from lab.ui.pages.pretrain import Desk as Pretrain

    session = Session(home)
    tuning, training = Desk(session), Pretrain(session)
    (tuned,) = tuning.train({"recipes": [recipe("example:en")]})
    (trained,) = training.train({"recipes": [{"objective": "next"}]})

    def own(desk: Any) -> list[str]:
        return [run["name"] for run in desk.watch({"known": {}})["runs"] if not run["recorded"]]

    assert (own(tuning), own(training)) == ([tuned], [trained])
    assert tuning.watch({"known": {}})["busy"]
    (later,) = tuning.train({"recipes": [recipe("example:en", seed=1)]})
    tuning.reorder({"names": [later, tuned]})
    assert session.trainings.runs.queue.names == [later, trained, tuned], (
        "the other keeps its place"
    )


def test_what_is_forgotten_is_told(desk: Desk, home: Path) -> None:
    (name,) = desk.train({"recipes": [recipe("example:en")]})
    log = RunFolder(home / "runs" / name).log()
    log.add("status", 0, state="running")
    told = {"loss": 2.0, "bits_per_byte": 1.5, "low": 1.4, "high": 1.6, "measure": "exact"}
    log.add("metric", 0, general={"en": told, "fr": {}})
    log.add("status", 0, state="running", note="smaller_pieces", rows=1)
    first = desk.watch({"known": {name: {}}})["news"][name]
    assert [look.bits_per_byte for look in first.general["en"]] == [1.5]
    assert first.general["fr"] == ()
    assert first.notices == ((0, "smaller_pieces", {"rows": 1}),)
    log.add("metric", 2, general={"en": told})
    known = {"begun": first.begun, "step": 0, "general": 1}
    second = desk.watch({"known": {name: known}})["news"][name]
    assert [look.step for look in second.general["en"]] == [2]


def test_judging_waits_its_turn(desk: Desk, home: Path) -> None:
    (name,) = desk.train({"recipes": [recipe("example:en")]})
    with pytest.raises(LabError, match="run_has_no_model"):
        desk.judge({"name": name})
    (home / "runs" / name / "adapter").mkdir()
    with FileLock(home / ACCELERATOR), pytest.raises(LabError, match="judging_waits"):
        followed(desk, desk.judge({"name": name}))
    assert desk.verdicts({"name": name}) == ()


def test_the_mildest_change_that_fits_is_suggested(home: Path) -> None:
    large = checked(Recipe, recipe("example:en", rows=64, data__length=512, weights="fp32"))
    takes = guess(large, home).memory
    little = fitting.suggest(large, 1, home)
    assert little is not None
    assert little.changes == {"weights": "nf4"}
    more = fitting.suggest(large, takes // 2, home)
    assert more is not None
    assert guess(checked(Recipe, changed(large, dict(more.changes))), home).memory <= takes // 2
    assert fitting.suggest(large, takes, home) is None, "nothing takes no memory at all"
    random = checked(Recipe, recipe("example:en", start="random", weights="fp32"))
    offer = fitting.suggest(random, 1, home)
    assert offer is None or "weights" not in offer.changes, "random weights need all their bits"


@pytest.mark.parametrize("preset", recipe_names(TUNING))
def test_the_command_makes_the_same_run_again(preset: str) -> None:
    changes: dict[str, Any] = {
        **{"base": "tiny-next-fr", "objective": "masked", "settings": {"ratio": 0.3}},
        **{"prompts": ["L’eau est", 'It\'s "so"'], "data.paths": ["/a b/c.pdf", "/d"]},
        **{"lora.targets": ["q_proj"], "recompute": True, "optimiser.rate": 3e-4, "title": "x"},
    }
    told = checked(Recipe, changed(shipped(preset, TUNING), changes))
    words = shlex.split(command(told))
    assert words[:2] == ["pretext-lab", "finetune"]
    pairs = list(zip(words[2::2], words[3::2], strict=True))
    given = settings([value for option, value in pairs if option == "--set"])
    given["data.paths"] = [value for option, value in pairs if option == "--docs"]
    given["base"] = dict(pairs).get("--model", shipped(dict(pairs)["--preset"], TUNING).base)
    (nearest,) = (value for option, value in pairs if option == "--preset")
    again = checked(Recipe, changed(shipped(nearest, TUNING), given))
    assert again.model_copy(update={"title": ""}) == told.model_copy(update={"title": ""})


def test_where_it_lies_and_how_to_make_it_again(desk: Desk, home: Path) -> None:
    (name,) = desk.train({"recipes": [recipe("example:en")]})
    found = desk.home({"name": name})
    assert found["folder"].startswith(str(home / "runs" / name))
    assert not found["whole"]
    assert "--set steps=4" in found["command"]
