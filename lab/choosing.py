"""Which model? Four questions, and the models in the order in which they answer them.

The rules, all of them:

1. Each question that is asked is answered by each model with yes, no or unknown, and with a reason.
   - *Task*: it was trained for one of the task's objectives (`TASKS`).
   - *Language*: its languages, as its preset or its model card declares them, name it. Pictures
     speak none. What a probe measured in the language is shown, and decides nothing: a share of
     gaps filled has no threshold at which a model speaks a language.
   - *Memory*: its weights, in the most exact precision that leaves `SPARE` of the memory for what
     it computes, fit. For a model that is not here only 32 and 16 bits are known.
   - *Licence*: what the families of its own and of its base's licence ask (`lab.licences.asks`).
2. A model with a no fails, and stands below all that do not, with the reason; last of all those
   that were never taught the task. Among them fewer noes go first, then fewer unknowns.
3. Those that are alike so far stand by size, the larger first: a rule of thumb (Kaplan et al.
   2020: with the same data the larger foresees text better), which no figure here backs.
4. Then what was measured overrules size, where it may: models whose figures come from the same
   probe with the same questions in the same language, read in the same way (`Measure`), share out
   the places they hold among themselves, the better figure first. Nobody else moves. Figures whose
   intervals overlap are not told apart by their order; the intervals are shown.

No score is made of all this. Models with random weights are left out: they have read
nothing. So are those that ship to be set beside their base (`for_show`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from pydantic import Field

from lab.config import Frozen, Precision
from lab.findings import Figure, Finding
from lab.licences import asks
from lab.types import Fact, Kind

Task = Literal["write", "fill", "repair", "draw", "understand"]
Freedom = Literal["any", "open", "commercial"]
Answer = Literal["yes", "no", "unknown", "fact"]

TASKS: Mapping[Task, tuple[str, ...]] = {
    "write": ("next",),
    "fill": ("masked",),
    "repair": ("span", "diffusion"),
    "draw": ("image",),
    "understand": ("masked",),
}
"""Objectives that serve a task. To understand is to see a whole text at once, from both sides: the
models to fine-tune for sorting, tagging or finding texts."""
PROBES: Mapping[Task, tuple[str, ...]] = {
    "write": ("bits-per-byte", "languages", "cloze"),
    "fill": ("cloze", "languages"),
    "repair": ("cloze", "languages"),
    "draw": ("picture-quality",),
    "understand": ("minimal-pairs", "cloze", "languages"),
}
"""Probes whose figures bear on a task, the nearest first."""
KEYS: Mapping[str, str] = {
    "bits-per-byte": "bits_per_byte",
    "cloze": "right",
    "languages": "right",
    "minimal-pairs": "right",
    "picture-quality": "right",
}
"""Which of a probe's figures is compared."""
LOWER = frozenset({"bits_per_byte"})
"""Figures of which less is better."""
CODES = ("en", "fr", "ar", "de", "es", "hi", "it", "pl", "pt", "sw", "tr", "zh")
"""Languages that are offered: those of the probe of twelve languages."""
MANY = frozenset({"mul", "multilingual"})
SPARE = 0.25
"""Of the memory, left for what is computed on the way."""
MOST_EXACT: tuple[Precision, ...] = ("fp32", "bf16", "int8", "nf4")
OPEN_MAY = frozenset({"notice", "attribution", "share_alike"})
NOT_SOLD = frozenset({"non_commercial", "reserved"})


class Wish(Frozen):
    """The four questions; what is empty, 0 or "any" is not asked."""

    language: str = Field("", max_length=12, pattern=r"^[A-Za-z-]*$")
    task: Task | None = None
    memory: int = Field(0, ge=0, le=10**15, description="bytes")
    licence: Freedom = "any"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A model as it is chosen.

    languages  as declared; `None` where nobody says
    licences   its own, and its base's; "" for one that nobody states
    takes      bytes of its weights at each precision that can be told
    """

    id: str
    title: str
    kind: Kind
    objectives: tuple[str, ...]
    parameters: int
    languages: tuple[str, ...] | None
    licences: tuple[str, ...]
    takes: Mapping[Precision, int]
    ready: bool
    download: int
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Because:
    """One reason: a key of the texts' section `because`, its facts, and the answer it gives."""

    key: str
    answer: Answer
    facts: Mapping[str, Fact] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure that may be compared with another of the same probe, questions and reading."""

    probe: str
    measure: str
    data: str
    precision: str
    figure: Figure

    @property
    def alike(self) -> tuple[str, str, str, str, str, int]:
        """Figures with this in common can be compared."""
        named, items = self.figure.name, self.figure.items
        return self.probe, self.measure, self.data, named, self.figure.key, items

    @property
    def rank(self) -> float:
        """Less goes first."""
        value = self.figure.value
        return value if self.figure.key in LOWER else -value


@dataclass(frozen=True, slots=True)
class Choice:
    """One model in its place: whether nothing speaks against it, and why it stands there."""

    model: str
    title: str
    fits: bool
    reasons: tuple[Because, ...]
    measured: tuple[Measure, ...]
    parameters: int
    ready: bool
    download: int


def rank(wish: Wish, candidates: Iterable[Candidate]) -> tuple[Choice, ...]:
    """Every candidate in its place, by the rules at the head of this module."""
    choices = sorted((_weighed(wish, one) for one in candidates), key=_by_rule)
    places: dict[object, list[int]] = {}
    for place, choice in enumerate(choices):
        if choice.measured:
            # Only among models that are alike in what they answered.
            places.setdefault((_by_answers(choice), choice.measured[0].alike), []).append(place)
    for held in places.values():
        better = sorted((choices[i] for i in held), key=lambda one: one.measured[0].rank)
        for place, choice in zip(held, better, strict=True):
            choices[place] = choice
    return tuple(choices)


def _by_answers(one: Choice) -> tuple[bool, int, int]:
    answers = [reason.answer for reason in one.reasons]
    untaught = any(reason.key == "task_not" for reason in one.reasons)
    return untaught, answers.count("no"), answers.count("unknown")


def _by_rule(one: Choice) -> tuple[bool, int, int, int, str]:
    return (*_by_answers(one), -one.parameters, one.model)


def _weighed(wish: Wish, one: Candidate) -> Choice:
    measured = tuple(_measured(wish, one))
    reasons = (
        *_task(wish, one),
        *_language(wish, one),
        *_memory(wish, one),
        *_licence(wish, one),
        _where(one),
    )
    fits = all(reason.answer != "no" for reason in reasons)
    return Choice(
        one.id, one.title, fits, reasons, measured, one.parameters, one.ready, one.download
    )


def _task(wish: Wish, one: Candidate) -> Iterator[Because]:
    if wish.task is None:
        return
    serves = [name for name in TASKS[wish.task] if name in one.objectives]
    yield Because(f"task_{wish.task}" if serves else "task_not", "yes" if serves else "no")


def _language(wish: Wish, one: Candidate) -> Iterator[Because]:
    if not wish.language or one.kind == "unet":
        return
    facts = {"language": wish.language}
    if one.languages is None:
        yield Because("language_unknown", "unknown", facts)
    elif wish.language in one.languages:
        yield Because("language_declared", "yes", facts)
    elif MANY & set(one.languages):
        yield Because("language_many", "unknown", facts)
    else:
        yield Because("language_not", "no", facts)


def _memory(wish: Wish, one: Candidate) -> Iterator[Because]:
    if not wish.memory:
        return
    known = {p: one.takes[p] for p in MOST_EXACT if one.takes.get(p)}
    room = wish.memory * (1 - SPARE)
    fitting = next((p for p, size in known.items() if size <= room), None)
    if not known:
        yield Because("memory_unknown", "unknown")
    elif fitting is not None:
        yield Because("memory_fits", "yes", {"precision": fitting, "size": known[fitting]})
    else:
        least = min(known, key=lambda p: known[p])
        facts: dict[str, Fact] = {"precision": least, "size": known[least]}
        # In 8 or 4 bits it might still do; how much those spare is read off the weights.
        unknown = "nf4" not in known and known[least] / 4 <= room
        yield Because("memory_perhaps" if unknown else "memory_not",
                      "unknown" if unknown else "no", facts)  # fmt: skip


def _licence(wish: Wish, one: Candidate) -> Iterator[Because]:
    if wish.licence == "any":
        return
    for licence in dict.fromkeys(one.licences):
        asked = asks(licence) if licence else None
        facts = {"licence": licence}
        if asked is None:
            yield Because("licence_unknown" if licence else "licence_unstated", "unknown", facts)
        elif wish.licence == "open" and not asked <= OPEN_MAY:
            yield Because("licence_not_open", "no", facts)
        elif wish.licence == "commercial" and asked & NOT_SOLD:
            yield Because("licence_not_commercial", "no", facts)
        elif "use_limits" in asked:
            yield Because("licence_limits", "yes", facts)
        else:
            yield Because("licence_open" if wish.licence == "open" else "licence_commercial",
                          "yes", facts)  # fmt: skip


def _where(one: Candidate) -> Because:
    if one.ready:
        return Because("ready", "fact")
    if not one.download:
        return Because("fetch_unsized", "fact")
    return Because("fetch", "fact", {"size": one.download})


def _measured(wish: Wish, one: Candidate) -> Iterator[Measure]:
    """Figures that bear on the wish, the nearest probe first and of each the most questions."""
    if wish.task is None:
        return
    for probe in PROBES[wish.task]:
        found = [
            Measure(probe, finding.measure, finding.data, finding.precision, figure)
            for finding in one.findings
            if finding.probe == probe
            for figure in _relevant(wish, probe, finding.figures)
        ]
        if found:
            yield max(found, key=lambda one: one.figure.items)


def _relevant(wish: Wish, probe: str, figures: Sequence[Figure]) -> Iterator[Figure]:
    spoken = {"drawn"} if probe == "picture-quality" else {wish.language}
    yield from (f for f in figures if f.key == KEYS[probe] and f.name in spoken)
