"""What the Pre-train page may ask, and what strangers may not."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from lab.session import Session
from lab.training.shelf import PIECE, Shelf
from lab.types import LabError
from lab.ui.pages.pretrain import Desk

TEXT = b"A lamp stood on the table. " * 40


def sent(desk: Desk, raw: bytes, title: str = "notes.txt") -> str:
    ticket = desk.document(None)
    for at in range(0, len(raw), 500):
        piece = base64.b64encode(raw[at : at + 500]).decode()
        desk.piece({"ticket": ticket, "piece": piece})
    return str(desk.whole({"ticket": ticket, "title": title}).path)


def recipe(*paths: str, **other: Any) -> dict[str, Any]:
    return {"objective": "masked", "data": {"paths": paths}, **other}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(Session(tmp_path / "home"))


@pytest.fixture
def public(tmp_path: Path) -> Desk:
    """The page of an app that others can reach."""
    return Desk(Session(tmp_path / "home", listed=True))


def test_a_text_arrives_in_pieces_and_is_kept_by_its_hash(desk: Desk, tmp_path: Path) -> None:
    name = sent(desk, TEXT)
    assert (tmp_path / "home/documents" / f"{name.removeprefix('document:')}.txt").read_bytes() == (
        TEXT
    )
    assert sent(desk, TEXT) == name, "the same text is the same document"
    (given,) = desk.given({"names": [name, "document:" + "0" * 64]})
    assert (given.title, given.bytes) == ("notes.txt", len(TEXT))


def test_a_text_has_bounds(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    ticket = desk.document(None)
    with pytest.raises(LabError, match="document_too_large"):
        desk.piece({"ticket": ticket, "piece": base64.b64encode(b"x" * (PIECE + 1)).decode()})
    monkeypatch.setattr("lab.training.shelf.LARGEST", 600)
    with pytest.raises(LabError, match="document_too_large"):
        sent(desk, TEXT)
    with pytest.raises(LabError, match="document_empty"):
        sent(desk, b" \n ")
    monkeypatch.setattr("lab.training.shelf.FULL", 0)
    sent(desk, b"one more")
    with pytest.raises(LabError, match="shelf_full"):
        desk.document(None)


def test_room_is_made_of_what_nothing_uses(
    desk: Desk, public: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    of_a_run, thrown, listed, idle = (sent(desk, TEXT + bytes([65 + i])) for i in range(4))
    runs = [desk.train({"recipes": [recipe(one)]})[0] for one in (of_a_run, thrown)]
    desk.delete({"name": runs[1]})
    wanted = {"count": 1, "bytes": len(TEXT) + 1}
    assert desk.unused({"names": [listed]}) == wanted
    for ask in (public.unused, public.clear):
        with pytest.raises(LabError, match="owner_only"):
            ask({"names": []})
    assert desk.clear({"names": [listed]}) == wanted
    names = [of_a_run, thrown, listed, idle]
    assert [one.path for one in desk.given({"names": names})] == names[:3]
    assert desk.unused({"names": [listed]})["count"] == 0
    monkeypatch.setattr("lab.training.shelf.FULL", 0)
    with pytest.raises(LabError, match="shelf_full") as full:
        desk.document(None)
    assert full.value.facts["folder"] == str(tmp_path / "home" / "documents")
    with pytest.raises(LabError, match="shelf_full_shared") as full:
        public.document(None)
    assert "folder" not in full.value.facts


@pytest.mark.parametrize("ticket", ["../../etc/passwd", "", "g" * 32, "0" * 32])
def test_a_ticket_is_never_a_path(desk: Desk, ticket: str) -> None:
    with pytest.raises(LabError, match=r"document_gone|setting_too_long"):
        desk.piece({"ticket": ticket, "piece": "QQ=="})


def test_strangers_read_nothing_but_what_they_gave(public: Desk, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_bytes(TEXT)
    inside = tmp_path / "home/documents/../../secret.txt"
    for path in (str(secret), str(inside), str(tmp_path / "home/documents"), "/etc"):
        with pytest.raises(LabError, match="documents_only"):
            public.train({"recipes": [recipe(path)]})
        with pytest.raises(LabError, match="documents_only"):
            public.guess({"recipes": [recipe(path)]})
    folder = {"objective": "image", "data": {"pictures": "folder", "paths": [str(tmp_path)]}}
    with pytest.raises(LabError, match="documents_only"):
        public.train({"recipes": [folder]})
    (name,) = public.train({"recipes": [recipe(sent(public, TEXT))]})
    news = public.watch({"known": {name: {}}})["news"][name]
    assert news.recipe is not None
    assert news.recipe["data"]["paths"][0].startswith("document:"), "no path of this machine"


def test_at_home_a_folder_may_be_named(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts/one.txt").write_bytes(TEXT)
    assert len(desk.train({"recipes": [recipe(str(tmp_path / "texts"))]})) == 1
    with pytest.raises(LabError, match="no_such_path"):
        desk.train({"recipes": [recipe(), recipe(str(tmp_path / "nowhere"))]})
    own = [run for run in desk.watch({"known": {}})["runs"] if not run["recorded"]]
    assert len(own) == 1, "all or none"


@pytest.mark.parametrize("bad", [None, {}, {"recipes": []}, {"recipes": [{}] * 6}])
def test_what_is_no_recipe_is_refused(desk: Desk, bad: Any) -> None:
    with pytest.raises(LabError, match="bad_setting"):
        desk.train(bad)


def test_a_wrong_setting_is_named(desk: Desk) -> None:
    with pytest.raises(LabError, match="setting_too_large") as error:
        desk.train({"recipes": [recipe(steps=10**9)]})
    assert error.value.facts["where"] == "steps"
    with pytest.raises(LabError, match="heads_do_not_divide"):
        desk.train({"recipes": [recipe(size={"width": 33, "heads": 4})]})


def test_only_what_is_new_is_told(desk: Desk, tmp_path: Path) -> None:
    (name,) = desk.train({"recipes": [recipe()]})
    log = Session(tmp_path / "home").trainings.runs.find(name).log()
    log.add("status", 0, state="running")
    for step in (1, 2):
        log.add("metric", step, loss=1.0 / step, seen=step)
        log.add("sample", step, prompt=0, tokens=[])
    first = desk.watch({"known": {name: {}}})["news"][name]
    assert (first.whole, first.begun) == (True, 1)
    assert first.curves["loss"] == ((1, 1.0), (2, 0.5))
    known = {"begun": 1, "step": 2, "held": 0, "samples": 2}
    log.add("metric", 3, loss=0.3)
    log.add("metric", 3, held_out={"loss": 0.4})
    second = desk.watch({"known": {name: known}})["news"][name]
    assert not second.whole
    assert second.recipe is None
    assert second.curves["loss"] == ((3, 0.3),)
    assert (len(second.held), second.samples) == (1, ())
    log.add("status", 1, state="running")
    third = desk.watch({"known": {name: known}})["news"][name]
    assert third.whole, "a worker begun again may have undone what was told"
    assert third.curves["loss"] == ((1, 1.0),)
    assert desk.watch({"known": {"gone": {}}})["news"]["gone"] is None
    stamp = desk.watch({"known": {}})["stamp"]
    assert desk.watch({"known": {}, "stamp": stamp})["runs"] is None
    log.add("metric", 2, loss=0.2)
    assert desk.watch({"known": {}, "stamp": stamp})["runs"][0]["loss"] == 0.2


@pytest.mark.parametrize(
    "file", ["../recipe.json", "step-1.png", "/etc/passwd", "step-00000001.png"]
)
def test_only_sheets_of_a_run_are_shown(desk: Desk, file: str) -> None:
    (name,) = desk.train({"recipes": [recipe()]})
    with pytest.raises(LabError, match="no_such_run"):
        desk.sheet({"name": name, "file": file})


def test_the_tokenizer_is_shown_once_it_is_made(desk: Desk, tmp_path: Path) -> None:
    from lab.training.corpus import prepare

    path = sent(desk, TEXT)
    (name,) = desk.train({"recipes": [recipe(path)]})
    assert desk.tokens({"name": name}) is None
    prepare(Session(tmp_path / "home").trainings.runs.find(name).recipe.data, tmp_path / "home")
    told = desk.tokens({"name": name})
    assert "".join(told.cut) == "A lamp stood on the table."
    assert told.train > 100


def test_the_shelf_gives_names_back(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    sha = "a" * 64
    assert shelf.names((str(shelf.folder / f"{sha}.txt"), "/x/y.txt")) == (
        f"document:{sha}",
        "/x/y.txt",
    )


def test_what_ships_is_listed_here_whatever_it_began_from(tmp_path: Path) -> None:
    """How the lab's own models grew up, the adapter of a model there was among them."""
    from lab.ui.pages.finetune import Desk as Tuning

    session = Session(tmp_path / "home")
    here, there = (kind(session).watch({"known": {}})["runs"] for kind in (Desk, Tuning))
    names = {run["name"] for run in here if run["recorded"]}
    assert {"tiny-next-en", "smollm2-135m-masked"} <= names
    assert not any(run["recorded"] for run in there)
