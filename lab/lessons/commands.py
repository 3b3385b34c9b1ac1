"""The commands that make a lesson's figures again."""

from __future__ import annotations

import shlex

from lab.config import checked
from lab.history import RunView
from lab.lessons.schema import Alike, Asked, Source
from lab.recipe import Recipe
from lab.reproduce import command

THEIR_TEXTS = "FOLDER"
"""What stands for texts that did not come with the lab."""


def evaluating(source: Source) -> str:
    words = ["pretext-lab", "evaluate", *source.models, "--probe", source.probe]
    for language in source.languages:
        words += ["--language", language]
    if source.precision != "fp32":
        words += ["--precision", source.precision]
    if source.most:
        words += ["--most", str(source.most)]
    return shlex.join(words)


def predicting(asked: Asked) -> str:
    words = ["pretext-lab", "predict", "--model", asked.model, "--objective", asked.objective]
    for name, value in asked.prompt.items():
        words += [f"--{name.replace('_', '-')}", str(value)]
    if asked.seed:
        words += ["--seed", str(asked.seed)]
    if asked.precision != "fp32":
        words += ["--precision", asked.precision]
    return shlex.join(words)


def near(asked: Alike) -> str:
    words = ["pretext-lab", "runs", "near", asked.of, asked.text, "--most", str(asked.most)]
    return shlex.join(words)


def training(view: RunView) -> str:
    """A run's recipe as a command; other texts than the lab's are for the reader to name."""
    recipe = checked(Recipe, view.recipe)
    if recipe.base:
        return command(recipe) + ("" if recipe.data.paths else f" --docs {THEIR_TEXTS}")
    texts = [] if own_texts(view) else ["--data", THEIR_TEXTS]
    return shlex.join(["pretext-lab", "pretrain", view.summary.name, *texts])


def own_texts(view: RunView) -> bool:
    """Whether a recorded run read what lies here too: then it can be repeated on the spot."""
    if view.recipe["base"]:
        return bool(view.recipe["data"]["paths"])
    return not any("source" in document for document in view.about.get("sources", ()))
