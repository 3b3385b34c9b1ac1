"""The lessons that ship: sound, in both languages alike, each figure there and of these weights."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.lessons.check import flaws
from lab.lessons.schema import SHIPPED, load, sources_of
from lab.lessons.sources import exhibit
from lab.session import Session

FILES = sorted(SHIPPED.glob("*.toml"))


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Session:
    """Of a machine that has fetched nothing and found nothing."""
    return Session(tmp_path_factory.mktemp("home"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_nothing_is_off(file: Path, session: Session) -> None:
    assert flaws(file, session) == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_source_shows_something_offline(file: Path, session: Session) -> None:
    for number, part in enumerate(load(file).part, 1):
        for source in sources_of(part):
            shown = exhibit(source, session)
            assert shown.bars or shown.answers, f"part {number} shows nothing"
            assert shown.commands, f"part {number} names no command"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_it_asks_before_it_shows_and_ends_as_lessons_do(file: Path) -> None:
    lesson = load(file)
    assert sum(part.kind == "guess" for part in lesson.part) >= 3
    assert any(part.kind == "try" for part in lesson.part)
    assert len(lesson.further) >= 2
    assert 5 <= lesson.minutes <= 10


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_both_languages_say_about_as_much(file: Path) -> None:
    lesson = load(file)
    said = [part.say for part in lesson.part if part.kind == "read" and not part.reader]
    for words in [lesson.limits, lesson.line, *said]:
        assert 0.75 < len(words.fr) / len(words.en) < 1.6, words.en[:60]


def test_orders_are_each_taken_once() -> None:
    orders = [load(file).order for file in FILES]
    assert sorted(orders) == sorted(set(orders))


def test_recorded_findings_are_of_the_weights_that_ship(session: Session) -> None:
    for finding in session.examinations.recorded():
        entry = session.model(finding.model)
        if entry.ready and entry.source == "bundled":
            assert session.examinations.current(finding), finding
