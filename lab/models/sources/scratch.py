"""Models with random weights, built when asked: what a model is before it has read anything."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from lab.config import ModelSpec
from lab.models.passports import of_spec
from lab.models.sources.base import CHECKPOINTS, TOKENIZERS, FetchProgress, Source
from lab.passport.facts import Passport, Training
from lab.types import LabError


def find_tokenizer(spec: ModelSpec) -> Path | None:
    """The folder of the tokenizer a scratch model reads with: the shared one its preset names.

    Falls back to a bundled checkpoint's of the same language, whose tokenizer is the same.
    """
    folders = [TOKENIZERS / spec.location, *sorted(CHECKPOINTS.glob(f"*-{spec.location}"))]
    return next((f for f in folders if (f / "tokenizer.json").is_file()), None)


class Scratch(Source):
    """Nothing to fetch and no folder: `lab.models.scratch.build` makes the weights."""

    name: ClassVar[str] = "scratch"

    def locate(self, spec: ModelSpec, home: Path) -> Path | None:
        return None

    def why(self, spec: ModelSpec, home: Path) -> LabError | None:
        if spec.kind == "unet" or find_tokenizer(spec):
            return None
        return LabError("no_tokenizer", model=spec.id, folder=f"assets/tokenizers/{spec.location}")

    def passport(self, spec: ModelSpec, home: Path) -> Passport:
        """It has read nothing, and its seed makes it again."""
        drawn = Training(seed=spec.size.seed if spec.size else 0, steps=0)
        return replace(of_spec(spec), data=(), location="", training=drawn)

    def fetch(self, spec: ModelSpec, home: Path) -> Iterator[FetchProgress]:
        if error := self.why(spec, home):
            raise error
        yield FetchProgress(0, 0, "done")


SOURCE = Scratch()
