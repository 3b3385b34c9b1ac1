"""On a page that is open to others: who is who, and what each may do with whose runs."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from lab.session import Session
from lab.ui.door import functions
from lab.ui.pages.finetune import Desk as Tuning
from lab.ui.pages.pretrain import Desk
from lab.ui.visitor import Visitor, visitor

ANNA, BERT = "a" * 32, "b" * 32
HOME = {"host": "127.0.0.1:7860"}
LAN = {"host": "lab.example:7860"}


@pytest.mark.parametrize(
    ("client", "headers", "host"),
    [
        ("127.0.0.1", HOME, True),
        ("::1", {"host": "[::1]:7860"}, True),
        ("::ffff:127.0.0.1", {"host": "localhost"}, True),
        ("192.168.1.9", HOME, False),
        ("::ffff:192.168.1.9", HOME, False),
        ("127.0.0.1", LAN, False),
        ("127.0.0.1", {**HOME, "x-forwarded-for": "127.0.0.1"}, False),
        ("127.0.0.1", {**HOME, "via": "1.1 proxy"}, False),
        ("127.0.0.1", {}, False),
        ("testclient", HOME, False),
        ("", HOME, False),
    ],
)
def test_the_host_is_who_asks_from_the_machine_itself(
    client: str, headers: dict[str, str], host: bool
) -> None:
    assert visitor(ANNA, client, headers, shared=True).host == host
    assert visitor(ANNA, client, headers, shared=False).host, "at home there is nobody else"


@pytest.mark.parametrize("key", [None, "", 7, "short", "g" * 32, ANNA + "\n", ["a" * 32]])
def test_what_is_no_key_owns_nothing(key: Any) -> None:
    stranger = visitor(key, "192.168.1.9", LAN, shared=True)
    assert stranger == Visitor(host=False, name="")
    assert not stranger.owns("")
    assert not stranger.owns(visitor(ANNA, "192.168.1.9", LAN, shared=True).name)


class Asking:
    """A page's functions as they are called from somewhere with some key."""

    def __init__(self, session: Session, kind: Any, key: str, client: str, host: str) -> None:
        self._named = {f.__name__: f for f in functions(kind, session)}
        self._key = key
        self._request: Any = SimpleNamespace(
            client=SimpleNamespace(host=client), headers={"host": host}
        )

    def __call__(self, act: str, /, **data: Any) -> Any:
        sent = {"key": self._key, "data": data}
        with ThreadPoolExecutor(1) as apart:  # whatever loop runs here already
            call = self._named[act](sent, self._request)
            return apart.submit(asyncio.run, call).result()  # type: ignore[arg-type]


@pytest.fixture
def session(tmp_path: Path) -> Session:
    return Session(tmp_path / "home", listed=True)


def by(session: Session, key: str, kind: Any = Desk) -> Asking:
    return Asking(session, kind, key, "192.168.1.9", "lab.example:7860")


def host(session: Session) -> Asking:
    return Asking(session, Desk, "", "127.0.0.1", "127.0.0.1:7860")


def begun(asking: Asking) -> str:
    return str(asking("train", recipes=[{"objective": "next"}])["value"][0])


ACTS: dict[str, dict[str, Any]] = {
    "ask": {"wish": "stop"}, "resume": {}, "extend": {"steps": 5}, "delete": {},
}  # fmt: skip


def test_only_who_began_a_run_changes_it(session: Session) -> None:
    anna, bert = by(session, ANNA), by(session, BERT)
    name = begun(anna)
    for act, more in ACTS.items():
        refused = bert(act, name=name, **more)
        assert refused["error"]["key"] == "not_yours", act
    assert session.trainings.runs.queue.names == [name], "nothing has happened to it"
    assert by(session, BERT, Tuning)("judge", name=name)["error"]["key"] == "not_yours"
    asked = by(session, BERT, Tuning)("near", name=name, text="What do you know?")
    assert asked["error"]["key"] == "not_yours"  # what it learnt is its owner's alone
    for act, more in ACTS.items():
        assert "value" in anna(act, name=name, **more), act
    assert bert("restore", name=name)["error"]["key"] == "not_yours"
    assert "value" in anna("restore", name=name)
    assert session.trainings.runs.find(name).owner, "it is still hers"


def test_others_watch_and_know_whose_it_is(session: Session) -> None:
    anna, bert = by(session, ANNA), by(session, BERT)
    name = begun(anna)
    for asking, mine in ((anna, True), (bert, False), (host(session), True)):
        seen = asking("watch", known={name: {}})["value"]
        line = next(run for run in seen["runs"] if run["name"] == name)
        assert line["mine"] == mine
        assert "owner" not in line
        assert seen["news"][name]["recipe"]["objective"] == "next"
        assert not any(run["mine"] for run in seen["runs"] if run["recorded"])


def test_the_host_may_do_everything_and_its_runs_are_its_own(session: Session) -> None:
    anna, home = by(session, ANNA), host(session)
    hers, own = begun(anna), begun(home)
    assert anna("ask", name=own, wish="stop")["error"]["key"] == "not_yours"
    assert "value" in home("ask", name=hers, wish="stop")
    assert "value" in home("delete", name=hers)


def test_nobody_overtakes_another(session: Session) -> None:
    anna, bert = by(session, ANNA), by(session, BERT)
    first, his, last = begun(anna), begun(bert), begun(anna)
    bert("reorder", names=[his, first, last])
    assert session.trainings.runs.queue.names == [first, his, last]
    anna("reorder", names=[last, first])
    assert session.trainings.runs.queue.names == [last, his, first], "his keeps its place"
    host(session)("reorder", names=[his, last, first])
    assert session.trainings.runs.queue.names == [his, last, first]


def test_a_name_is_still_never_a_path(session: Session) -> None:
    for act, more in {**ACTS, "restore": {}}.items():
        said = by(session, ANNA)(act, name="../../etc", **more)
        assert said["error"]["key"] == "no_such_run", act
