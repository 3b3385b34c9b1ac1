"""What is found, and what is refused aloud."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from lab.registry import discover

Maker = Callable[..., ModuleType]


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Maker]:
    """Makes a package of the given files and imports it."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def package(**files: str) -> ModuleType:
        folder = tmp_path / "found_things"
        folder.mkdir()
        (folder / "__init__.py").write_text("")
        for name, text in files.items():
            (folder / f"{name}.py").write_text(text)
        importlib.invalidate_caches()
        return importlib.import_module("found_things")

    yield package
    for name in [name for name in sys.modules if name.split(".")[0] == "found_things"]:
        del sys.modules[name]


def test_each_module_is_found_under_its_own_name(make: Maker) -> None:
    assert discover(make(a="THING = 1", b="THING = 2"), "THING", int) == {"a": 1, "b": 2}


def test_shared_code_exports_nothing(make: Maker) -> None:
    assert discover(make(base="x = 1", _shared="x = 1", a="THING = 1"), "THING", int) == {"a": 1}


def test_an_export_may_name_itself(make: Maker) -> None:
    named = "class Named(str):\n    name = 'called'\nTHING = Named('x')"
    assert list(discover(make(a=named), "THING", str)) == ["called"]


@pytest.mark.parametrize("wrong", ["", "OTHER = 1", "THING = 'text'"])
def test_a_wrong_export_is_refused(make: Maker, wrong: str) -> None:
    with pytest.raises(TypeError, match=r"found_things\.a must export THING"):
        discover(make(a=wrong), "THING", int)


def test_a_name_is_taken_only_once(make: Maker) -> None:
    named = "class Named(str):\n    name = 'called'\nTHING = Named('x')"
    with pytest.raises(TypeError, match="taken name 'called'"):
        discover(make(a=named, b=named), "THING", str)
