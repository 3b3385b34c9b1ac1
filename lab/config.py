"""Everything a person can set, as frozen models with a meaning and bounds for every field.

The same models check a TOML file, a command-line flag and what a browser sends,
and draw the forms on the page. An unknown key is an error, never ignored.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lab.types import Kind, LabError, Read

Precision = Literal["fp32", "bf16", "int8", "nf4"]
MAX_CHARACTERS = 50_000


class Frozen(BaseModel):
    """A configuration that never changes once made and refuses keys it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


C = TypeVar("C", bound=Frozen)


def load_toml(path: Path, model: type[C]) -> C:
    """Read one TOML file into its model.

    Raises `LabError("preset_broken")` naming the file and the first thing wrong with it.
    """
    try:
        return model.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise LabError("preset_broken", file=path.name, where=where, why=first["msg"]) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise LabError("preset_broken", file=path.name, where="TOML", why=str(error)) from error


_COMPLAINTS = {
    "greater_than_equal": ("setting_too_small", "ge"),
    "greater_than": ("setting_not_above", "gt"),
    "less_than_equal": ("setting_too_large", "le"),
    "less_than": ("setting_not_below", "lt"),
    "literal_error": ("setting_choice", "expected"),
    "string_too_long": ("setting_too_long", "max_length"),
    "extra_forbidden": ("setting_unknown", ""),
    "string_unicode": ("setting_not_text", ""),
}
"""What pydantic finds wrong, as a sentence's key, and the bound that the sentence names."""


OWN_COMPLAINTS = frozenset(
    {"heads_do_not_divide", "head_width_odd", "few_bits_rest", "pictures_rest_whole"}
)
"""Kinds of complaint that are keys of sentences themselves, their context being the facts."""


def checked(model: type[C], data: Mapping[str, object]) -> C:
    """`data` as a configuration.

    Raises `LabError` naming the first setting that does not fit, and what would.
    """
    try:
        return model.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        if first["type"] in OWN_COMPLAINTS:
            raise LabError(first["type"], **first["ctx"]) from error
        key, bound = _COMPLAINTS.get(first["type"], ("bad_setting", ""))
        # pydantic quotes choices and sets an English "or" before the last.
        limit = str(first["ctx"][bound]).replace(" or ", ", ").replace("'", "") if bound else ""
        facts = {"limit": limit} if bound else {}
        raise LabError(key, where=where, why=first["msg"], **facts) from error


class Size(Frozen):
    """The body of a model built from scratch."""

    layers: int = Field(4, ge=1, le=24, description="how many blocks the text passes through")
    width: int = Field(128, ge=32, le=1024, description="numbers that describe one token")
    heads: int = Field(4, ge=1, le=16, description="attentions side by side; must divide the width")
    seed: int = Field(0, ge=0, le=2**31 - 1, description="the draw of the first random weights")

    def unfit(self, kind: Kind) -> LabError | None:
        """Why a body of that kind cannot share its width among the heads; `None` where it can."""
        facts = {"width": self.width, "heads": self.heads}
        share, rest = divmod(self.width, self.heads)
        if rest:
            return LabError("heads_do_not_divide", **facts)
        # Rotary positions turn the numbers of a head pair by pair (RoFormer, Su et al. 2021).
        if share % 2 and kind in ("causal", "masked"):
            return LabError("head_width_odd", **facts, share=share, even=2 * self.heads)
        return None


class Examination(Frozen):
    """A probe put to models."""

    models: tuple[str, ...] = Field(description="asked one after the other")
    probe: str = Field(description="which of the probes")
    languages: tuple[str, ...] = Field((), description="of the lab's own questions; empty: all")
    precision: Precision = Field("fp32", description="how the weights are held")
    most: int = Field(0, ge=0, description="questions asked at most; 0: all")
    tasks: tuple[str, ...] = Field((), description="names of tasks, for a probe that has such")


class ModelSpec(Frozen):
    """One entry of the catalogue, presets/models/*.toml."""

    id: str = Field(
        pattern=r"^[A-Za-z0-9].{0,299}$", description="or source:location, see Catalogue"
    )
    title: str
    source: str
    kind: Kind
    objectives: tuple[str, ...] = Field(min_length=1)
    location: str = Field("", description="a repository, a package, a folder or a body's name")
    revision: str = Field("", description="the pinned commit or version")
    sha256: str = Field("", description="of the one file that is fetched, where there is one")
    parameters: int = Field(0, ge=0)
    download_bytes: int = Field(0, ge=0, description="0 when nothing has to be fetched")
    licence: str
    data: tuple[Read, ...] = Field(description="what it was trained on; empty when not published")
    languages: tuple[str, ...] = ()
    limits: dict[str, str] = Field(description="known limits, a sentence a language")
    base: str = Field("", description="the model of the catalogue that it was made from")
    for_show: bool = Field(False, description="to be set beside its base, not to be chosen for use")
    context: int = Field(0, ge=0, description="tokens it can read at once; 0: ask its config")
    size: Size | None = Field(None, description="for a model built from scratch")


class NextTokenConfig(Frozen):
    """Predict each token from those before it."""


class MaskedTokenConfig(Frozen):
    """Predict hidden tokens from both sides (BERT, Devlin et al. 2018, section 3.1)."""

    ratio: float = Field(0.15, gt=0, le=1, description="share of tokens the model must guess")
    keep: float = Field(0.1, ge=0, le=1, description="share of those that are left as they are")
    swap: float = Field(0.1, ge=0, le=1, description="share of those replaced by a random token")


class SpanDenoisingConfig(Frozen):
    """Write what was cut out (T5, Raffel et al. 2020, section 3.1.4)."""

    ratio: float = Field(0.15, gt=0, lt=1, description="share of tokens that are cut out")
    mean_span: float = Field(3.0, ge=1, le=20, description="average length of a cut, in tokens")


class MaskedDiffusionConfig(Frozen):
    """Hide any share of the text and learn to bring it back (MDLM, Sahoo et al. 2024)."""

    schedule: Literal["linear", "cosine"] = Field("linear", description="how masking grows with t")
    floor: float = Field(1e-3, gt=0, lt=0.5, description="smallest time drawn in training")


class ImageDiffusionConfig(Frozen):
    """Take Gaussian noise out of a picture (DDPM, Ho et al. 2020)."""

    timesteps: int = Field(1000, ge=10, le=4000, description="steps of the noising")
    schedule: Literal["linear", "squaredcos_cap_v2"] = Field(
        "squaredcos_cap_v2", description="how noise grows with time"
    )
    prediction: Literal["epsilon", "v_prediction"] = Field(
        "epsilon", description="what the model says: the noise, or the velocity"
    )
    drop_class: float = Field(0.1, ge=0, lt=1, description="share trained without the class")
