"""What strangers may not, and what no page would send."""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from bits_of_tuning import RULES, recipe

from lab.session import Session
from lab.types import LabError
from lab.ui.door import functions
from lab.ui.pages.finetune import Desk


def test_strangers_read_and_learn_where_things_lie_of_nothing(public: Desk, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text(RULES, "utf-8")
    for ask in (public.ready, public.rows):
        with pytest.raises(LabError, match="documents_only"):
            ask({"recipe": recipe(str(secret))})
    with pytest.raises(LabError, match="documents_only"):
        public.fit({"recipe": recipe(str(secret)), "over": 1})
    with pytest.raises(LabError, match="listed_only"):
        public.ready({"recipe": recipe("example:en", base=f"local:{tmp_path}")})
    with pytest.raises(LabError, match="listed_only"):
        public.model("hub:someone/something")
    (name,) = public.train({"recipes": [recipe("example:en")]})
    with pytest.raises(LabError, match="owner_only"):
        public.home({"name": name})
    news = public.watch({"known": {name: {}}})["news"][name]
    assert news.recipe["data"]["paths"] == ("example:en",), "no path of this machine"


@pytest.mark.parametrize("bad", [None, {}, {"recipe": {}}, {"recipe": 3}, {"recipe": {"x": 1}}])
def test_what_is_no_recipe_is_refused(desk: Desk, bad: Any) -> None:
    for ask in (desk.ready, desk.rows, desk.fit):
        with pytest.raises(LabError):
            ask(bad if bad is not None else {})


@pytest.mark.parametrize("bad", [{"start": -1}, {"count": 0}, {"count": 99}, {"start": 10**9}])
def test_only_so_many_rows(desk: Desk, bad: dict[str, int]) -> None:
    with pytest.raises(LabError, match="setting_too"):
        desk.rows({"recipe": recipe("example:en"), **bad})


@pytest.mark.parametrize("name", ["../../etc", "", "nowhere", "x" * 101])
def test_a_run_is_never_a_path(desk: Desk, name: str) -> None:
    for ask in (desk.judge, desk.verdicts, desk.home):
        with pytest.raises(LabError, match=r"no_such_run|setting_too_long"):
            ask({"name": name})


def test_every_function_of_the_page_answers_hostile_input_with_a_sentence(home: Path) -> None:
    session = Session(home)

    async def all_of_it() -> list[Any]:
        bad: list[Any] = [None, [], "x", {"name": ["x"]}, {"recipes": [{"objective": "sing"}]}]
        asked = [f for f in functions(Desk, session) if f.__name__ not in ("models", "document")]
        sent = [*bad, *({"data": one} for one in bad)]
        return [(f.__name__, await f(one)) for f in asked for one in sent]

    with ThreadPoolExecutor(1) as apart:  # whatever loop runs here already
        answers = apart.submit(lambda: asyncio.run(all_of_it())).result()
    for name, answer in answers:
        assert set(answer) <= {"value", "error"}, name
        json.dumps(answer)
