"""The plainest loop that trains any objective: corrupt, predict, weigh, step.

It is what the bundled checkpoints were made with and what the run engine is
measured against. Time spent is saved with the weights, so that a stopped run
goes on from its last checkpoint.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from lab.models.sparse import logits_only
from lab.objectives.base import Batch, Corrupted, Objective


@dataclass(frozen=True, slots=True)
class Recipe:
    """How long and how fast: `rate` is the peak learning rate, decayed to 0 in a straight line."""

    steps: int
    rate: float
    warmup: int = 60
    weight_decay: float = 0.05
    clip: float = 1.0
    ema: float = 0.0
    bf16: bool = True
    seed: int = 0
    every: int = 50


SMALLEST_KERNEL = 16

Report = Callable[[int, float, float], None]
"""Called with (step, mean loss since the last call, seconds trained)."""


class Trainer:
    """One model, one objective, one recipe. `run` may be called again after a crash."""

    def __init__(
        self,
        model: nn.Module,
        objective: Objective[Any, Any],
        recipe: Recipe,
        checkpoint: Path | None = None,
    ) -> None:
        self.model, self.objective, self.recipe = model, objective, recipe
        self.checkpoint = checkpoint
        self.generator = torch.Generator().manual_seed(recipe.seed)
        self.optimisers = optimisers(model, recipe)
        self.average = {k: v.clone() for k, v in model.state_dict().items()} if recipe.ema else None
        self.step = 0
        self.seconds = 0.0
        if checkpoint and checkpoint.exists():
            self._load(checkpoint)

    def run(self, batches: Callable[[int], Batch], report: Report) -> None:
        """`batches(step)` gives that step's batch: the order depends on the step alone."""
        self.model.train()
        total, since, began = 0.0, 0, time.monotonic()
        while self.step < self.recipe.steps:
            total += self._one(batches(self.step))
            since += 1
            self.step += 1
            if self.step % self.recipe.every == 0 or self.step == self.recipe.steps:
                now = time.monotonic()
                self.seconds += now - began
                began = now
                report(self.step, total / since, self.seconds)
                total, since = 0.0, 0
                self._save()
        if self.average is not None:
            self.model.load_state_dict(self.average)

    def _one(self, batch: Batch) -> float:
        share = self._rate(self.step)
        for optimiser in self.optimisers:
            for group in optimiser.param_groups:
                group["lr"] = group["peak"] * share
        corrupted = self.objective.corrupt(batch, self.generator)
        loss = weighted_loss(self.model, self.objective, corrupted, self.recipe.bf16)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.model.parameters(), self.recipe.clip)
        for optimiser in self.optimisers:
            optimiser.step()
        self.model.zero_grad(set_to_none=True)
        if self.average is not None:
            decay = min(self.recipe.ema, (1 + self.step) / (10 + self.step))
            for key, value in self.model.state_dict().items():
                self.average[key].lerp_(value, 1 - decay)
        return float(loss.detach())

    def _rate(self, step: int) -> float:
        warm = min(1.0, (step + 1) / self.recipe.warmup)
        return warm * (1 - step / self.recipe.steps)

    def _save(self) -> None:
        if self.checkpoint is None:
            return
        state = {
            "model": self.model.state_dict(),
            "optimisers": [o.state_dict() for o in self.optimisers],
            "generator": self.generator.get_state(),
            "average": self.average,
            "step": self.step,
            "seconds": self.seconds,
        }
        partial = self.checkpoint.with_suffix(".partial")
        torch.save(state, partial)
        partial.replace(self.checkpoint)

    def _load(self, path: Path) -> None:
        state = torch.load(path, weights_only=True)
        self.model.load_state_dict(state["model"])
        for optimiser, saved in zip(self.optimisers, state["optimisers"], strict=True):
            optimiser.load_state_dict(saved)
        self.generator.set_state(state["generator"])
        self.average, self.step = state["average"], state["step"]
        self.seconds = state["seconds"]


def weighted_loss(
    model: nn.Module, objective: Objective[Any, Any], corrupted: Corrupted, bf16: bool = False
) -> Tensor:
    """Forward and loss, with logits only where there is loss (text) or everywhere (pictures)."""
    text = corrupted.targets.dim() == 2
    with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
        with logits_only(model, corrupted.weights != 0) if text else nullcontext():
            outputs = model(**corrupted.inputs)
        answer = outputs.logits if text else outputs.sample
    return objective.loss(answer, corrupted)


def optimisers(model: nn.Module, recipe: Recipe) -> list[torch.optim.Optimizer]:
    """Muon (Jordan et al. 2024) for the body's matrices and kernels, AdamW for all else.

    A convolution's kernel is a matrix too, one row an output channel; those with
    fewer rows than SMALLEST_KERNEL (the last layer of a picture model) stay with AdamW.
    """
    tables = {id(p) for m in model.modules() if isinstance(m, nn.Embedding) for p in m.parameters()}
    muon: list[Tensor] = []
    adam: list[Tensor] = []
    for parameter in model.parameters():
        if parameter.dim() == 4 and len(parameter) >= SMALLEST_KERNEL:
            muon.append(_as_matrix(parameter))
        elif parameter.dim() == 2 and id(parameter) not in tables:
            muon.append(parameter)
        else:
            adam.append(parameter)
    made: list[torch.optim.Optimizer] = [
        torch.optim.AdamW(adam, lr=recipe.rate, betas=(0.9, 0.98), weight_decay=recipe.weight_decay)
    ]
    if muon:
        made.append(
            torch.optim.Muon(
                muon,
                lr=recipe.rate,
                weight_decay=recipe.weight_decay,
                adjust_lr_fn="match_rms_adamw",
            )
        )
    for optimiser in made:
        for group in optimiser.param_groups:
            group["peak"] = recipe.rate
    return made


def _as_matrix(kernel: nn.Parameter) -> nn.Parameter:
    """A convolution's weights (out, in, h, w) as a matrix (out, in·h·w) in the same memory.

    Muon takes matrices only; the matrix's gradient too is a view of the kernel's.
    """
    matrix = nn.Parameter(kernel.detach().flatten(1))

    def share(grown: Tensor) -> None:
        matrix.grad = None if grown.grad is None else grown.grad.flatten(1)

    kernel.register_post_accumulate_grad_hook(share)  # type: ignore[no-untyped-call]
    return matrix


def windows(tokens: Tensor, length: int, rows: int, bos: int, seed: int) -> Callable[[int], Batch]:
    """Batches of (rows, length) random windows of one long text, each behind a [BOS].

    tokens: (T,) the whole corpus. The windows of step s depend on (seed, s) only.
    """

    def batch(step: int) -> Batch:
        generator = torch.Generator().manual_seed(seed * 1_000_003 + step)
        starts = torch.randint(len(tokens) - length, (rows,), generator=generator)
        places = starts[:, None] + torch.arange(length - 1)[None, :]
        first = torch.full((rows, 1), bos, dtype=torch.long)
        return Batch(ids=torch.cat([first, tokens[places].long()], dim=1))

    return batch


def chunks(tokens: Tensor, length: int, bos: int) -> Iterator[Tensor]:
    """(1, length) windows one after the other, each token once: for measuring, not for training."""
    for start in range(0, len(tokens) - length + 1, length - 1):
        first = torch.tensor([bos])
        yield torch.cat([first, tokens[start : start + length - 1].long()])[None]
