"""What a person sees before the start is what training will read: the very same rows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from lab.papers import Readiness, Reading
from lab.recipe import Recipe
from lab.training.preview import first_rows, readiness, reading
from lab.training.setup import set_up

MakeRecipe = Callable[..., Recipe]


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    folder.mkdir()
    for i in range(16):
        text = (
            f"Note {i}. The committee of street {i} met on day {i}, and bought {3 * i} chairs, "
            f"one of them red, the others of the {i}th best wood that could be had there." * 2
        )
        (folder / f"{i:02}.txt").write_text(text, encoding="utf-8")
    (folder / "broken.pdf").write_bytes(b"no pdf at all")
    return folder


def told(recipe: MakeRecipe, notes: Path, objective: str = "next") -> Recipe:
    return recipe(objective, data__paths=[str(notes)], data__apart=True, data__length=64)


def test_documents_are_counted_and_the_broken_one_named(
    recipe: MakeRecipe, notes: Path, home: Path
) -> None:
    found = readiness(told(recipe, notes), home)
    assert len(found.papers) == 17
    assert [p.name for p in found.papers if p.why is not None] == ["broken.pdf"]
    assert {s.held for s in found.shares} == {False, True}
    assert found.learnt == sum(s.learnt for s in found.shares if not s.held)
    assert found.by == "document"
    assert 0 < found.filled <= 1


@pytest.mark.parametrize("objective", ["next", "masked", "diffusion", "span"])
def test_the_rows_shown_are_those_of_training(
    recipe: MakeRecipe, notes: Path, home: Path, objective: str
) -> None:
    asked = told(recipe, notes, objective)
    rows = first_rows(asked, home, 0, 3)
    work = set_up(asked, home)
    batch = work.batches(0)
    assert work.words is not None
    assert len(rows) == 3
    aims = [cell for row in rows for cell in (row.written or row.cells) if cell.weight]
    assert aims
    assert all(cell.target for cell in aims)
    for row, ids in zip(rows, batch.text, strict=False):
        if objective == "next":
            whole = "".join(cell.text for cell in row.cells if cell.text_of >= 0)
            assert "committee" in whole
            # The target stands under the very token that must be said.
            assert all(cell.target == cell.text for cell in row.cells if cell.weight)
            assert {cell.text_of for cell in row.cells} - {-1}
        if objective in ("masked", "diffusion"):
            clean = work.words.pieces(ids.tolist())
            assert all(cell.target == clean[n] for n, cell in enumerate(row.cells) if cell.weight)


def test_word_of_how_far_it_has_come(recipe: MakeRecipe, notes: Path, tmp_path: Path) -> None:
    said = list(reading(told(recipe, notes), tmp_path / "fresh"))
    assert all(isinstance(item, Reading) for item in said[:-1])
    assert isinstance(said[-1], Readiness)
    assert len(said) > 10


def test_too_little_is_told_with_what_there_is(
    recipe: MakeRecipe, notes: Path, tmp_path: Path
) -> None:
    *_, nowhere = reading(told(recipe, tmp_path / "nowhere"), tmp_path / "fresh")
    assert isinstance(nowhere, Readiness)
    assert nowhere.why is not None
    assert nowhere.why.key == "nothing_readable"
    assert [p.why.key for p in nowhere.papers if p.why] == ["no_such_path"]
    long = recipe("next", data__paths=[str(notes)], data__apart=True, data__length=2048)
    *_, few = reading(long, tmp_path / "fresh")
    assert isinstance(few, Readiness)
    assert few.why is not None
    assert (few.why.key, len(few.papers)) == ("too_few_tokens", 17)
