"""What pages with runs ask alike: before the start, and while they train."""

from __future__ import annotations

import dataclasses
import json
import zlib
from typing import TYPE_CHECKING, Any

from pydantic import Field

from lab.config import Frozen, checked
from lab.history import Known, RunNews, RunSummary
from lab.recipe import Recipe
from lab.types import LabError
from lab.views.wire import wire

if TYPE_CHECKING:
    from lab.training.runs import Runs

from lab.ui.desk import Named, Ordered, ShelfDesk

MOST_AT_ONCE = 5
MOST_WATCHED = 12
ACTIVE = frozenset({"queued", "starting", "waiting", "running"})


class Wished(Named):
    wish: str = Field(pattern="^(pause|stop)$")


class Shelved(Frozen):
    """As many as the lists of both pages hold, and a run beside them."""

    names: tuple[str, ...] = Field(max_length=10_000)


class Longer(Named):
    steps: int = Field(ge=0, le=1_000_000)
    rate: float | None = Field(None, gt=0, le=1)


class Drawn(Named):
    file: str = Field(max_length=40)


class Seen(Frozen):
    """See `lab.history.Known`."""

    begun: int = Field(0, ge=0)
    step: int = Field(-1, ge=-1)
    held: int = Field(0, ge=0)
    general: int = Field(0, ge=0)
    samples: int = Field(0, ge=0)


class Watching(Frozen):
    """`stamp`: of the list that is known already, as it was given with it."""

    known: dict[str, Seen] = Field(max_length=MOST_WATCHED)
    stamp: int = 0


class RunDesk(ShelfDesk):
    """Documents given, runs begun and watched. A page lists those that begin as its own do; those
    that ship with the lab are how its models grew up, whatever they began from."""

    _founded = False
    """Whether the page's runs begin from a model there is."""

    # -- before the start -------------------------------------------------------

    def guess(self, data: Any) -> Any:
        return self._session.trainings.estimate(recipes(data), trial=False)

    def measure(self, data: Any) -> Any:
        return self._session.trainings.estimate(recipes(data), trial=True)

    def train(self, data: Any) -> Any:
        return self._session.trainings.train(recipes(data), self._visitor.name)

    def given(self, data: Any) -> Any:
        """What is known of documents by their names in a recipe; those that are gone are left
        out."""
        found = [self._shelf.given(name) for name in checked(Shelved, data).names]
        return [one for one in found if one is not None]

    def unused(self, data: Any) -> Any:
        """How much no run needs, nor any list of the browser that asks: `names`."""
        return self._idle(data, clear=False)

    def clear(self, data: Any) -> Any:
        """The same, deleted: the host's alone."""
        return self._idle(data, clear=True)

    # -- while they train ---------------------------------------------------------

    def watch(self, data: Any) -> Any:
        """Every run in a line, if any line has changed, and what is new of those watched.

        `busy`: whether any run trains or waits, another page's too.
        """
        watching = checked(Watching, data)
        news: dict[str, RunNews | None] = {}
        for name, seen in watching.known.items():
            try:
                known = Known(**seen.model_dump())
                news[name] = self._told(self._session.trainings.runs.news(name, known))
            except LabError:
                news[name] = None  # deleted, here or in another tab
        every = self._session.trainings.runs.summaries()
        runs = [self._line(one) for one in every if self._lists(one)]
        busy = any(one.state in ACTIVE for one in every)
        stamp = zlib.crc32(json.dumps(runs).encode())
        told = None if stamp == watching.stamp else runs
        return {"runs": told, "stamp": stamp, "news": news, "busy": busy}

    def tokens(self, data: Any) -> Any:
        return self._session.trainings.tokens(checked(Named, data).name)

    def sheet(self, data: Any) -> Any:
        drawn = checked(Drawn, data)
        return self._session.trainings.sheet(drawn.name, drawn.file)

    def ask(self, data: Any) -> Any:
        wished: Any = checked(Wished, data)
        self._own(wished.name).ask(wished.name, wished.wish)

    def resume(self, data: Any) -> Any:
        name = checked(Named, data).name
        self._own(name).begin(name)

    def extend(self, data: Any) -> Any:
        longer = checked(Longer, data)
        changes = {} if longer.rate is None else {"optimiser.rate": longer.rate}
        self._own(longer.name).extend(longer.name, longer.steps, changes)

    def reorder(self, data: Any) -> Any:
        """Those named in this order, on the places that they have in the queue among others'."""
        runs = self._session.trainings.runs
        wanted = [name for name in checked(Ordered, data).names if name in runs.queue.names]
        wanted = [name for name in wanted if self._visitor.owns(runs.find(name).owner)]
        turn = iter(wanted)
        runs.reorder([next(turn) if name in wanted else name for name in runs.queue.names])

    def delete(self, data: Any) -> Any:
        name = checked(Named, data).name
        self._own(name).delete(name)

    def restore(self, data: Any) -> Any:
        runs, name = self._session.trainings.runs, checked(Named, data).name
        self._allow(runs.thrown(name).owner, name)
        runs.restore(name)

    def _idle(self, data: Any, clear: bool) -> Any:
        names = checked(Shelved, data).names
        count, size = self._session.trainings.unused(names, clear)
        return {"count": count, "bytes": size}

    # -- inside -------------------------------------------------------------------

    def _lists(self, run: RunSummary) -> bool:
        """Whether a run has its place here: of those that came with the lab, whose model did; one
        that cannot be read, on every page."""
        if run.recorded:
            return run.model is not None and not self._founded
        return run.state == "broken" or bool(run.base) == self._founded

    def _own(self, name: str) -> Runs:
        """The runs, for what is to be done with one of them; those of others are only watched.

        Raises `LabError`: not_yours, and as `Runs.find` does.
        """
        runs = self._session.trainings.runs
        self._allow(runs.find(name).owner, name)
        return runs

    def _allow(self, owner: str, name: str) -> None:
        if not self._visitor.owns(owner):
            raise LabError("not_yours", run=name)

    def _line(self, summary: RunSummary) -> Any:
        """A summary with what its model is called in the catalogue, not where it lies, and
        whether who asks may change the run."""
        told: Any = wire(summary)
        name = f"run:{summary.name}" if summary.model else None
        told["model"] = summary.name if summary.recorded else name
        told["mine"] = not summary.recorded and self._visitor.owns(told.pop("owner"))
        return told

    def _told(self, news: RunNews) -> RunNews:
        """Texts of the shelf by the names that the form knows them by."""
        if news.recipe is None:
            return news
        paths = self._shelf.names(news.recipe["data"]["paths"])
        data = {**news.recipe["data"], "paths": paths}
        return dataclasses.replace(news, recipe={**news.recipe, "data": data})


def recipes(data: Any) -> list[Recipe]:
    """What the browser sent, as recipes. Raises `LabError` when they are none."""
    given = data.get("recipes") if isinstance(data, dict) else None
    if not isinstance(given, list) or not 0 < len(given) <= MOST_AT_ONCE:
        raise LabError("bad_setting", where="recipes", why=f"1 to {MOST_AT_ONCE}")
    return [checked(Recipe, one) for one in given]
