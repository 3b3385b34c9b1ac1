"""The one door of the lab: the page and the command line ask here, and nowhere deeper.

A session holds the models in memory and the predictions under way. It takes
and gives only types of `lab.types`, and prompts checked by `lab.prompts`.
"""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import Field

from lab.config import Frozen, Precision, Size, checked
from lab.machine import Machine, this_machine
from lab.models.catalogue import Catalogue, ModelEntry
from lab.playback import Playback
from lab.types import Attention, LabError, Prediction, Reading, Sees, SeesPicture, Step

if TYPE_CHECKING:
    import torch

    from lab.examinations import Examinations
    from lab.known import Known
    from lab.models.loaded import LoadedModel
    from lab.models.pool import Pool
    from lab.objectives.base import Objective
    from lab.passport.facts import Passport
    from lab.trainings import Trainings

MOST_PLAYBACKS = 64
"""Predictions kept for replay; the oldest ended one goes first."""


class Ask(Frozen):
    """One question to one model, as a browser or a command line puts it."""

    model: str = Field(max_length=200)
    objective: str = Field(max_length=32)
    prompt: dict[str, Any]
    precision: Precision = "fp32"
    size: Size | None = None
    seed: int = Field(0, ge=0, le=2**31 - 1)


class Session:
    """Models in memory, predictions under way. Safe to use from many threads at once."""

    def __init__(self, home: Path | None = None, listed: bool = False) -> None:
        """A session with nothing in memory yet.

        home    where fetched models lie; by default the user's cache, or $PRETEXT_HOME
        listed  serve only the catalogue's models, no hub names nor folders that a visitor types
        """
        self.catalogue = Catalogue.load(home, listed=listed)
        self._lock = threading.Lock()
        self._loading = threading.Lock()
        self._importing = threading.Lock()
        self._pool: Pool | None = None
        self._playbacks: OrderedDict[str, Playback[Any]] = OrderedDict()

    # -- models -----------------------------------------------------------------

    @property
    def pool(self) -> Pool:
        """The models in memory. Heavy: the first use imports torch."""
        with self._loading:
            if self._pool is None:
                from lab.models.pool import Pool

                self._pool = Pool(self.catalogue)
            return self._pool

    def warm(self) -> None:
        """Import what predictions need, ahead of the first one.

        One thread at a time: two that import transformers at once see half of it.
        """
        with self._importing:
            from lab.objectives.base import objectives

            objectives()
        _ = self.pool

    @cached_property
    def trainings(self) -> Trainings:
        """Everything about training: its runs, its documents, its verdicts."""
        from lab.trainings import Trainings

        def keep(items: Iterator[Any]) -> str:
            return self._keep(items, guard=threading.Lock(), ahead=10_000)

        return Trainings(self.catalogue, self.warm, keep)

    @cached_property
    def examinations(self) -> Examinations:
        """Everything about probes: which there are, what they find, what they found."""
        from lab.examinations import Examinations

        def keep(items: Iterator[Any]) -> str:
            return self._keep(items, guard=threading.Lock(), ahead=10_000)

        return Examinations(
            self.catalogue, self.warm, lambda: self.pool, keep, lambda: self.trainings.shelf
        )

    @cached_property
    def known(self) -> Known:
        """Everything about what is known of models: their passports, and which to choose."""
        from lab.known import Known

        asked = self.examinations
        return Known(self.catalogue, asked.findings, asked.recorded, self.memory)

    def machine(self) -> Machine:
        """The accelerator and memory at hand."""
        return this_machine()

    def models(self) -> tuple[ModelEntry, ...]:
        """The catalogue as it stands: what is ready, what must be fetched, how large it is."""
        return self.catalogue.entries()

    def model(self, name: str) -> ModelEntry:
        """One entry, also of a model outside the catalogue (hub:OWNER/NAME, local:FOLDER)."""
        return self.catalogue.entry(name)

    def passport(self, model: str) -> Passport:
        """Where a model comes from, what it read, what was measured, and what nobody knows."""
        return self.known.passport(model)

    def memory(self, model: str, size: Size | None = None) -> dict[Precision, int]:
        """Bytes the model's weights would take in each precision that can be told beforehand."""
        from lab.models.memory import of_spec

        spec = self.catalogue.spec(model)
        return of_spec(spec, self.catalogue.locate(model), size, self.catalogue.home)

    def fetch(self, model: str) -> str:
        """Begin to fetch a model; `follow` gives its `FetchProgress` items."""
        return self._keep(self.catalogue.fetch(model), guard=threading.Lock(), ahead=10_000)

    def stack(self, models: Sequence[str]) -> str:
        """Put adapters of one base on one another; the name of the model that makes.

        Raises `LabError`: stack_count, stack_other_base, stack_kind, base_missing and its like.
        """
        from lab.models.stack import stack

        with self.pool.turn:
            return stack(self.catalogue, models)

    # -- one look ---------------------------------------------------------------

    def read(self, ask: Ask) -> Reading:
        """What the model makes of the prompt in one forward pass."""
        with self._open(ask) as (objective, model, prompt):
            return objective.read(model, prompt)

    def score(self, ask: Ask) -> Reading:
        """Every token's probability under the objective, and the whole sentence's bits."""
        with self._open(ask) as (objective, model, prompt):
            return objective.score(model, prompt)

    def sees(self, ask: Ask) -> Sees | SeesPicture:
        """The corrupted input, targets, weights and the matrix of who may look at whom.

        No model computes here, so that it waits for none that does.
        """
        objective, model, prompt = self._ready(ask)
        return objective.sees(model, prompt, _generator(ask.seed))

    def first(self, ask: Ask) -> Step:
        """The first step of a prediction: what it starts from."""
        objective, model, prompt = self._ready(ask)
        with nullcontext() if objective.begins_unasked else self.pool.turn:
            return next(objective.trajectory(model, prompt, _generator(ask.seed)))

    def attend(self, ask: Ask, place: int) -> Attention:
        """What the token at `place` attends to, by layer and head."""
        from lab.models.lens import attention

        with self._open(ask) as (objective, model, prompt):
            return attention(objective, model, prompt, place)

    # -- predictions that take steps ----------------------------------------------

    def start(self, ask: Ask) -> str:
        """Begin a prediction and return the name under which to `follow` it."""
        objective, model, prompt = self._ready(ask)
        steps = objective.trajectory(model, prompt, _generator(ask.seed))
        return self._keep(steps, guard=self.pool.turn)

    def follow(self, name: str, since: int, wait: float = 0.0) -> tuple[list[Any], bool]:
        """(what came after the first `since` items, whether that is all)."""
        return self._playback(name).after(since, wait)

    def stop(self, name: str) -> None:
        """End a prediction; what it has said stays readable."""
        self._playback(name).stop()

    def said(self, name: str) -> tuple[Any, ...]:
        """Everything a prediction has said so far, to save it."""
        return self._playback(name).items

    def predict(self, ask: Ask) -> Prediction:
        """A whole prediction at once, for the command line and for tests."""
        with self._open(ask) as (objective, model, prompt):
            steps: tuple[Step, ...] = tuple(
                objective.trajectory(model, prompt, _generator(ask.seed))
            )
        notices = tuple(notice for step in steps for notice in step.notices)
        return Prediction(ask.model, ask.objective, steps, notices)

    # -- inside -------------------------------------------------------------------

    def _ready(self, ask: Ask) -> tuple[Objective[Any, Any], LoadedModel, Any]:
        """The objective, the model in memory and the checked prompt; nothing computed yet."""
        kind, prompt = check(ask)
        model = self.pool.get(ask.model, ask.precision, ask.size, kind)
        return kind.serving(model), model, prompt

    @contextmanager
    def _open(self, ask: Ask) -> Iterator[tuple[Objective[Any, Any], LoadedModel, Any]]:
        """The same, with the accelerator to oneself."""
        ready = self._ready(ask)
        with self.pool.turn:
            yield ready

    def _keep(self, items: Iterator[Any], guard: Any, ahead: int = 32) -> str:
        name = secrets.token_urlsafe(12)
        with self._lock:
            self._playbacks[name] = Playback(items, guard, ahead)
            ended = [k for k, p in self._playbacks.items() if p.ended]
            for old in ended[: max(0, len(self._playbacks) - MOST_PLAYBACKS)]:
                del self._playbacks[old]
            if len(self._playbacks) > 2 * MOST_PLAYBACKS:
                self._playbacks.popitem(last=False)[1].stop()
        return name

    def _playback(self, name: str) -> Playback[Any]:
        with self._lock:
            found = self._playbacks.get(name)
        if found is None:
            raise LabError("prediction_gone")
        return found


def check(ask: Ask) -> tuple[type[Objective[Any, Any]], Any]:
    """The objective an ask names and its prompt, checked. Raises `LabError` saying what is off."""
    from lab.objectives.base import objectives

    kind = objectives().get(ask.objective)
    if kind is None:
        raise LabError("unknown_objective", objective=ask.objective)
    return kind, checked(kind.Prompt, ask.prompt)


def _generator(seed: int) -> torch.Generator:
    import torch

    return torch.Generator().manual_seed(seed)
