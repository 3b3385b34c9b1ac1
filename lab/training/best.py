"""The weights that did best on held-out data, and when it is time to give up waiting for better."""

from __future__ import annotations

from pathlib import Path

from torch import nn

from lab.recipe import Recipe
from lab.training import checkpoint
from lab.training.checkpoint import Progress


class Best:
    """Follows one run; what it knows lies in the run's progress, so that it outlives a crash."""

    def __init__(self, file: Path, recipe: Recipe, progress: Progress) -> None:
        self.file, self._progress = file, progress
        self._patience, self._kept = recipe.patience, recipe.keep == "best"
        if self.enough:  # it was made longer: a person wants it to try on
            progress.stale = 0

    @property
    def enough(self) -> bool:
        """Whether as many looks as the recipe has patience for brought nothing better."""
        return 0 < self._patience <= self._progress.stale

    def look(self, loss: float, model: nn.Module) -> None:
        """Take note of a held-out loss, and keep the weights where it is the lowest yet."""
        now = self._progress
        if now.best is not None and loss >= now.best:
            now.stale += 1
            return
        now.best, now.best_step, now.stale = loss, now.step, 0
        if self._kept:
            partial = self.file.with_suffix(".partial")
            checkpoint.write_weights(model, partial)
            partial.replace(self.file)

    def put_back(self, model: nn.Module) -> int | None:
        """Give `model` the best weights, where they are to be kept; the step they are of."""
        if not self._kept or self._progress.best is None or not self.file.is_file():
            return None
        checkpoint.read_weights(model, self.file)
        return self._progress.best_step
