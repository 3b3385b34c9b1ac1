"""Who may import whom, read from the source: the rule that keeps the lab one house."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
HEAVY = {"torch", "transformers", "diffusers", "gradio", "peft", "bitsandbytes", "accelerate"}
MAY_BE_HEAVY = ("lab.objectives", "lab.training", "lab.evaluation", "lab.documents.packing")
"""Packages that may import torch at module top (gradio is the page's alone)."""
HEAVY_MODELS = {
    *("loaded", "load", "sparse", "scratch", "lens", "pool", "turn", "memory", "weights"),
    *("convert", "layout", "literal", "both_ways", "one_row", "fused", "share", "stack"),
}
"""Insides of lab.models that may too; its catalogue and its sources may not."""

FLOOR = {
    *("lab.types", "lab.config", "lab.recipe", "lab.prompts", "lab.registry", "lab.texts"),
    *("lab.machine", "lab.history", "lab.papers", "lab.verdict", "lab.reproduce"),
    *("lab.licences", "lab.findings", "lab.pictures", "lab.charts", "lab.passport"),
    *("lab.saying", "lab.choosing", "lab.arithmetic"),
}
LEVELS: dict[str, set[str]] = {
    "lab.types": set(),
    "lab.registry": {"lab.types"},
    "lab.texts": {"lab.types"},
    "lab.machine": {"lab.types"},
    "lab.arithmetic": set(),
    "lab.history": {"lab.types"},
    "lab.papers": {"lab.types"},
    "lab.pictures": {"lab.types"},
    "lab.licences": {"lab.types"},
    "lab.findings": {"lab.types"},
    "lab.charts": {"lab.types", "lab.findings", "lab.papers"},
    "lab.verdict": {"lab.types", "lab.licences"},
    "lab.saying": {"lab.types", "lab.choosing", "lab.licences", "lab.findings"}
    | {"lab.verdict", "lab.texts"},
    "lab.passport": {"lab.types", "lab.licences", "lab.findings", "lab.verdict"}
    | {"lab.saying", "lab.texts"},
    "lab.choosing": {"lab.types", "lab.config", "lab.licences", "lab.findings"},
    "lab.config": {"lab.types"},
    "lab.recipe": {"lab.types", "lab.config", "lab.texts"},
    "lab.reproduce": {"lab.recipe"},
    "lab.prompts": {"lab.types", "lab.config"},
    "lab.playback": {"lab.types"},
    "lab.models": FLOOR,
    # An objective is told of a loaded model, and a model of the objectives it serves.
    "lab.objectives": FLOOR | {"lab.models"},
    "lab.documents": FLOOR,
    "lab.training": FLOOR | {"lab.objectives", "lab.models", "lab.documents"},
    # Evaluation may look at what training makes and draws; training never evaluates.
    "lab.evaluation": FLOOR | {"lab.objectives", "lab.models", "lab.documents", "lab.training"},
    "lab.trainings": FLOOR | {"lab.training", "lab.models", "lab.documents"},
    "lab.examinations": FLOOR | {"lab.evaluation", "lab.models"},
    "lab.known": FLOOR | {"lab.models", "lab.training"},
    "lab.session": FLOOR
    | {"lab.playback", "lab.trainings", "lab.examinations", "lab.known"}
    | {"lab.objectives", "lab.models"},
    "lab.doctor": FLOOR,
    "lab.views": {"lab.types", "lab.history", "lab.papers", "lab.verdict", "lab.charts"},
    # Lessons stand on the door, as the page does.
    "lab.lessons": FLOOR | {"lab.session", "lab.views"},
    "lab.ui": FLOOR | {"lab.session", "lab.lessons", "lab.doctor", "lab.views"},
    "lab.cli": FLOOR | {"lab.session", "lab.lessons", "lab.doctor", "lab.ui", "lab"},
    "lab.__main__": {"lab.cli"},
    "lab": set(),
}
"""What each part may import besides itself."""


@dataclass(frozen=True)
class Import:
    """One import: `late` inside a function, `typed` under TYPE_CHECKING."""

    module: str
    line: int
    late: bool
    typed: bool


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def part_of(module: str) -> str:
    """The longest listed part that a module belongs to."""
    names = module.split(".")
    for length in (3, 2, 1):
        if (name := ".".join(names[:length])) in LEVELS:
            return name
    return module


def imports(path: Path) -> Iterator[Import]:
    yield from _walk(ast.parse(path.read_text(encoding="utf-8")), late=False, typed=False)


def _walk(node: ast.AST, late: bool, typed: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            for alias in child.names:
                yield Import(alias.name, child.lineno, late, typed)
        elif isinstance(child, ast.ImportFrom):
            assert child.level == 0, f"relative import in line {child.lineno}"
            for alias in child.names:
                # `from lab import prompts` imports lab.prompts
                whole = f"{child.module}.{alias.name}"
                yield Import(
                    whole if whole in LEVELS else str(child.module), child.lineno, late, typed
                )
        elif isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            yield from _walk(child, late, True)
        else:
            inside = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            yield from _walk(child, late or inside, typed)


def test_the_rule_knows_an_offence_when_it_sees_one(tmp_path: Path) -> None:
    file = tmp_path / "m.py"
    file.write_text(
        "import torch\nfrom typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import gradio\n"
        "def f():\n    from lab import prompts\n"
    )
    found = {(i.module, i.late, i.typed) for i in imports(file)}
    assert ("torch", False, False) in found
    assert ("gradio", False, True) in found
    assert ("lab.prompts", True, False) in found


FILES = sorted((ROOT / "lab").rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=module_name)
def test_imports_go_one_way(path: Path) -> None:
    own = part_of(module_name(path))
    assert own in LEVELS, f"{own} has no place in the layers: give it one in {__file__}"
    for found in imports(path):
        if found.module.split(".")[0] != "lab" or found.typed:
            continue
        other = part_of(found.module)
        assert other == own or other in LEVELS[own], f"line {found.line}: {own} imports {other}"


@pytest.mark.parametrize("path", FILES, ids=module_name)
def test_heavy_libraries_are_imported_late(path: Path) -> None:
    name = module_name(path)
    names = name.split(".")
    within_models = names[:2] == ["lab", "models"] and names[2:3] and names[2] in HEAVY_MODELS
    may = name.startswith(MAY_BE_HEAVY) or bool(within_models)
    for found in imports(path):
        library = found.module.split(".")[0]
        if library not in HEAVY or found.typed:
            continue
        if library == "gradio":
            assert name.startswith("lab.ui"), f"line {found.line}: only the page imports gradio"
        elif name.startswith(("lab.ui", "lab.views")):
            pytest.fail(f"line {found.line}: the page and its views never import {library}")
        elif not found.late:
            assert may, f"line {found.line}: import {library} inside the function that needs it"


@pytest.mark.parametrize("path", FILES, ids=module_name)
def test_files_stay_readable(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 300, "split this file: 300 lines are the most"
