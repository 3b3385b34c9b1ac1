"""What the documents say is so: commands, targets, links and the table of models.

`python -m tests.test_docs` writes the table into the README.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from functools import cache
from pathlib import Path

import pytest
import typer

from lab.cli import build
from lab.config import ModelSpec, load_toml
from lab.lessons.check import flaws
from lab.lessons.schema import (
    Asked,
    Figures,
    Growth,
    Guess,
    Lesson,
    Option,
    Read,
    Source,
    Try,
)
from lab.session import Session

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
DOCUMENTS = [README, ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
TABLE = re.compile(r"(<!-- models: [^>]*-->\n).*?(<!-- /models -->)", re.DOTALL)


def specs() -> list[ModelSpec]:
    found = [load_toml(path, ModelSpec) for path in (ROOT / "presets" / "models").glob("*.toml")]
    sources = ["bundled", "scratch", "wheel", "hub", "local"]
    return sorted(found, key=lambda spec: (sources.index(spec.source), spec.parameters, spec.id))


def models_table() -> str:
    """The catalogue as a table, from the presets."""
    lines = [
        "| model | source | objectives | parameters | download | languages | licence |",
        "| --- | --- | --- | ---: | ---: | --- | --- |",
    ]
    for spec in specs():
        parameters = f"{spec.parameters / 1e6:.1f} M" if spec.parameters else "as you like"
        download = f"{spec.download_bytes / 1e6:.0f} MB" if spec.download_bytes else "–"
        cells = (
            *(f"`{spec.id}`", spec.source, ", ".join(spec.objectives), parameters, download),
            *(", ".join(spec.languages) or "–", spec.licence),
        )
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


@cache
def prose(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def commands() -> dict[str, set[str]]:
    """Each command with the options it takes, groups as "models get"."""

    def walk(command: object, name: str) -> dict[str, set[str]]:
        options = {o for p in getattr(command, "params", []) for o in (*p.opts, *p.secondary_opts)}
        found = {name: options | {"--help", "--lang"}}
        for child, inner in getattr(command, "commands", {}).items():
            found |= walk(inner, f"{name} {child}".strip())
        return found

    return walk(typer.main.get_command(build()), "")


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: p.name)
def test_every_link_leads_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", prose(path)):
        if target.startswith(("http://", "https://")):
            continue
        there = (path.parent / target).resolve()
        assert there.exists(), f"{path.name} links {target}"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: p.name)
def test_every_command_exists(path: Path) -> None:
    known = commands()
    for line in re.findall(r"pretext-lab ([^`\n]*)", prose(path)):
        words = line.split("#")[0].split()
        name = ""
        while words and f"{name} {words[0]}".strip() in known:
            name = f"{name} {words.pop(0)}".strip()
        for option in re.findall(r"(?<!\S)--[a-z-]+", " ".join(words)):
            assert option in known[name], f"{path.name}: pretext-lab {name} has no {option}"
        if line[:1].isalpha():
            first = line.split()[0].rstrip(".,:;")
            assert name or not re.fullmatch(r"[a-z]+", first), f"{path.name}: pretext-lab {first}"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: p.name)
def test_every_make_target_exists(path: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", prose(ROOT / "Makefile"), re.MULTILINE))
    code = re.findall(r"`([^`\n]+)`|^(make [^\n]+)", prose(path), re.MULTILINE)
    for quoted in ("".join(parts) for parts in code):
        if match := re.match(r"make ([a-z-]+)", quoted):
            assert match[1] in targets, f"{path.name}: make {match[1]}"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: p.name)
def test_every_file_named_exists(path: Path) -> None:
    places = ("lab/", "tests/", "assets/", "presets/", "benchmarks/", "docs/")
    for name in re.findall(r"`([\w./-]+)`", prose(path)):
        if name.startswith(places) and "XX" not in name and "my-model" not in name:
            assert (ROOT / name).exists(), f"{path.name} names {name}"


def test_the_table_of_models_is_the_catalogue() -> None:
    found = TABLE.search(prose(README))
    assert found is not None
    assert found[0] == found[1] + models_table() + found[2], "run python -m tests.test_docs"


def test_the_readme_names_the_python_it_needs() -> None:
    needs = re.search(r'requires-python = ">=([\d.]+)"', prose(ROOT / "pyproject.toml"))
    assert needs is not None
    assert f"Python {needs[1]} or newer" in prose(README)


def test_the_picture_of_the_layers_names_each() -> None:
    drawn = ElementTree.parse(ROOT / "docs" / "pictures" / "layers.svg")
    words = " ".join(text for element in drawn.iter() for text in element.itertext())
    for package in (p.parent.name for p in (ROOT / "lab").glob("*/__init__.py")):
        assert package in words, f"the picture does not show {package}"


def test_the_lesson_of_the_guide_is_sound(tmp_path: Path) -> None:
    found = re.search(r"<!-- lesson -->\n```toml\n(.*?)```", prose(ROOT / "docs/lessons.md"), re.S)
    assert found is not None
    file = tmp_path / "mine.toml"
    file.write_text(found[1], encoding="utf-8")
    assert flaws(file, Session(tmp_path / "home")) == []


def test_the_guide_names_every_key_of_a_lesson() -> None:
    told = prose(ROOT / "docs" / "lessons.md")
    models = (Lesson, Source, Option, Read, Guess, Figures, Growth, Try, Asked)
    for name in {name for model in models for name in model.model_fields}:
        assert name in told, name


def test_every_pin_is_exact() -> None:
    lines = [line for line in prose(ROOT / "constraints.txt").splitlines() if line.strip()]
    for line in lines:
        assert line.startswith("#") or re.fullmatch(r"[\w-]+==[\w.]+", line), line
    pinned = {re.split("==", line)[0].lower().replace("_", "-") for line in lines}
    asked = re.findall(r'^  "([\w-]+)[<>=]', prose(ROOT / "pyproject.toml"), re.MULTILINE)
    assert asked
    assert not [name for name in asked if name.lower().replace("_", "-") not in pinned]


def test_published_requirements_stay_open_upwards() -> None:
    block = prose(ROOT / "pyproject.toml").split("dependencies = [")[1].split("]\n")[0]
    for requirement in re.findall(r'"([^"]+)"', block):
        assert re.fullmatch(r"[\w-]+>=[\d.]+", requirement), requirement


if __name__ == "__main__":
    README.write_text(
        TABLE.sub(lambda m: m[1] + models_table() + m[2], prose(README)), encoding="utf-8"
    )
