"""Documents as the rows of a run: apart from each other, measured on what is held out."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lab.documents.process import Process
from lab.recipe import Recipe
from lab.training.engine import Engine
from lab.training.preview import readiness
from lab.training.setup import set_up
from lab.training.text_data import Apart
from lab.types import LabError

MakeRecipe = Callable[..., Recipe]
NOTE = "On the {i}th of May the committee of street {i} met at {i} o’clock and bought {i} chairs."


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    folder.mkdir()
    for i in range(20):
        (folder / f"note-{i:02}.md").write_text(
            f"# Note {i}\n\n" + "\n\n".join(NOTE.format(i=100 * i + j) for j in range(1 + i % 4)),
            encoding="utf-8",
        )
    return folder


@pytest.mark.parametrize("objective", ["next", "masked", "span"])
def test_documents_are_read_apart(
    recipe: MakeRecipe, notes: Path, home: Path, objective: str
) -> None:
    told = recipe(objective, data__paths=[str(notes)], data__apart=True, data__length=64)
    work = set_up(told, home)
    held = {s["name"] for s in work.sources if s["held_out"]}
    learnt = {s["name"] for s in work.sources if not s["held_out"]}
    assert held
    assert learnt
    assert not held & learnt
    batch = work.batches(0)
    assert (batch.places is not None) == (objective == "next")
    assert batch.learn is not None
    text = work.words.tokenizer.decode(batch.text[0]) if work.words else ""
    assert "committee" in text
    windows = [len(one.text) for one in work.held(4)]
    assert sum(windows) <= 4


def test_a_run_learns_from_documents(
    recipe: MakeRecipe, engine: Callable[..., Engine], notes: Path
) -> None:
    told = recipe("next", data__paths=[str(notes)], data__apart=True, data__length=64, steps=12)
    found = engine(told)
    losses = [found.step()[0] for _ in range(12)]
    assert sum(losses[-3:]) < sum(losses[:3])
    assert found.progress.carried < found.progress.seen <= 12 * 4 * 64


@pytest.mark.parametrize("apart", [True, False])
def test_a_run_goes_on_with_what_it_began_with(
    recipe: MakeRecipe, notes: Path, home: Path, tmp_path: Path, apart: bool
) -> None:
    told = recipe("next", data__paths=[str(notes)], data__apart=apart, data__length=32)
    kept = tmp_path / "data.json"
    first = set_up(told, home, kept).batches(3).text
    (notes / "note-03.md").write_text("Something else altogether. " * 50)
    assert set_up(told, home, kept).batches(3).text.equal(first), "changed meanwhile"
    assert not set_up(told, home).batches(3).text.equal(first), "a new run reads what is there"
    for file in notes.iterdir():
        file.unlink()
    notes.rmdir()
    assert set_up(told, home, kept).batches(3).text.equal(first), "gone meanwhile"


def test_a_document_that_could_not_be_read_once_is_no_reason_to_leave_it_out_ever_after(
    recipe: MakeRecipe, notes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    told = recipe("next", data__paths=[str(notes)], data__apart=True, data__length=64)
    ask = Process.ask

    def in_need(self: Process, question: dict[str, Any], size: int) -> dict[str, Any]:
        if question["file"].endswith("note-07.md"):
            return {"why": {"key": "paper_machine", "facts": {"name": "", "why": "full"}}}
        return ask(self, question, size)

    monkeypatch.setattr(Process, "ask", in_need)
    names = {source["name"] for source in set_up(told, home).sources}
    monkeypatch.setattr(Process, "ask", ask)
    assert {source["name"] for source in set_up(told, home).sources} - names == {"note-07.md"}


def test_answers_alone_are_learnt(recipe: MakeRecipe, home: Path, tmp_path: Path) -> None:
    rows = [{"prompt": f"How much is {i} and {i}?", "answer": f"It is {2 * i}."} for i in range(60)]
    file = tmp_path / "sums.jsonl"
    file.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    told = recipe("next", data__paths=[str(file)], data__apart=True, data__length=64)
    work = set_up(told, home)
    batch: Any = work.batches(0)
    assert work.words is not None
    learnt = work.words.tokenizer.decode(batch.ids[0][batch.learn[0]])
    assert "It is" in learnt
    assert "How much" not in learnt


def test_an_answer_behind_a_long_question_is_learnt_and_counted(
    recipe: MakeRecipe, home: Path, tmp_path: Path
) -> None:
    """Bytes and tokens of a verdict, and of the page, are those that are read."""
    asked = " ".join(f"and {i}" for i in range(120))
    rows = [
        {"prompt": f"How much is {n} {asked}?", "answer": f"It is {n} more than ever. " * 9}
        for n in range(60)
    ]
    file = tmp_path / "sums.jsonl"
    file.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    told = recipe("next", data__paths=[str(file)], data__apart=True, data__length=48)
    ready = readiness(told, home)
    assert ready.long == 60
    work = set_up(told, home)
    batch: Any = work.batches(0)
    assert work.words is not None
    decode = work.words.tokenizer.decode
    for ids, learn in zip(batch.ids, batch.learn, strict=True):
        assert "?" in decode(ids[~learn])
        assert decode(ids[learn]).strip().startswith("It is")
    alphabet = work.words.alphabet
    assert isinstance(work.texts, Apart)
    held = list(work.texts.held_documents(alphabet.marker, alphabet.pad))
    said = [decode(b.ids[i][b.learn[i]], skip_special_tokens=True) for _, bs in held for b in bs
            for i in range(len(b.ids))]  # fmt: skip
    assert sum(size for size, _ in held) == pytest.approx(sum(map(len, said)), rel=0.05)
    assert ready.held == sum(int(b.learn.sum()) for _, batches in held for b in batches)
    assert sum(s.bytes for s in ready.shares if s.held) > 2 * sum(map(len, said))


def test_too_little_is_told_with_how_much_would_do(
    recipe: MakeRecipe, home: Path, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_text("Three words only.")
    told = recipe("next", data__paths=[str(tmp_path / "a.txt")], data__apart=True)
    with pytest.raises(LabError, match="too_few_tokens") as caught:
        set_up(told, home)
    assert caught.value.facts["need"] == 64
