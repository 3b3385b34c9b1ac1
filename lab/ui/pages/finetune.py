"""The Fine-tune page: a model learns one's own documents, and is judged."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from lab.config import Frozen, checked
from lab.licences import CHOICES
from lab.recipe import TUNING, Recipe, recipe_names, shipped
from lab.reproduce import command
from lab.session import Session
from lab.types import LabError
from lab.ui.desk import ModelDesk, Named
from lab.ui.door import functions
from lab.ui.page import Page
from lab.ui.run_desk import RunDesk
from lab.ui.shell import view
from lab.views.wire import wire

PRESETS = ("quick", "balanced", "thorough", "by-heart", "little-memory", "pictures")
"""Those that have a card, in their order; others are for the command line."""
MOST_ROWS = 8


class Asked(Frozen):
    recipe: Recipe


class Leafed(Asked):
    start: int = Field(0, ge=0, le=1_000_000)
    count: int = Field(2, ge=1, le=MOST_ROWS)


class Stated(Asked):
    """`found`: what each document states of its licence, as it was read."""

    found: tuple[str, ...] = Field((), max_length=100_000)


class Weighed(Asked):
    over: int = Field(ge=1, le=2**50)


class Compared(Named):
    text: str = Field(max_length=2000)


class Packed(Named):
    what: str = Field(max_length=40)


class Desk(RunDesk, ModelDesk):
    """What the page may ask; every public method is a function of the page, given plain JSON."""

    _founded = True

    def models(self, _: Any) -> Any:
        """Models that can be taught, each with the objectives it can be taught by."""
        return self._session.trainings.bases()

    def model(self, name: Any) -> Any:
        return self._session.trainings.base(str(name))

    def ready(self, data: Any) -> Any:
        """A ticket under which the documents of a recipe are read."""
        return self._session.trainings.ready(checked(Asked, data).recipe)

    def rows(self, data: Any) -> Any:
        leafed = checked(Leafed, data)
        return self._session.trainings.rows(leafed.recipe, leafed.start, leafed.count)

    def rights(self, data: Any) -> Any:
        stated = checked(Stated, data)
        return self._session.trainings.rights(stated.recipe, stated.found)

    def fit(self, data: Any) -> Any:
        """What would make a run take `over` bytes less, or null."""
        weighed = checked(Weighed, data)
        return self._session.trainings.fit(weighed.recipe, weighed.over)

    def judge(self, data: Any) -> Any:
        """A ticket under which a run is judged."""
        name = checked(Named, data).name
        self._own(name)
        return self._session.trainings.judging(name)

    def verdicts(self, data: Any) -> Any:
        return self._session.trainings.verdicts(checked(Named, data).name)

    def near(self, data: Any) -> Any:
        """Passages that a run learnt from, nearest to a text: for whoever may change the run."""
        asked = checked(Compared, data)
        self._own(asked.name)
        return self._session.trainings.nearest(asked.name, asked.text)

    def home(self, data: Any) -> Any:
        """Where what a run left lies, whether that is a whole model, and the command that makes it
        again: its owner's alone."""
        if self._session.catalogue.listed:
            raise LabError("owner_only")
        run = self._session.trainings.runs.look(checked(Named, data).name)
        whole = run.recipe.learns == "all"
        return {"folder": str(run.model), "whole": whole, "command": command(run.recipe)}

    def pack(self, data: Any) -> Any:
        """A ticket under which an adapter, a whole model or a GGUF is packed: its owner's alone."""
        packed = checked(Packed, data)
        return self._session.trainings.packing(packed.name, packed.what)


def build(session: Session) -> None:
    """Place the page, with the presets it begins from and the functions it calls."""
    known = recipe_names(TUNING)
    presets = [name for name in PRESETS if name in known]
    given = {
        "presets": {name: wire(shipped(name, TUNING).model_dump()) for name in presets},
        "folders": not session.catalogue.listed,
        "licences": list(CHOICES),
        "suffixes": list(session.trainings.shelf.suffixes),
        "pictures": list(session.trainings.shelf.pictures),
        "largest": session.trainings.shelf.largest,
    }
    view("finetune", given, *functions(Desk, session))


PAGE = Page("finetune", 30, build)
