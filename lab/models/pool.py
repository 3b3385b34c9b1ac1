"""The models in memory: each loaded once for everybody, the least recently used going first."""

from __future__ import annotations

import gc
import logging
import os
import threading
from collections import OrderedDict
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from lab.config import ModelSpec, Precision, Size
from lab.machine import say_predicting
from lab.models import memory
from lab.models.catalogue import Catalogue
from lab.models.layout import layout
from lab.models.load import load
from lab.models.loaded import LoadedModel
from lab.models.share import Bodies, held, written
from lab.models.sources.local import stands_on
from lab.models.turn import Turn
from lab.types import LabError

if TYPE_CHECKING:
    from lab.objectives.base import Objective

Key = tuple[str, Precision, Size | None, int]
CHANGING = frozenset({"run", "local"})
"""Sources whose models may be written anew while the lab is open: a run that was extended."""
MEGABYTE = 1_000_000


class Pool:
    """Shared by all users of a session; safe to use from many threads at once."""

    def __init__(self, catalogue: Catalogue, limit: int | None = None) -> None:
        """`limit`: bytes of weights to hold at most; by default half of what is free now."""
        self.catalogue = catalogue
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.limit = limit if limit is not None else memory.free(self.device) // 2
        # On a card nothing takes turns by itself: trainings there are told that somebody predicts.
        on_card = self.device.type == "cuda"
        self.turn = Turn(partial(say_predicting, catalogue.home)) if on_card else Turn()
        self._lock = threading.Lock()
        self._models: OrderedDict[Key, LoadedModel] = OrderedDict()
        self._bodies = Bodies()
        self._loading: dict[Key, Future[LoadedModel]] = {}
        _hush()
        _leave_a_core()

    def get(
        self,
        model: str,
        precision: Precision,
        size: Size | None,
        objective: type[Objective[Any, Any]],
    ) -> LoadedModel:
        """The model, loaded now if it is not in memory; threads that ask meanwhile share one load.

        Must not be called with `turn` held by another load's waiter: loading takes its
        own turn, because transformers changes torch's default type while it loads.
        Raises `LabError`: model_cannot, too_large, and all that `Catalogue.spec` and
        `load` raise.
        """
        spec = self.catalogue.spec(model)
        if refusal := objective.accepts(spec):
            raise refusal
        size = self._size(spec.source, spec.size, size)
        key: Key = (spec.id, precision, size, self._written(spec))
        with self._lock:
            if key in self._models:
                self._models.move_to_end(key)
                return self._models[key]
            pending = self._loading.get(key)
            mine = pending is None
            if pending is None:
                pending = self._loading[key] = Future()
        if mine:
            self._settle(key, pending)
        return pending.result()

    @property
    def held(self) -> int:
        """Bytes of weights in memory."""
        with self._lock:
            return self._held()

    @property
    def models(self) -> tuple[LoadedModel, ...]:
        """Those in memory, least recently used first."""
        with self._lock:
            return tuple(self._models.values())

    @staticmethod
    def _size(source: str, default: Size | None, asked: Size | None) -> Size | None:
        """Only a model from scratch has a size to choose: all others are one and the same."""
        if source != "scratch":
            return None
        return asked or default or Size.model_validate({})

    def _written(self, spec: ModelSpec) -> int:
        """When the weights were written, for sources where that changes."""
        if spec.source not in CHANGING:
            return 0
        folder = self.catalogue.locate(spec.id)
        return written(folder) if folder else 0

    def _settle(self, key: Key, pending: Future[LoadedModel]) -> None:
        """Load `key` and give everyone who waits the model, or the error."""
        try:
            with self.turn:
                loaded = self._load(*key[:3])
        except BaseException as error:
            with self._lock:
                del self._loading[key]
            pending.set_exception(error)
            return
        with self._lock:
            for old in [k for k in self._models if k[:3] == key[:3]]:
                del self._models[old]  # written anew since
            self._models[key] = loaded
            del self._loading[key]
        self._evict(0)
        pending.set_result(loaded)

    def _load(self, model: str, precision: Precision, size: Size | None) -> LoadedModel:
        entry = self.catalogue.entry(model)
        if entry.why is not None:
            raise entry.why
        spec, folder = self.catalogue.spec(model), self.catalogue.locate(model)
        need = memory.of_spec(spec, folder, size, self.catalogue.home)[precision]
        need -= self._spared(folder, precision)
        if need > self.limit:
            raise _too_large(model, precision, need, self.limit)
        self._evict(need)
        if need > (room := memory.free(self.device)):
            raise _too_large(model, precision, need, room)
        return load(spec, folder, precision, self.device, size, self.catalogue.home, self._bodies)

    def _spared(self, folder: Path | None, precision: Precision) -> int:
        """Bytes of the model in `folder` that are in memory already, under another one."""
        if folder is None:
            return 0
        body = self._bodies.peek((layout(stands_on(folder, self.catalogue.home)).body, precision))
        return 0 if body is None else held(body)

    def _held(self) -> int:
        return held(*(m.module for m in self._models.values()))

    def _evict(self, need: int) -> None:
        """Let go of the least recently used until `need` more bytes fit; never of the newest."""
        with self._lock:
            dropped = False
            while len(self._models) > (0 if need else 1):
                if self._held() + need <= self.limit:
                    break
                self._models.popitem(last=False)
                dropped = True
        if dropped:
            gc.collect()
            if self.device.type == "cuda":
                torch.cuda.empty_cache()


def _too_large(model: str, precision: Precision, need: int, room: int) -> LabError:
    facts = {"need": -(-need // MEGABYTE), "free": room // MEGABYTE}
    return LabError("too_large", model=model, precision=precision, **facts)


def _leave_a_core() -> None:
    """One core fewer for torch than it would take, unless the person has said how many.

    Threads of a pass wait for one another spinning: where the browser or a training needs
    the last core too, they wait for that as well. On two cores one pass of SmolLM2-135M
    took up to 3.7 s so, and never more than 0.22 s with one thread; asleep instead of
    spinning, twice as long when nobody disturbs.
    """
    if "OMP_NUM_THREADS" not in os.environ:
        torch.set_num_threads(max(1, torch.get_num_threads() - 1))


def _hush() -> None:
    """Keep the libraries' progress bars and per-layer remarks off the terminal."""
    from transformers.utils import logging as speech

    speech.disable_progress_bar()
    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)
