"""Find what a package offers: one declared export a module, nothing to register by hand."""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType
from typing import TypeVar

T = TypeVar("T")


def discover(package: ModuleType, export: str, kind: type[T]) -> dict[str, T]:
    """Import every module of `package` and collect its `export`, keyed by the export's `name`.

    Modules that begin with an underscore or are called `base` hold shared code
    and export nothing. Anything else without the export, with one of another
    type, or with a name already taken raises `TypeError` at once: a file that
    is silently ignored is the worst kind of missing feature.
    """
    found: dict[str, T] = {}
    for info in sorted(pkgutil.iter_modules(package.__path__), key=lambda m: m.name):
        if info.name.startswith("_") or info.name == "base":
            continue
        module = importlib.import_module(f"{package.__name__}.{info.name}")
        item = getattr(module, export, None)
        if not isinstance(item, kind):
            raise TypeError(f"{module.__name__} must export {export}, a {kind.__name__}")
        name = getattr(item, "name", info.name)
        if name in found:
            raise TypeError(f"{module.__name__} exports {export} under the taken name {name!r}")
        found[name] = item
    return found
