"""What the Learn page and the command may ask; hostile input gets a sentence."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from inspect import signature
from pathlib import Path
from typing import Any

import pytest

from lab.cli import main
from lab.examinations import Examinations
from lab.lessons.schema import SHIPPED
from lab.session import Session
from lab.types import LabError
from lab.ui.door import functions
from lab.ui.pages.learn import Desk

NAME = "four-bits"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(Session(tmp_path / "home"))


def parts_of(desk: Desk) -> list[dict[str, Any]]:
    (lesson,) = [one for one in desk.lessons(None) if one["name"] == NAME]
    found: list[dict[str, Any]] = lesson["part"]
    return found


def first(desk: Desk, kind: str) -> int:
    """The place of the first part of a kind."""
    return next(i for i, part in enumerate(parts_of(desk)) if part["kind"] == kind)


def options(desk: Desk, place: int) -> list[int]:
    """A belief in the first option of a question."""
    (lesson,) = [one for one in desk.lessons(None) if one["name"] == NAME]
    return [int(i == 0) for i in range(len(lesson["part"][place]["option"]))]


def test_lessons_come_in_their_order_and_broken_ones_last(desk: Desk, tmp_path: Path) -> None:
    own = tmp_path / "home" / "lessons"
    own.mkdir(parents=True)
    (own / "aa.toml").write_text("x = 1")
    found = desk.lessons(None)
    orders = [one["order"] for one in found[:-1]]
    assert orders == sorted(orders)
    assert found[-1]["name"] == "aa"
    assert found[-1]["why"].key == "preset_broken"


def test_a_question_is_asked_shown_and_judged(desk: Desk) -> None:
    place = first(desk, "guess")
    told = desk.reveal({"name": NAME, "part": place, "beliefs": options(desk, place)})
    assert sum(told.truth) == pytest.approx(1)
    assert told.exhibit.bars


@pytest.mark.parametrize(
    "bad",
    [{"name": "../four-bits"}, {"name": "nobody"}, {"part": 99}, {"part": -1}, {"case": 5},
     {"beliefs": [1]}, {"beliefs": [0, 0, 0, 0]}, {"beliefs": [1] * 9}, {"beliefs": "abcd"}],
)  # fmt: skip
def test_what_is_no_belief_is_refused(desk: Desk, bad: dict[str, Any]) -> None:
    place = first(desk, "guess")
    told = {"name": NAME, "part": place, "beliefs": options(desk, place)}
    if "case" in bad:
        with pytest.raises(LabError, match="no_such_part"):
            desk.show({"name": NAME, "part": first(desk, "figures"), **bad})
        return
    with pytest.raises(LabError):
        desk.reveal(told | bad)


def test_a_lessons_probe_is_put_with_its_own_settings(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[dict[str, Any]] = []
    whole = signature(Examinations.examine)

    def examine(self: Examinations, *given: Any) -> Iterator[Any]:
        asked.append(whole.bind(self, *given).arguments)
        return iter(())

    monkeypatch.setattr(Examinations, "examine", examine)
    places = [i for i, part in enumerate(parts_of(desk)) if (part.get("source") or {}).get("probe")]
    for place in places:
        source = parts_of(desk)[place]["source"]
        assert desk.again({"name": NAME, "part": place})
        for name in ("models", "probe", "languages", "precision", "most"):
            assert getattr(asked[-1]["asked"], name) == source[name], name
        assert asked[-1].get("data") is None
    assert places


def test_only_texts_that_are_here_are_trained_on(desk: Desk, tmp_path: Path) -> None:
    own = tmp_path / "home" / "lessons"
    own.mkdir(parents=True)
    text = (SHIPPED / f"{NAME}.toml").read_text(encoding="utf-8")
    part = '[[part]]\nkind = "figures"\n[part.title]\nen = "x"\nfr = "x"\n[part.source]\n'
    before, after = text.split("[[part]]", 1)
    runs = f'{part}runs = ["tiny-next-en"]\n\n'
    (own / "mine.toml").write_text(f"{before}{runs}[[part]]{after}", encoding="utf-8")
    assert desk.show({"name": "mine", "part": 0}).bars
    with pytest.raises(LabError, match="lesson_other_texts"):
        desk.repeat({"name": "mine", "part": 0})


def test_every_function_answers_hostile_input_with_a_sentence(tmp_path: Path) -> None:
    session = Session(tmp_path / "home")

    async def all_of_it() -> list[Any]:
        bad: list[Any] = [None, [], "x", {"name": ["x"]}, {"name": "x", "part": "y"}]
        sent = [*bad, *({"data": one} for one in bad)]
        asked = [f for f in functions(Desk, session) if f.__name__ not in ("document", "lessons")]
        return [await f(one) for f in asked for one in sent]

    with ThreadPoolExecutor(1) as apart:  # whatever loop runs here already
        answers = apart.submit(lambda: asyncio.run(all_of_it())).result()
    for answer in answers:
        assert set(answer) <= {"value", "error"}
        assert answer.get("error", {}).get("key") != "unexpected", answer
        json.dumps(answer)


# -- the command ---------------------------------------------------------------------


def run(*words: str) -> int:
    try:
        main(["lessons", *words])
    except SystemExit as left:
        return int(left.code or 0)
    return 0


@pytest.mark.usefixtures("english", "home")
class TestCommand:
    def test_the_list(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert run() == 0
        assert NAME in capsys.readouterr().out
        assert run("--json") == 0
        assert NAME in [one["name"] for one in json.loads(capsys.readouterr().out)]

    def test_files_are_checked(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        good, bad = tmp_path / "good.toml", tmp_path / "bad.toml"
        shutil.copy(SHIPPED / f"{NAME}.toml", good)
        bad.write_text("order = 1")
        assert run("check", str(good)) == 0
        assert "good.toml: sound" in capsys.readouterr().out
        assert run("check", str(good), str(bad)) == 1
        assert "bad.toml" in capsys.readouterr().out

    def test_a_hand_out_is_written(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        out = tmp_path / "paper.html"
        assert run("handout", NAME, "--out", str(out), "--language", "fr") == 0
        assert '<html lang="fr">' in out.read_text(encoding="utf-8")
        assert run("handout", "nobody", "--out", str(out)) == 2
        assert "nobody" in capsys.readouterr().err
        assert run("handout", NAME, "--out", str(tmp_path / "no" / "paper.html")) == 2

    @pytest.mark.slow
    def test_figures_are_made_again(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert run("run", NAME, "--json") == 0
        found = json.loads(capsys.readouterr().out)
        assert "tiny-next-en" in [one["model"] for one in found if one["probe"] == "quantisation"]
