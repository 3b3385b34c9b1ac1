"""Runs that a test queues, and workers that only stand for processes."""

from __future__ import annotations

from collections.abc import Callable

from lab.recipe import Recipe
from lab.training.folder import RunFolder
from lab.training.runs import Runs

Recipes = Callable[..., Recipe]


class Worker:
    """Stands for a process: alive until told otherwise."""

    def __init__(self) -> None:
        self.code: int | None = None

    def poll(self) -> int | None:
        return self.code


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
