"""One body of weights under several models: each adapter stands on it, none loads it anew."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

from torch import Tensor, nn

from lab.config import Precision

Place = tuple[Path, Precision]


class Bodies:
    """Transformers in memory by where their weights lie, for as long as a model stands on them.

    Safe where loads take turns, as those of `lab.models.pool` do.
    """

    def __init__(self) -> None:
        self._known: WeakValueDictionary[tuple[Place, int], nn.Module] = WeakValueDictionary()

    def get(self, place: Place, make: Callable[[], nn.Module]) -> nn.Module:
        """The body of `place`, made now if nobody holds it. It must never be changed."""
        key = (place, written(place[0]))
        body = self._known.get(key)
        if body is None:
            body = self._known[key] = make()
        return body

    def peek(self, place: Place) -> nn.Module | None:
        """The same if it is in memory."""
        return self._known.get((place, written(place[0])))


def twin(body: nn.Module) -> nn.Module:
    """A module with layers of its own over the very numbers of `body`.

    What is put into the one, an adapter or a hook, is not in the other.
    """
    return copy.deepcopy(body, {id(t): t for t in numbers(body)})


def numbers(module: nn.Module) -> Iterator[Tensor]:
    """Everything that takes room: parameters, buffers and the scales of quantised layers.

    A tensor that two layers share comes twice.
    """
    for t in (*module.parameters(), *module.buffers()):
        yield t
        state = getattr(t, "quant_state", None)
        for part in (state, getattr(state, "state2", None)):
            yield from _tensors(part, "absmax", "code", "offset")
        yield from _tensors(t, "CB", "SCB")
    for layer in module.modules():
        yield from _tensors(getattr(layer, "state", None), "CB", "SCB")


def held(*modules: nn.Module) -> int:
    """Bytes that the numbers of these modules take together; what they share counts once."""
    found: dict[int, int] = {}
    for module in modules:
        for t in numbers(module):
            if t.device.type != "meta":
                room = t.untyped_storage()
                found[room.data_ptr()] = room.nbytes()
    return sum(found.values())


def _tensors(owner: Any, *names: str) -> Iterator[Tensor]:
    for name in names:
        if isinstance(found := getattr(owner, name, None), Tensor):
            yield found


def written(folder: Path) -> int:
    """When the weights in `folder` were written: a run that goes on writes them anew."""
    return max((f.stat().st_mtime_ns for f in folder.glob("*.safetensors")), default=0)
