"""What a causal model has lately read, kept so that reading on costs only what is new.

A text that grows under somebody's fingers is the same from key to key but for its end,
and what a causal model says of a token depends on those before it alone: the keys and
values of the shared beginning are taken again instead of being computed anew.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

RowT = TypeVar("RowT")

BUDGET = 64_000_000
"""Bytes of keys and values kept for one model, whatever number of people read with it."""


@dataclass(frozen=True, slots=True)
class Read(Generic[RowT]):
    """A beginning that has been read.

    ids    its token numbers
    top    how many candidates each row names: another number wants another reading
    cache  the model's cache of keys and values for them, by the name its forward takes it
           under; empty for no beginning
    rows   for each of them what was said of the token after it
    """

    ids: tuple[int, ...] = ()
    top: int = 0
    cache: dict[str, Any] = field(default_factory=dict)
    rows: tuple[RowT, ...] = ()


@dataclass(slots=True)
class Recent(Generic[RowT]):
    """The last few texts read, newest last. Used with the accelerator's turn held."""

    kept: list[Read[RowT]] = field(default_factory=list)

    def resume(self, ids: tuple[int, ...], top: int) -> Read[RowT]:
        """The longest beginning of `ids` that need not be read again; it is handed over.

        It ends before the first token whose successor has changed, for what was said of it
        names that successor's probability. A kept text that has little in common with
        `ids` stays: somebody else is writing it.
        """
        alike = (read for read in self.kept if read.top == top)
        best = max(alike, key=lambda read: _shared(read.ids, ids), default=None)
        if best is None:
            return Read()
        length = _shared(best.ids, ids) - 1
        if length < max(1, len(best.ids) // 2):
            return Read()
        self.kept = [read for read in self.kept if read is not best]
        for cache in best.cache.values():
            cache.crop(length - len(best.ids))
        return Read(ids[:length], top, best.cache, best.rows[:length])

    def keep(self, read: Read[RowT]) -> None:
        """Remember it, unless its cache cannot be shortened; the oldest go when it is too much."""
        if not _can_be_shortened(read.cache):
            return
        self.kept.append(read)
        while self.kept and sum(_size(kept.cache) for kept in self.kept) > BUDGET:
            self.kept.pop(0)


def _shared(one: tuple[int, ...], other: tuple[int, ...]) -> int:
    """How many tokens two texts begin with alike."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((i for i, (a, b) in pairs if a != b), min(len(one), len(other)))


def _can_be_shortened(past: dict[str, Any]) -> bool:
    """Whether every layer keeps all it has read: a sliding window has let go of the beginning."""
    layers = _layers(past)
    return bool(layers) and all(
        getattr(layer, "is_croppable", False) and not layer.is_sliding for layer in layers
    )


def _size(past: dict[str, Any]) -> int:
    tensors = [t for layer in _layers(past) for t in (layer.keys, layer.values)]
    return sum(t.numel() * t.element_size() for t in tensors)


def _layers(past: dict[str, Any]) -> list[Any]:
    return [layer for cache in past.values() for layer in getattr(cache, "layers", ())]
