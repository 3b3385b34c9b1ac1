"""What a run learnt from, looked through: its own side alone, and also when documents are gone."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from lab.config import checked
from lab.recipe import TUNING, Recipe, changed, shipped
from lab.session import Session
from lab.training.folder import RunFolder
from lab.training.text_data import read
from lab.types import LabError

STATUTES = "\n\n".join(
    f"Rule {n}. Members of room {3 * n} bring {n} chairs, and the keeper counts them by lamp light."
    for n in range(1, 60)
)
LETTER = "\n\n".join(
    f"Dear friend number {n}, the ferry carries goats to the island of Ostrel on day {n} of May."
    for n in range(1, 60)
)


@pytest.fixture
def session(tmp_path: Path) -> Session:
    return Session(tmp_path / "home")


@pytest.fixture
def papers(tmp_path: Path) -> Path:
    folder = tmp_path / "papers"
    folder.mkdir()
    for name, text in (("statutes", STATUTES), ("letter", LETTER)):
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")
    return folder


def run_on(session: Session, *paths: Path, **changes: Any) -> RunFolder:
    dotted = {key.replace("__", "."): value for key, value in changes.items()}
    plain = {"base": "tiny-next-en", "data.paths": [str(path) for path in paths]}
    values = changed(shipped("quick", TUNING), plain | dotted)
    return session.trainings.runs.create(checked(Recipe, values))


def documents(session: Session, run: RunFolder | str, text: str) -> set[str]:
    return {one.document for one in session.trainings.nearest(run, text).passages}


def test_the_nearest_passage_of_a_run_is_among_what_it_learnt(
    session: Session, papers: Path
) -> None:
    run = run_on(session, papers, data__held_out=["statutes.txt"])
    found = session.trainings.nearest(run.name, "On day 17 of May goats go to Ostrel")
    assert found.passages[0].document == "letter.txt"
    assert "day 17 of May" in found.passages[0].text
    # What was held out was not learnt: it is never shown as if it were.
    assert documents(session, run, "The keeper of rule 17 counts by lamp light") <= {"letter.txt"}


def test_what_was_read_is_looked_through_when_the_documents_are_gone(
    session: Session, papers: Path
) -> None:
    from lab.models.catalogue import Catalogue
    from lab.training.foundation import Foundation

    run = run_on(session, papers, data__held_out=["statutes.txt"])
    home = session.catalogue.home
    assert isinstance(session.catalogue, Catalogue)
    tokenizer = Foundation.of(run.recipe, "causal", home).tokenizer
    read(run.recipe, True, home, tokenizer, run.path / "data.json")
    shutil.rmtree(papers)
    assert documents(session, run, "friend number 17 has goats") == {"letter.txt"}


def test_documents_that_are_gone_are_said_to_be(session: Session, papers: Path) -> None:
    run = run_on(session, papers)
    shutil.rmtree(papers)
    with pytest.raises(LabError, match="near_gone"):
        session.trainings.nearest(run.name, "goats")


def test_books_that_do_not_ship_are_said_to_lie_elsewhere(session: Session) -> None:
    with pytest.raises(LabError, match="near_elsewhere"):
        session.trainings.nearest("tiny-next-en", "Once upon a time")


def test_pictures_cannot_be_compared_with_words(session: Session, papers: Path) -> None:
    values = changed(shipped("pictures", TUNING), {"data.paths": [str(papers)]})
    run = session.trainings.runs.create(checked(Recipe, values))
    with pytest.raises(LabError, match="near_pictures"):
        session.trainings.nearest(run.name, "a cat")


def test_texts_that_run_on_leave_out_what_was_held_out(session: Session, papers: Path) -> None:
    import hashlib

    run = run_on(session, papers, data__apart=False)
    shas = {f.name: hashlib.sha256(f.read_bytes()).hexdigest() for f in papers.iterdir()}
    sources = [
        {"name": name, "sha256": sha, "held_out": name == "statutes.txt"}
        for name, sha in shas.items()
    ]
    run.note({"sources": sources})
    assert documents(session, run, "friend number 17 has goats") == {"letter.txt"}
    assert documents(session, run, "The keeper of rule 17 counts") <= {"letter.txt"}


def test_what_ships_with_the_lab_can_be_asked_by_its_name(session: Session) -> None:
    found = session.trainings.nearest("example:en", "a yearly fee of seventeen crowns")
    assert any("seventeen crowns" in one.text for one in found.passages)
    assert session.trainings.nearest("own:fr", "le chat et le chien").of > 100


@pytest.mark.parametrize("odd", ["own:xx", "example:../..", "own:", "../../etc", "no-run", ""])
def test_nothing_else_can_be_named(session: Session, odd: str) -> None:
    with pytest.raises(LabError, match="no_such_run"):
        session.trainings.nearest(odd, "text")


def test_a_broken_note_of_the_data_is_passed_over(session: Session, papers: Path) -> None:
    run = run_on(session, papers, data__held_out=["statutes.txt"])
    for broken in ("", "[]", json.dumps({"folder": "/nowhere"})):
        (run.path / "data.json").write_text(broken)
        assert documents(session, run, "friend number 17 has goats") == {"letter.txt"}
