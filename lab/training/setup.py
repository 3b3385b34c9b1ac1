"""From a recipe to what the engine works with: a model, a task, and data in batches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import nn

from lab.config import ModelSpec, checked
from lab.documents.text import read_text
from lab.models.loaded import LoadedModel
from lab.models.scratch import PICTURE_SIDE, build
from lab.models.vocabulary import Vocabulary
from lab.objectives._denoise import Canvas
from lab.objectives.base import Batch, Objective, objectives
from lab.recipe import KINDS, SERVES, Data, Recipe
from lab.training.batches import HELD_ROWS, Listed, in_order
from lab.training.corpus import find
from lab.training.dropout import cheapen
from lab.training.extras import noisy, recompute, thrifty
from lab.training.foundation import Foundation
from lab.training.own_pictures import OwnPictures, Retold, base_set
from lab.training.own_pictures import read as read_own
from lab.training.pictures import PictureSet, picture_set
from lab.training.tasks import Batches
from lab.training.text_data import TextData, read

GENERAL_TEXT = 3000
"""Characters read of each of the lab's own documents to see what is forgotten."""
SCRATCH = Canvas(3, PICTURE_SIDE, PICTURE_SIDE)


@dataclass(frozen=True, slots=True)
class General:
    """What is forgotten is seen by it: about so many windows, or pictures; tokens to a byte."""

    windows: Callable[[int], Iterator[Batch]]
    per_byte: float


@dataclass(slots=True)
class Work:
    """All that a run trains with.

    batches  batch n of clean training data
    held     at most n windows (or pictures) of held-out data, batch by batch
    adapter  PEFT's model around `model`, where it begins from one there is and only that learns
    per_byte tokens to a byte of held-out text; 0 for pictures
    classes  of a picture model, by name; `taught` those of a base that are taught, -1 for any
    general  text of the lab's own by its language, or pictures by the name of their set, for a
             model that knew something before
    """

    recipe: Recipe
    model: nn.Module
    objective: Objective[Any, Any]
    batches: Batches
    held: Callable[[int], Iterator[Batch]]
    adapter: Any = None
    per_byte: float = 0.0
    texts: TextData | None = None
    pictures: PictureSet | None = None
    words: Vocabulary | None = None
    classes: tuple[str, ...] = ()
    taught: tuple[int, ...] = ()
    sources: tuple[dict[str, Any], ...] = field(default_factory=tuple)
    general: dict[str, General] = field(default_factory=dict)

    def loaded(self) -> LoadedModel:
        """The model as predictions know one: the same weights, nothing copied."""
        kind = KINDS[self.recipe.objective]
        spec = ModelSpec(
            id="run", title="", source="local", kind=kind, objectives=SERVES[kind],
            licence="", data=(), limits={},
        )  # type: ignore[call-arg]  # fmt: skip
        noising = getattr(self.objective, "noising", None)
        return LoadedModel(
            spec=spec,
            module=self.model,
            precision="fp32",
            device=next(self.model.parameters()).device,
            context=self.recipe.data.length if self.words else 0,
            bytes=0,
            words=self.words,
            schedule=dict(noising.config) if noising is not None else {},
            classes=self.classes,
        )


def set_up(recipe: Recipe, home: Path, kept: Path | None = None) -> Work:
    """Read the data and make the model. Raises `LabError` for what cannot be trained.

    kept  a file in the run's folder that remembers which texts it began with
    """
    kind = objectives()[recipe.objective]
    settings = checked(kind.Config, recipe.settings)
    work = (
        _pictures(recipe, kind, settings, home, kept)
        if recipe.objective == "image"
        else _text(recipe, kind, settings, home, kept)
    )
    if recipe.recompute:
        recompute(work.model)
    elif recipe.base and work.words is not None:
        thrifty(work.model)
    if recipe.dropout and not torch.cuda.is_available():
        cheapen(work.model)
    if recipe.noise and work.words is not None:
        noisy(work.model, recipe.noise)
    return work


def _text(
    recipe: Recipe,
    kind: type[Objective[Any, Any]],
    settings: Any,
    home: Path,
    kept: Path | None,
) -> Work:
    from transformers import PreTrainedTokenizerFast

    wanted = KINDS[recipe.objective]
    foundation = Foundation.of(recipe, wanted, home) if recipe.base else None
    own = foundation.tokenizer if foundation else None
    texts = read(recipe, kind.packs, home, own, kept)
    words = Vocabulary(PreTrainedTokenizerFast.from_pretrained(texts.tokenizer))
    alphabet = words.alphabet
    marker = alphabet.marker
    length = recipe.data.length
    adapter: Any = None
    if foundation is not None:
        model, adapter = foundation.model(alphabet)
    else:
        model = build(wanted, recipe.size, alphabet, dropout=recipe.dropout, context=length)
    batches, held = texts.rows(marker, alphabet.pad)
    return Work(
        recipe=recipe,
        model=model,
        adapter=adapter,
        objective=kind(settings, alphabet),
        batches=batches,
        held=held,
        per_byte=texts.per_byte,
        texts=texts,
        words=words,
        general=general_texts(words, length) if foundation else {},
        sources=texts.sources,
    )


def general_texts(words: Vocabulary, length: int) -> dict[str, General]:
    """The beginning of each of the lab's own texts, in both languages, in rows of `length`."""
    found = {}
    marker = words.alphabet.marker
    for language in ("en", "fr"):
        files = find(Data.model_validate({"language": language}))
        text = "\n\n".join(read_text(file, GENERAL_TEXT) for file in files)
        ids = words.tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]
        read = partial(in_order, Listed(ids), length, HELD_ROWS, marker)
        found[language] = General(read, len(ids) / len(text.encode()))
    return found


def _pictures(
    recipe: Recipe,
    kind: type[Objective[Any, Any]],
    settings: Any,
    home: Path,
    kept: Path | None,
) -> Work:
    if recipe.base:
        return _founded_pictures(recipe, kind, settings, home, kept)
    pictures = _picture_set(recipe, home, SCRATCH, kept)
    named = pictures.classes if len(pictures.classes) > 1 else ()
    make: Any = kind
    return Work(
        recipe=recipe,
        model=build("unet", recipe.size, classes=len(named), dropout=recipe.dropout),
        objective=make(settings, classes=len(named)),
        batches=pictures.batches(recipe.rows, recipe.seed),
        held=pictures.held,
        pictures=pictures,
        classes=named,
        sources=pictures.sources,
    )


def _founded_pictures(
    recipe: Recipe,
    kind: type[Objective[Any, Any]],
    settings: Any,
    home: Path,
    kept: Path | None,
) -> Work:
    """With the base's own noising and classes."""
    foundation = Foundation.of(recipe, "unet", home)
    canvas, (count, names) = foundation.canvas, foundation.classes
    pictures = Retold(_picture_set(recipe, home, canvas, kept), names, count, canvas.channels)
    known = base_set(foundation.folder, canvas)
    retold = Retold(known, names, count, canvas.channels)
    model, adapter = foundation.model()
    make: Any = kind
    return Work(
        recipe=recipe,
        model=model,
        adapter=adapter,
        objective=make(settings, classes=count, schedule=foundation.schedule),
        batches=pictures.batches(recipe.rows, recipe.seed),
        held=pictures.held,
        pictures=pictures,
        classes=names,
        taught=pictures.taught,
        sources=pictures.sources,
        general={known.name: General(retold.held, 0.0)},
    )


def _picture_set(recipe: Recipe, home: Path, canvas: Canvas, kept: Path | None) -> PictureSet:
    if recipe.data.pictures != "folder":
        return picture_set(recipe.data)
    return OwnPictures(read_own(recipe.data, home, canvas, kept), recipe.data.mirror)


def device() -> torch.device:
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")
