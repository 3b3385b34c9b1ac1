"""The task of every step, whole: a function of the seed and the step, and of nothing else.

However a step is cut into micro-batches or shared among processes, the rows, the
noise and the weights are the same: its loss is the sum over all its rows. So a run
goes on after a crash exactly as it would have, and one on two machines is the same
run as one on one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor

from lab.objectives.base import Batch, Corrupted, Objective

Batches = Callable[[int], Batch]
"""Batch number n of clean data."""

_FAR_APART = 1_000_003


def generator(seed: int, step: int, salt: int = 0) -> torch.Generator:
    """A source of randomness that no other (seed, step, salt) has."""
    return torch.Generator().manual_seed((seed * _FAR_APART + step) * 7 + salt)


def task(objective: Objective[Any, Any], batches: Batches, seed: int, step: int) -> Corrupted:
    """What step number `step` asks of the model."""
    return objective.corrupt(batches(step), generator(seed, step))


def rows(whole: Corrupted, start: int, stop: int, device: torch.device) -> Corrupted:
    """Some rows of a task, on `device`. Their losses add up to the whole task's."""

    def cut(tensor: Tensor) -> Tensor:
        return tensor[start:stop].to(device, non_blocking=True)

    return Corrupted(
        inputs={name: cut(value) for name, value in whole.inputs.items()},
        targets=cut(whole.targets),
        weights=cut(whole.weights),
        level=whole.level[start:stop],
    )


def share(total: int, process: int, processes: int) -> range:
    """The rows of one process among several: neighbouring ones, as even as can be."""
    return range(total * process // processes, total * (process + 1) // processes)


def pieces(of: range, size: int) -> Iterator[range]:
    """`of` in runs of at most `size`."""
    for start in range(of.start, of.stop, size):
        yield range(start, min(start + size, of.stop))
