"""A lesson as a workshop host writes it: one TOML file, both languages in it.

Lessons lie in presets/lessons/ and, a host's own, in the `lessons` folder of the lab's home.
docs/lessons.md describes every key; `pretext-lab lessons check FILE` says what is off.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from lab.config import Examination, Frozen, Precision, load_toml
from lab.session import Ask
from lab.texts import ASSETS, LANGUAGES

SHIPPED = ASSETS.parent / "presets" / "lessons"
Reader = Literal["", "en", "fr"]
Look = Literal["", "masked", "next", "noise"]


class Words(Frozen):
    """The same in both languages. An empty line parts paragraphs, *stars* lend weight."""

    en: str = Field(min_length=1, max_length=6000)
    fr: str = Field(min_length=1, max_length=6000)

    def said(self) -> Mapping[str, str]:
        return {language: getattr(self, language) for language in LANGUAGES}


class Asked(Ask):
    """A question that is put to a model while the lesson is read."""

    label: Words


class Alike(Frozen):
    """Passages that share most with a text: similar to it, not the cause of anything said."""

    of: str = Field(description="own:en, example:fr, or a run: of the texts it learnt from")
    text: str = Field(min_length=1, max_length=2000)
    label: Words
    most: int = Field(2, ge=1, le=5)


class Source(Frozen):
    """Where figures come from: a probe put to models, recorded runs, models asked now, or texts."""

    probe: str = Field("", description="a probe of `pretext-lab evaluate`")
    models: tuple[str, ...] = Field((), max_length=12, description="those it was put to")
    languages: tuple[str, ...] = Field((), description="of its questions; empty: all")
    most: int = Field(0, ge=0, description="questions asked at most; 0: all")
    precision: Precision = "fp32"
    rows: tuple[str, ...] = Field((), description="which of its figures; empty: those of a whole")
    figure: str = Field("", description="which measure; empty: the first")
    runs: tuple[str, ...] = Field((), max_length=12, description="by their names in assets/runs")
    at: Literal["best", "last"] | int | tuple[int, ...] = Field(
        "last", description="which look at held-out data; of several, a bar each"
    )
    general: str = Field(
        "", description="a language: what a run says of the general text, not its own"
    )
    verdict: Literal["", "gain", "heart"] = Field(
        "", description="what the verdict on runs says: of held-out or general text, or by heart"
    )
    asks: tuple[Asked, ...] = Field((), max_length=6)
    near: tuple[Alike, ...] = Field((), max_length=4)
    show: Literal["top", "text", "picture", "nearest", "learnt", "bits"] = Field(
        "top",
        description="what of the answers; a picture model always shows its picture, beside the "
        "nearest of the lab's drawings, or of those it learnt from, where that is asked",
    )
    labels: tuple[Words, ...] = Field((), description="of the models, or runs, or rows, in order")

    @model_validator(mode="after")
    def _of_one_kind(self) -> Source:
        kinds = [bool(self.probe and self.models), *map(bool, (self.runs, self.asks, self.near))]
        if sum(kinds) != 1 or bool(self.probe) != bool(self.models):
            raise ValueError("one of: probe with models, runs, asks, near")
        if self.verdict and not self.runs:
            raise ValueError("a verdict is on runs")
        looks = len(self.at) if isinstance(self.at, tuple) else 1
        named = max(
            len(self.models) if len(self.rows) < 2 else len(self.rows), len(self.runs) * looks
        )
        if self.probe and not self.languages:
            raise ValueError("a probe needs languages")
        if self.show in ("picture", "nearest", "learnt") and any(
            a.objective != "image" for a in self.asks
        ):
            raise ValueError(f"show={self.show} is for picture models")
        if looks != 1 and len(self.runs) != 1:
            raise ValueError("several looks are of one run")
        if self.labels and len(self.labels) != named:
            raise ValueError(f"as many labels as there are bars: {named}")
        return self

    @property
    def examination(self) -> Examination:
        """The probe as it is put to the models."""
        return Examination(
            models=self.models, probe=self.probe, languages=self.languages,
            precision=self.precision, most=self.most,
        )  # fmt: skip


class PartOf(Frozen):
    """What every part has."""

    reader: Reader = Field("", description="shown to readers of this language alone")


class Read(PartOf):
    """Paragraphs."""

    kind: Literal["read"]
    say: Words


class Case(Frozen):
    """One position of a slider."""

    label: Words
    source: Source


class Figures(PartOf):
    """A chart, or answers side by side; with several cases, a slider goes through them."""

    kind: Literal["figures"]
    title: Words
    say: Words | None = None
    source: Source | None = None
    case: tuple[Case, ...] = Field((), max_length=12)

    @property
    def cases(self) -> tuple[Source, ...]:
        return (self.source,) if self.source else tuple(case.source for case in self.case)

    @model_validator(mode="after")
    def _has_a_source(self) -> Figures:
        if bool(self.source) == bool(self.case):
            raise ValueError("either a source or cases")
        return self


class Option(Frozen):
    """What may be believed. Which of the keys counts follows from the rule of the question."""

    say: Words
    bar: str = Field("", description="highest, lowest: the key of a bar")
    least: float | None = Field(None, description="range: from here …")
    below: float | None = Field(None, description="… to below this")
    words: tuple[str, ...] = Field((), description="words: texts that a model may say in the gap")
    right: bool = Field(False, description="given: this is the answer")
    rest: bool = Field(
        False, description="words: all others; highest, lowest: the intervals leave it open"
    )

    def fits(self, rule: str) -> bool:
        """Whether it says what a rule goes by."""
        if rule == "range":
            return self.least is not None or self.below is not None
        return bool({"given": True, "words": self.words}.get(rule, self.bar))


class Guess(PartOf):
    """A question to be answered before its figures are shown; a belief is spread over options.

    highest, lowest  which bar is; range: where the bar `of` lies; words: what the model says, by
    its own probabilities; given: what holds by definition
    """

    kind: Literal["guess"]
    ask: Words
    rule: Literal["highest", "lowest", "range", "words", "given"]
    option: tuple[Option, ...] = Field(min_length=2, max_length=8)
    of: str = Field("", description="range: the key of the bar; empty: the first")
    source: Source | None = None
    after: Words

    @model_validator(mode="after")
    def _can_be_judged(self) -> Guess:
        if (self.rule == "given") == bool(self.source):
            raise ValueError("every rule but `given` needs a source")
        if any(not o.rest and not o.fits(self.rule) for o in self.option):
            raise ValueError(f"an option lacks what the rule {self.rule} needs")
        if self.rule == "given" and not any(option.right for option in self.option):
            raise ValueError("one option must be right")
        if self.rule == "words" and not any(option.rest for option in self.option):
            raise ValueError("one option must be the rest: a model may always say another word")
        return self


class Growth(PartOf):
    """Recorded runs, scrubbed: what they said to their prompts, and their curves."""

    kind: Literal["growth"]
    title: Words
    say: Words | None = None
    runs: tuple[str, ...] = Field(min_length=1, max_length=6)


class Try(PartOf):
    """A button that sets another page up and goes there."""

    kind: Literal["try"]
    say: Words
    button: Words
    page: Literal["predict", "pretrain", "finetune", "examine"]
    settings: dict[str, Any] = Field({}, description="what the page remembers, by its own names")


Part = Annotated[Read | Figures | Guess | Growth | Try, Field(discriminator="kind")]


def sources_of(part: Part) -> tuple[Source, ...]:
    """Where a part's figures come from, one a position of its slider; none for mere words."""
    if isinstance(part, Figures):
        return part.cases
    return (part.source,) if isinstance(part, Guess) and part.source else ()


class Further(Frozen):
    """Where to read on."""

    work: str = Field(max_length=300, description="author, year, title")
    url: str = Field("", pattern=r"^(https://\S+)?$")
    why: Words


class Lesson(Frozen):
    """Everything a lesson says and shows."""

    order: int = Field(ge=0, le=999)
    minutes: int = Field(ge=1, le=60)
    look: tuple[Look, ...] = Field((), max_length=3, description="the objectives it is about")
    title: Words
    line: Words
    part: tuple[Part, ...] = Field(min_length=1, max_length=60)
    limits: Words = Field(description="what it does not prove")
    further: tuple[Further, ...] = ()


def load(path: Path) -> Lesson:
    """One file. Raises `LabError`: preset_broken, naming the file, the key and what is off."""
    return load_toml(path, Lesson)


def lesson_files(home: Path) -> dict[str, Path]:
    """Every lesson by its name: those that ship, then a host's own, which may replace one."""
    found = [*sorted(SHIPPED.glob("*.toml")), *sorted((home / "lessons").glob("*.toml"))]
    return {path.stem: path for path in found}
