"""Held-out data: the loss in the objective's own terms, and bits per byte that all share.

Nothing here touches the training's randomness: noise comes from generators of its
own, and dropout is off.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from lab.models.fused import fused_cross_entropy, plain_head
from lab.models.sparse import logits_only, states_only
from lab.objectives.base import Batch, Corrupted, Objective, learnable, maskable
from lab.training.setup import Work
from lab.training.tasks import generator, rows

MEASURE = {"next": "exact", "diffusion": "bound", "masked": "pseudo", "span": "pseudo"}
"""What each objective's bits per byte are: the text's own (chain rule), an upper bound on it
(MDLM, equation 10), or a pseudo-likelihood (the hidden given the rest, hidden as in training),
which is no probability of a text and is smaller than one."""
SEED = 1
GENERAL_WINDOWS = 8
"""Windows of general text looked at in each language while training."""
FLOOR = 1e-3
"""The smallest time at which masked diffusion is measured."""


def outputs(
    model: nn.Module, objective: Objective[Any, Any], task: Corrupted, bf16: bool
) -> Tensor:
    """The weighted loss: logits only where there is loss (text), or everywhere (pictures).

    Where a model's logits are those of its projection, they are made slice by slice.
    """
    kind = task.targets.device.type
    with torch.autocast(kind, torch.bfloat16, enabled=bf16):
        if task.targets.dim() != 2:
            return objective.loss(model(**task.inputs).sample, task)
        # A cache would make transformers forget that texts which share a row are kept apart.
        more: dict[str, Any] = {"use_cache": False} if "position_ids" in task.inputs else {}
        carries = task.weights != 0
        if (head := plain_head(model)) is None or not bool(carries.any()):
            with logits_only(model, carries):
                said = model(**task.inputs, **more).logits
            return objective.loss(said, task)
        with states_only(model, carries) as states:
            model(**task.inputs, **more)
        return fused_cross_entropy(states[0], head, task.targets[carries], task.weights[carries])


def held_out(work: Work, most: int) -> dict[str, Any]:
    """What the model makes of at most `most` windows of held-out data.

    loss            the objective's own; not comparable between objectives
    bits_per_byte   comparable, being what `measure` says it is; text only
    low, high       95 % interval over the batches, by the normal approximation
    windows         how many were read
    """
    return _measured(work, work.held(most), work.per_byte)


def on_general_text(work: Work) -> dict[str, Any]:
    """Bits per byte, as `held_out` gives them, on a general text of each language: what a model
    there was before forgets. Empty where it began from random weights."""
    return {
        language: _measured(work, text.windows(GENERAL_WINDOWS), text.per_byte)
        for language, text in work.general.items()
    }


@torch.no_grad()
def _measured(work: Work, batches: Iterator[Batch], per_byte: float) -> dict[str, Any]:
    model, objective = work.model, _over_all_times(work.objective)
    device = next(model.parameters()).device
    losses: list[float] = []
    nats: list[float] = []
    windows = 0
    with resting(model):
        for number, batch in enumerate(batches):
            whole = objective.corrupt(batch, generator(SEED, number, 2))
            task = rows(whole, 0, len(whole.targets), device)
            loss = float(outputs(model, objective, task, bf16=False))
            losses.append(loss)
            windows += len(whole.targets)
            if work.words is not None:
                nats.append(_per_token(objective, batch.text, whole, loss))
    if not losses:
        return {}
    found: dict[str, Any] = {"loss": sum(losses) / len(losses), "windows": windows}
    if nats:
        scale = per_byte / math.log(2)
        mean, off = _spread([scale * x for x in nats])
        found |= {"bits_per_byte": mean, "low": mean - off, "high": mean + off}
        found["measure"] = MEASURE[objective.name]
    return found


@torch.no_grad()
def nats(
    model: nn.Module, objective: Objective[Any, Any], batch: Batch, number: int
) -> tuple[float, int]:
    """(nats for all the text of a batch, its tokens), as `held_out` counts them.

    number  of the batch: the same noise for the same number, whatever the weights
    """
    objective = _over_all_times(objective)
    whole = objective.corrupt(batch, generator(SEED, number, 3))
    task = rows(whole, 0, len(whole.targets), next(model.parameters()).device)
    with resting(model):
        loss = float(outputs(model, objective, task, bf16=False))
    tokens = int(learnable(batch, objective.alphabet).sum())
    return _per_token(objective, batch.text, whole, loss) * tokens, tokens


def _over_all_times(objective: Objective[Any, Any]) -> Objective[Any, Any]:
    """Masked diffusion as it is measured: over nearly all times, whichever it is trained at.

    Only so is its loss a bound: a floor leaves out the times below, and counts the others for more.
    """
    if objective.name != "diffusion" or objective.config.floor <= FLOOR:
        return objective
    whole = objective.config.model_copy(update={"floor": FLOOR})
    return type(objective)(whole, objective.alphabet)


def _per_token(objective: Objective[Any, Any], ids: Tensor, task: Corrupted, loss: float) -> float:
    """Nats for one token of text.

    Masked diffusion's loss already is one, over all tokens. Of the others all that must be
    said is counted (markers of cut pieces too), over the tokens of text among it.
    """
    if objective.name == "diffusion":
        return loss
    carries = task.weights != 0
    said = int(carries.sum())
    text = int((maskable(task.targets, objective.alphabet) & carries).sum())
    return loss * said / max(1, text)


def _spread(values: list[float]) -> tuple[float, float]:
    """(mean, half the width of its 95 % interval)."""
    n = len(values)
    mean = sum(values) / n
    if n < 2:
        return mean, 0.0
    variance = sum((x - mean) ** 2 for x in values) / (n - 1)
    return mean, 1.96 * math.sqrt(variance / n)


@contextmanager
def resting(model: nn.Module) -> Iterator[None]:
    """Within, the model predicts: no dropout, and no draw that training would miss."""
    training = model.training
    model.eval()
    with torch.random.fork_rng(devices=range(torch.cuda.device_count())):
        try:
            yield
        finally:
            model.train(training)
