"""Several processes that take one step together, and what they say to each other meanwhile.

Not `DistributedDataParallel`: it talks in the midst of forward and backward, and a process that
runs out of memory there leaves the others waiting for an answer for ever. Here each works
through its own rows in silence; then all ask whether anybody was short of memory, and only
when nobody was do their gradients become one sum. Alone, nothing is said at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

import torch
import torch.distributed as dist
from accelerate import Accelerator
from accelerate.utils import broadcast_object_list
from torch import Tensor, nn

Heard = TypeVar("Heard")


class Team:
    """One process among `size`, whose own number is `place`; every method is called by all."""

    def __init__(self, accelerator: Accelerator) -> None:
        self.device: torch.device = accelerator.device
        self.size: int = accelerator.num_processes
        self.place: int = accelerator.process_index

    def agreed(self, own: Heard) -> Heard:
        """What the first process found, for all of them."""
        heard = [own]
        if self.size > 1:
            broadcast_object_list(heard)
        return heard[0]

    def anyone(self, own: bool) -> bool:
        """Whether it is so in any process."""
        return bool(self._sum([own])[0])

    def align(self, tensors: Iterable[Tensor]) -> None:
        """Give all processes the numbers of the first."""
        for tensor in tensors if self.size > 1 else ():
            dist.broadcast(tensor.detach(), 0)

    def add_up(self, weights: Sequence[nn.Parameter], loss: Tensor) -> None:
        """Make of every process's gradients, and of its loss, their sum over all processes.

        A weight that only some had use for counts as zero in the others, one that nobody had
        use for stays without a gradient, as it would in a single process.
        """
        if self.size == 1:
            return
        used = self._sum([weight.grad is not None for weight in weights])
        under_way = [dist.all_reduce(loss, async_op=True)]
        for weight, users in zip(weights, used, strict=True):
            if users:
                weight.grad = torch.zeros_like(weight) if weight.grad is None else weight.grad
                under_way.append(dist.all_reduce(weight.grad, async_op=True))
        for one in under_way:
            one.wait()

    def _sum(self, own: Sequence[bool]) -> list[int]:
        """In how many processes each of these is so."""
        counts = torch.tensor(own, dtype=torch.int32, device=self.device)
        if self.size > 1:
            dist.all_reduce(counts)
        found: list[int] = counts.tolist()
        return found
