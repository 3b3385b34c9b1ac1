"""The words of training runs: what happened, what a run costs, where it stands. Plain Python."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from lab.types import LabError

EventKind = Literal["status", "metric", "sample", "checkpoint", "error"]


@dataclass(frozen=True, slots=True)
class RunEvent:
    """One line of a run's history: what happened at which step, when (seconds since the epoch)."""

    step: int
    time: float
    kind: EventKind
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a run will cost, or all together that go side by side in one worker.

    parameters  of the largest model
    memory    bytes of the worker at its peak, the framework included
    seconds   from the first step to the last, held-out looks and checkpoints not counted
    measured  whether two trial steps were taken of each, or only sizes multiplied
    parts     what `memory` is made of, in bytes: framework, weights, adapter, optimiser (gradients
              and moments of what learns), activations, logits; beyond, what was measured besides
    free      bytes this machine, or its card, has free now
    """

    parameters: int
    memory: int
    seconds: float
    measured: bool
    parts: Mapping[str, int] = field(default_factory=dict)
    free: int = 0


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What would make a run fit: settings by dotted keys, and what it would cost then."""

    changes: Mapping[str, str | int | bool]
    estimate: Estimate


@dataclass(frozen=True, slots=True)
class RunSummary:
    """A run as a list shows it.

    state   new, queued, starting, waiting (for the accelerator), running, paused, interrupted,
            finished, stopped or failed; derived from its events and from whether its worker lives.
            Broken: its recipe cannot be used, and of what the recipe says nothing is known
    base    the model it began from; "" for random weights
    kept    whether one that failed has left a whole checkpoint, of which a model can be made
    place   in the queue, from 0; -1 when it is not in it
    loss    the last told, and `held_out` the last measured: {loss, bits_per_byte, measure …}
    why     for one that failed or is broken
    recorded  it came with the lab: to be replayed, not changed
    owner   the visitor who began it on a page open to others; "" for the host
    """

    name: str
    title: str
    objective: str
    state: str
    step: int
    steps: int
    family: str
    created: float
    base: str = ""
    kept: bool = False
    place: int = -1
    loss: float | None = None
    per_second: float | None = None
    held_out: Mapping[str, Any] = field(default_factory=dict)
    why: LabError | None = None
    model: str | None = None
    recorded: bool = False
    owner: str = ""


Series = tuple[tuple[int, float], ...]
"""(step, value) pairs in the order of their steps."""


@dataclass(frozen=True, slots=True)
class Held:
    """One look at held-out data. `low` and `high` bound the 95 % interval of the bits per byte."""

    step: int
    loss: float
    bits_per_byte: float | None = None
    low: float | None = None
    high: float | None = None
    measure: str = ""


@dataclass(frozen=True, slots=True)
class Sample:
    """What a run made of one prompt after `step` steps: tokens, or the file of a sheet of pictures.

    tokens  (text, state, p, [(candidate, p) …]) each, as `TokenScore` means them
    """

    step: int
    prompt: int
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RunView:
    """A run as its page shows it: the whole history, thinned to what a curve can show.

    curves   by name: loss, gradient, rate, per_second, seen, carried
    general  looks at a general text, by its language: what a base forgets
    samples  those after the first `since` that were asked for, `of` in all
    notices  what happened on the way (smaller pieces, resumed …) as (step, key, facts)
    """

    summary: RunSummary
    recipe: Mapping[str, Any]
    about: Mapping[str, Any]
    curves: Mapping[str, Series]
    held: tuple[Held, ...]
    samples: tuple[Sample, ...]
    of: int
    general: Mapping[str, tuple[Held, ...]] = field(default_factory=dict)
    notices: tuple[tuple[int, str, Mapping[str, Any]], ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """What somebody who watches a run has seen of it already.

    begun    how often its worker had begun: what a crash undid is told anew
    step     of the last point of a curve; -1 for none
    held     looks at held-out data, and at a `general` text, and `samples`, that are known
    """

    begun: int = 0
    step: int = -1
    held: int = 0
    general: int = 0
    samples: int = 0


@dataclass(frozen=True, slots=True)
class RunNews:
    """What has happened in a run since somebody last looked.

    begun    to be given back as `Known.begun`
    whole    whether this is the whole story, to be taken instead of what was known;
             the recipe and its surroundings come with it alone
    """

    begun: int
    whole: bool
    recipe: Mapping[str, Any] | None
    about: Mapping[str, Any] | None
    curves: Mapping[str, Series]
    held: tuple[Held, ...]
    samples: tuple[Sample, ...]
    general: Mapping[str, tuple[Held, ...]] = field(default_factory=dict)
    notices: tuple[tuple[int, str, Mapping[str, Any]], ...] = ()


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokenizer of a run, and how it cuts the first sentence of its text.

    vocabulary  how many tokens it knows; `train` and `held` how many the texts became
    documents   of which texts it was made; 0 where they are not here: the sentence is the lab's own
    """

    vocabulary: int
    cut: tuple[str, ...]
    documents: int = 0
    train: int = 0
    held: int = 0
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class Parcel:
    """A file that was packed to be taken home: its name among those of its run, and its bytes."""

    file: str
    bytes: int
