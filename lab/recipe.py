"""What a training run is told: the objective, the body, the data, the budget, the optimiser.

A recipe is a TOML file in presets/pretrain/, or what a person set on the page or
with `--set key=value`. A run keeps its own, resolved, and never changes it but for
its length and how fast it learns (`ADJUSTABLE`).
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from lab.config import Frozen, Precision, Size, load_toml
from lab.texts import ASSETS
from lab.types import Kind, LabError

PRESETS = ASSETS.parent / "presets" / "pretrain"
TUNING = ASSETS.parent / "presets" / "finetune"
ObjectiveName = Literal["next", "masked", "span", "diffusion", "image"]
MOST_PROMPTS = 6
KINDS: Mapping[str, Kind] = {
    "next": "causal",
    "masked": "masked",
    "diffusion": "masked",
    "span": "seq2seq",
    "image": "unet",
}
"""The kind of model that each objective trains."""
SERVES: Mapping[Kind, tuple[str, ...]] = {
    "causal": ("next",),
    "masked": ("masked", "diffusion"),
    "seq2seq": ("span",),
    "unet": ("image",),
}
"""What one is asked for then."""


ADJUSTABLE = ("optimiser.rate", "optimiser.warmup", "optimiser.decay", "optimiser.clip")
"""What may differ when a run goes on: its checkpoints fit as well, and its steps are no others."""


class Data(Frozen):
    """What is read: texts, or pictures."""

    paths: tuple[str, ...] = Field((), description="files and folders; empty: the lab's own")
    repeat: tuple[int, ...] = Field(
        (), description="times each of them is read in an epoch; empty: once each"
    )
    held_out: tuple[str, ...] = Field(
        (),
        description="names or hashes of documents kept for measuring; empty: some, by their hashes",
    )
    licence: str = Field(
        "", max_length=80, description="of documents that state none themselves; empty: not stated"
    )
    language: Literal["en", "fr"] = Field("en", description="of the lab's own texts")
    vocabulary: int = Field(2048, ge=300, le=65_536, description="tokens of the tokenizer made")
    length: int = Field(128, ge=8, le=2048, description="tokens read at once")
    apart: bool = Field(
        False, description="documents of any format, cleaned, none of which sees another"
    )
    pictures: Literal["shapes", "glyphs", "folder"] = Field(
        "shapes", description="for pictures: drawn here, emoji of a font, or one's own (paths)"
    )
    mirror: bool = Field(
        True, description="one's own pictures are mirrored half of the time: twice as many views"
    )

    @model_validator(mode="after")
    def _repeats_fit(self) -> Data:
        if self.repeat and (len(self.repeat) != len(self.paths) or min(self.repeat) < 1):
            raise ValueError("as many repeats as paths, each at least 1")
        return self


class Optimiser(Frozen):
    """How the weights move."""

    name: Literal["muon", "adamw", "adamw8bit"] = Field(
        "muon",
        description="Muon for matrices, or AdamW alone; its moments in 8 bits and paged on a card",
    )
    rate: float = Field(3e-3, gt=0, le=1, description="the highest learning rate")
    warmup: int = Field(60, ge=0, le=100_000, description="steps until it is reached")
    decay: float = Field(
        0.6, ge=0, le=1, description="share of the steps, the last, over which it falls to zero"
    )
    weight_decay: float = Field(0.05, ge=0, le=1, description="pull of every weight to zero")
    clip: float = Field(1.0, gt=0, le=1000, description="longest gradient taken as it is")
    average: float = Field(0.0, ge=0, lt=1, description="decay of the weights' moving average")


class Lora(Frozen):
    """What learns when a run begins from a model there is (LoRA, Hu et al. 2022)."""

    rank: int = Field(16, ge=1, le=256, description="width of the matrices beside each layer")
    alpha: int = Field(32, ge=1, le=1024, description="their weight, times the rank")
    targets: tuple[str, ...] = Field((), description="layers that learn; empty: all linear ones")
    rank_stabilised: bool = Field(
        False, description="alpha over the root of the rank (rsLoRA, Kalajdzievski 2023)"
    )
    magnitude: bool = Field(
        False, description="learn each column's length apart (DoRA, Liu et al. 2024)"
    )


class Recipe(Frozen):
    """One run, resolved."""

    title: str = Field("", max_length=120)
    objective: ObjectiveName
    settings: dict[str, Any] = Field({}, description="of the objective: mask ratio, schedule …")
    base: str = Field(
        "", max_length=300, description="a model to begin from; empty: random weights of this size"
    )
    start: Literal["trained", "random"] = Field(
        "trained", description="the base's own weights, or random ones in their place"
    )
    learns: Literal["adapter", "all"] = Field(
        "adapter", description="of a base: a LoRA beside it, or every weight"
    )
    weights: Precision = Field("bf16", description="what a base at rest is kept in")
    lora: Lora = Lora.model_validate({})
    size: Size = Size.model_validate({})
    data: Data = Data.model_validate({})
    optimiser: Optimiser = Optimiser.model_validate({})
    steps: int = Field(300, ge=1, le=10_000_000, description="times the weights are moved")
    rows: int = Field(16, ge=1, le=4096, description="texts or pictures a step")
    dropout: float = Field(0.0, ge=0, lt=1, description="share of signals dropped in training")
    noise: float = Field(
        0.0, ge=0, le=100, description="on the embeddings (NEFTune's alpha, Jain et al. 2023)"
    )
    recompute: bool = Field(
        False, description="compute activations again on the way back: less memory, a third slower"
    )
    patience: int = Field(
        0, ge=0, le=1000, description="looks without a better one, then it stops; 0: never"
    )
    keep: Literal["last", "best"] = Field("last", description="which weights become the model")
    precision: Literal["auto", "bf16", "fp32"] = Field(
        "auto", description="of the computing; auto: bf16 where the machine has it, fp32 elsewhere"
    )
    seed: int = Field(0, ge=0, le=2**31 - 1)
    checkpoint_every: int = Field(100, ge=1, description="steps between two checkpoints")
    measure_every: int = Field(50, ge=1, description="steps between two looks at held-out data")
    prompts: tuple[str, ...] = Field((), max_length=MOST_PROMPTS, description="watched as it grows")
    log: Literal["", "tensorboard"] = Field("", description="a second log, for TensorBoard")
    family: str = Field("", max_length=40, description="runs that differ in their objective alone")

    @model_validator(mode="after")
    def _few_bits_rest(self) -> Recipe:
        if self.weights in ("int8", "nf4") and (self.learns == "all" or self.start == "random"):
            raise PydanticCustomError(
                "few_bits_rest", "weights of few bits cannot learn", {"weights": self.weights}
            )
        return self

    @model_validator(mode="after")
    def _pictures_rest_whole(self) -> Recipe:
        if self.base and self.objective == "image" and self.weights != "fp32":
            facts = {"weights": self.weights}
            raise PydanticCustomError("pictures_rest_whole", "a picture model rests in fp32", facts)
        return self

    @model_validator(mode="after")
    def _heads_fit(self) -> Recipe:
        if (why := self.size.unfit(KINDS[self.objective])) is not None:
            raise PydanticCustomError(why.key, "the heads do not fit the width", why.facts)
        return self


class Family(Frozen):
    """Recipes that are trained side by side."""

    title: str = Field(max_length=120)
    members: tuple[str, ...] = Field(min_length=1, description="names of recipes")


def recipe_names(folder: Path = PRESETS) -> tuple[str, ...]:
    """Every recipe of one of the two folders of presets, by name."""
    return tuple(name for name, values in _shipped(folder).items() if "members" not in values)


def family_names() -> tuple[str, ...]:
    """Every family of recipes that ships, by name."""
    return tuple(name for name, values in _shipped(PRESETS).items() if "members" in values)


def _shipped(folder: Path) -> dict[str, dict[str, Any]]:
    return {p.stem: tomllib.loads(p.read_text("utf-8")) for p in sorted(folder.glob("*.toml"))}


def shipped(name: str, folder: Path = PRESETS) -> Recipe:
    """A recipe by its name, or from a file of one's own.

    Raises `LabError`: unknown_recipe, preset_broken.
    """
    own = name.endswith(".toml")
    path = Path(name) if own else folder / f"{name}.toml"
    if not path.is_file() or (not own and name not in recipe_names(folder)):
        known = (*recipe_names(folder), *(family_names() if folder == PRESETS else ()))
        raise LabError("unknown_recipe", recipe=name[:100], known=", ".join(known))
    return load_toml(path, Recipe)


def together(name: str) -> tuple[Recipe, ...]:
    """The recipes of a family, or the one recipe of that name. Raises as `shipped` does."""
    if name not in family_names():
        return (shipped(name),)
    family = load_toml(PRESETS / f"{name}.toml", Family)
    return tuple(shipped(member) for member in family.members)


def changed(recipe: Recipe, changes: dict[str, Any]) -> dict[str, Any]:
    """The recipe's values with some replaced, by dotted keys ("size.width"); not yet checked.

    Raises `LabError("setting_unknown")` for a key below one that holds no others.
    """
    values = recipe.model_dump()
    for key, value in changes.items():
        *above, last = key.split(".")
        place = values
        for name in above:
            place = place.get(name) if isinstance(place, dict) else None  # type: ignore[assignment]
        if not isinstance(place, dict):
            raise LabError("setting_unknown", where=key)
        place[last] = value
    return values
