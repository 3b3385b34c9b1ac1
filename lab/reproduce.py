"""A fine-tuning as the command that makes it again."""

from __future__ import annotations

import json
import shlex
import tomllib
from collections.abc import Mapping
from typing import Any

from lab.recipe import TUNING, Recipe, recipe_names, shipped

UNTOLD = frozenset({"title", "family", "log", "data.paths", "base"})
"""Settings that do not change what is learnt, or that have an option of their own."""


def command(recipe: Recipe) -> str:
    """The nearest preset, and `--set` for all that differs; for a POSIX shell."""
    told = _flat(recipe.model_dump(mode="json"))
    presets = {name: _flat(shipped(name, TUNING).model_dump()) for name in recipe_names(TUNING)}
    differing = {name: _differing(told, values) for name, values in presets.items()}
    nearest = min(differing, key=lambda name: (len(differing[name]), name != "balanced"))
    words = ["pretext-lab", "finetune", "--preset", nearest]
    if recipe.base != presets[nearest]["base"]:
        words += ["--model", recipe.base]
    for path in recipe.data.paths:
        words += ["--docs", path]
    for key, value in differing[nearest].items():
        words += ["--set", f"{key}={_toml(value)}"]
    return shlex.join(words)


def _differing(told: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: value
        for key, value in told.items()
        if key not in UNTOLD and (key not in values or _plain(values[key]) != _plain(value))
    }


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _flat(values: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    """Nested values under dotted keys."""
    found: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, Mapping):
            found |= _flat(value, f"{before}{key}.")
        else:
            found[before + key] = value
    return found


def _toml(value: Any) -> str:
    """As `--set` reads it: JSON is TOML for all that a recipe holds; a plain word stays bare."""
    written = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, str):
        return written
    try:
        tomllib.loads(f"v = {value}")
    except tomllib.TOMLDecodeError:
        return value
    return written
