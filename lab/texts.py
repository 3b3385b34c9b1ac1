"""The page's and the command line's texts, in assets/text/*.toml, one file a language."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from lab.types import Fact, LabError

ASSETS = Path(__file__).resolve().parent.parent / "assets"
LANGUAGES = ("en", "fr")
_SLOT = re.compile(r"\{(\w+)\}")


@cache
def texts(language: str) -> dict[str, str]:
    """Every text of a language under its dotted key; an unknown language reads as English."""
    name = language if language in LANGUAGES else "en"
    with (ASSETS / "text" / f"{name}.toml").open("rb") as file:
        return dict(_flatten(tomllib.load(file), ""))


def _flatten(tree: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, str]]:
    for key, value in tree.items():
        if isinstance(value, Mapping):
            yield from _flatten(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", str(value)


def say(language: str, key: str, /, **facts: Fact) -> str:
    """The text of `key` with {slots} filled, once: a fact is never read as a template itself."""
    text = texts(language).get(key, key)
    return _SLOT.sub(lambda slot: str(facts.get(slot[1], slot[0])), text)


def sentence(language: str, error: LabError) -> str:
    """An error as the sentence a person reads."""
    return say(language, f"error.{error.key}", **error.facts)
