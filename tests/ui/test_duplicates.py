"""A duplicate on either page is the run's own recipe, whatever the form has knobs for."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lab.recipe import TUNING, Recipe, changed, recipe_names, shipped
from lab.texts import texts
from lab.ui.pages.finetune import PRESETS
from lab.ui.pages.pretrain import OBJECTIVES

SCRIPT = """
import * as page from './PAGE/recipe.js';
let all = '';
for await (const some of process.stdin) all += some;
const { given, texts, cases } = JSON.parse(all);
const shelf = new Map();
globalThis.localStorage = { getItem: (k) => shelf.get(k) ?? null, setItem: (k, v) => shelf.set(k, v) };
globalThis.document = { documentElement: { lang: 'en' } };
globalThis.window = { PRETEXT_TEXTS: { en: texts, fr: texts } };
const made = (form) => (page.recipesOf ? page.recipesOf(form, given)[0] : page.recipeOf(form, given, [], 'en'));
console.log(JSON.stringify(cases.map(({ recipe, documents, then }) => {
  shelf.clear();
  const first = page.memory(given);
  first.set(page.refill(first.state, given, 'run', recipe, documents));
  const again = page.memory(given);  // as after a reload
  again.set(then);
  return { made: made(again.state), state: again.state };
})));
"""  # noqa: E501
GIVEN = {
    "train": {one: shipped(f"small-{one}").model_dump() for one in OBJECTIVES},
    "tune": {one: shipped(one, TUNING).model_dump() for one in PRESETS},
}
OWN = {"title", "family"}
Duplicates = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def duplicates(scripts: Path) -> Duplicates:
    """Each recipe as a page makes it of the form that was filled with it, and has the form's
    state after a reload and some changes (`then`)."""

    def run(page: str, *cases: tuple[Recipe, dict[str, Any]]) -> list[dict[str, Any]]:
        (scripts / f"{page}.js").write_text(SCRIPT.replace("PAGE", page))
        told = [
            {"recipe": one.model_dump(), "documents": [], "then": {}, **more} for one, more in cases
        ]
        said = subprocess.run(
            ["node", f"{page}.js"],
            input=json.dumps({"given": GIVEN[page], "texts": texts("en"), "cases": told}),
            cwd=scripts, text=True, capture_output=True,
        )  # fmt: skip
        assert said.returncode == 0, said.stderr
        found: list[dict[str, Any]] = json.loads(said.stdout)
        return found

    return run


def recipe(like: Recipe, changes: dict[str, Any]) -> Recipe:
    return Recipe.model_validate(changed(like, changes))


def same(made: dict[str, Any], told: Recipe) -> None:
    assert Recipe.model_validate(made).model_dump(exclude=OWN) == told.model_dump(exclude=OWN)


ODD_PRETRAIN = [
    recipe(
        shipped("small-diffusion"),
        {
            "settings.schedule": "cosine", "settings.floor": 0.2, "optimiser.clip": 0.5,
            "optimiser.average": 0.99, "patience": 3, "keep": "best", "precision": "fp32",
            "data.paths": ["/a", "/b"], "data.repeat": [1, 6], "data.held_out": ["one"],
            "size.seed": 7, "dropout": 0.95, "title": "Mine", "prompts": [],
        },
    ),
    recipe(shipped("small-span"), {"settings.mean_span": 5.0, "settings.ratio": 0.2}),
    recipe(shipped("small-image"), {"settings": {}}),
    recipe(shipped("tiny-image"), {"data.paths": ["/fonts/emoji.ttf"]}),
]  # fmt: skip
ODD_FINETUNE = [
    recipe(
        shipped("quick", TUNING),
        {
            "data.paths": ["/a", "/b"], "data.repeat": [2, 1], "log": "tensorboard",
            "optimiser.average": 0.9, "objective": "diffusion", "settings.floor": 0.1,
            "data.held_out": ["x.txt"], "steps": 2_000_000,
        },
    ),
    recipe(
        shipped("pictures", TUNING),
        {"data.paths": ["/pictures"], "data.held_out": ["a.png"], "settings.prediction": "sample"},
    ),
]  # fmt: skip


def test_pre_train_makes_the_same_recipe_again(duplicates: Duplicates) -> None:
    told = [*map(shipped, recipe_names()), *ODD_PRETRAIN]
    for one, found in zip(told, duplicates("train", *((one, {}) for one in told)), strict=True):
        same(found["made"], one)


def test_fine_tune_makes_the_same_recipe_again(duplicates: Duplicates) -> None:
    told = [
        recipe(one, {"data.paths": one.data.paths or ["example:en"]})
        for one in (*(shipped(name, TUNING) for name in recipe_names(TUNING)), *ODD_FINETUNE)
    ]
    for one, found in zip(told, duplicates("tune", *((one, {}) for one in told)), strict=True):
        same(found["made"], one)


def test_what_the_form_says_anew_is_not_held_back(duplicates: Duplicates) -> None:
    told = ODD_PRETRAIN[0]
    knobs = {**GIVEN["train"]["next"]["size"], "dropout": 0.5}
    ((first),) = duplicates("train", (told, {}))
    text = {**first["state"]["text"], **knobs}
    anew, other = duplicates(
        "train",
        (told, {"then": {"source": "own", "text": text}}),
        (told, {"then": {"objective": "next"}}),
    )
    made = Recipe.model_validate(anew["made"])
    assert (made.data.paths, made.data.repeat, made.dropout) == ((), (), 0.5)
    assert made.settings["floor"] == 0.2, "what it says nothing of stays"
    assert other["made"]["settings"] == {}, "another objective has settings of its own"


def test_documents_that_are_gone_are_left_out_and_counted(duplicates: Duplicates) -> None:
    here, gone = "document:" + "a" * 64, "document:" + "b" * 64
    told = recipe(shipped("small-next"), {"data.paths": [gone, here], "data.repeat": [2, 1]})
    left = [{"path": here, "title": "a.txt", "bytes": 9}]
    some, none = duplicates("train", (told, {"documents": left}), (told, {}))
    data = some["made"]["data"]
    assert (data["paths"], data["repeat"], some["state"]["carried"]["gone"]) == ([here], [1], 1)
    assert (none["state"]["source"], none["state"]["documents"]) == ("documents", [])


def test_nothing_a_browser_kept_is_believed(scripts: Path) -> None:
    whole = {"from": "x", "objective": "next", "gone": 0, "kept": [{"key": "data.repeat"}]}
    hostile: list[Any] = [
        *({**whole, "kept": [{"key": key}]} for key in ("__proto__.x", "__proto__", "steps.x", 5)),
        *({**whole, "kept": kept} for kept in ([None], {"length": 1}, [{"key": "log"}] * 61)),
        *({**whole, **{key: "x" * 300}} for key in ("from", "gone", "kept")),
        {**whole, "kept": [{"key": "log", "told": "x" * 700_000}]},
        [],
        None,
    ]
    script = "import { carriable } from './train/carried.js';" + (
        "let all = ''; for await (const some of process.stdin) all += some;"
        "console.log(JSON.stringify(JSON.parse(all).map(carriable)));"
    )
    said = subprocess.run(
        ["node", "--input-type=module", "-e", script],
        input=json.dumps([whole, *hostile]),
        cwd=scripts, text=True, capture_output=True, check=True,
    )  # fmt: skip
    assert json.loads(said.stdout) == [True, *([False] * len(hostile))]
