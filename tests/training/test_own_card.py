"""The card beside a run's weights, and the same run's passport at the door."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from lab.evaluation.judge import judge, write
from lab.passport.markdown import markdown
from lab.recipe import Recipe
from lab.session import Session
from lab.training.folder import RunFolder
from lab.training.own_card import write_card
from lab.training.worker import work

MakeRecipe = Callable[..., Recipe]


def test_a_run_from_random_weights_has_a_card_too(recipe: MakeRecipe, home: Path) -> None:
    run = RunFolder.create(home / "runs" / "mine", recipe(steps=2, seed=7))
    assert work([run], home) == 0
    text = (run.model / "README.md").read_text(encoding="utf-8")
    assert "Trained from random weights with Pretext Lab." in text
    assert "- steps: 2" in text
    assert "- seed: 7" in text
    assert "No licence is stated" in text
    assert "base_model" not in text
    told = Session(home).passport("run:mine")
    assert told.base is None
    assert told.digest is not None
    assert told.training.seed == 7
    assert told.held
    assert "data" not in told.unknown


@pytest.mark.usefixtures("base")
def test_the_door_tells_what_the_card_tells(founded: MakeRecipe, home: Path) -> None:
    run = RunFolder.create(home / "runs" / "tuned", founded("next", steps=4))
    assert work([run], home) == 0
    before = (run.model / "README.md").read_text(encoding="utf-8")
    assert "pretext-lab finetune" in before
    assert "bits a byte" in before
    found = judge(run, home)
    write(run, found)
    write_card(run, home)
    after = (run.model / "README.md").read_text(encoding="utf-8")
    assert "advice: " in after
    assert "→" in after
    told = Session(home).passport("run:tuned")
    assert told.verdict == found
    assert told.again in after
    assert told.rights is not None
    for line in markdown(told).splitlines():
        if "SHA-256 of the weights" not in line and "not here" not in line:
            assert line in after, line
