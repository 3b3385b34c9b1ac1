"""What one gives the Fine-tune page: documents and pictures."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bits_of_tuning import HOSTILE, RULES, followed, recipe, sent
from PIL import Image

from lab.documents.shelved import shelved
from lab.papers import Gallery, Readiness, Reading
from lab.recipe import TUNING, changed, shipped
from lab.session import Session
from lab.types import LabError
from lab.ui.pages.finetune import Desk
from lab.views.wire import wire


def test_a_document_keeps_its_kind(desk: Desk, home: Path) -> None:
    name = sent(desk, b"a,b\n1,2\n", "Fees 2025.CSV")
    sha = name.removeprefix("document:")
    assert (home / "documents" / f"{sha}.csv").is_file()
    (given,) = desk.given({"names": [name]})
    assert (given.title, given.suffix) == ("Fees 2025.CSV", ".csv")
    assert sent(desk, b"{}", "x.json").startswith("document:"), "a card is never taken for one"
    assert {".pdf", ".docx", ".zip", ".json"} <= set(Session(home).trainings.shelf.suffixes)


@pytest.mark.parametrize("title", ["virus.exe", "a.card", "b.partial", "../../x.so"])
def test_what_nobody_reads_is_refused_and_not_kept(desk: Desk, home: Path, title: str) -> None:
    with pytest.raises(LabError, match="paper_kind"):
        sent(desk, b"text", title)
    assert not list((home / "documents").iterdir())


@pytest.mark.parametrize("title", [".txt/..", "", "../../etc/passwd", "a\x00.txt", "x" * 300])
def test_a_title_is_never_a_path(desk: Desk, home: Path, title: str) -> None:
    sent(desk, b"text", title)
    kept = [path for path in home.rglob("*") if path.is_file()]
    assert {path.parent for path in kept} == {home / "documents"}
    assert {path.suffix for path in kept} == {".txt", ".card"}


def test_documents_are_read_and_called_what_their_owner_calls_them(desk: Desk) -> None:
    paths = [
        sent(desk, RULES.encode(), HOSTILE),
        sent(desk, RULES.replace("chairs", "tables").replace("lamp", "day").encode(), HOSTILE),
        sent(desk, b"%PDF-1.4 no pdf", "scan.pdf"),
    ]
    *_, found = followed(desk, desk.ready({"recipe": recipe(*paths)}))
    assert isinstance(found, Readiness)
    assert found.why is None
    names = [paper.name for paper in found.papers]
    assert all(name.startswith("<img src=x onerror=alert(1)>{{7*7}}") for name in names[:2])
    assert "\u202e" not in "".join(names), "marks of direction are written out"
    assert len(set(names)) == 3
    assert {share.name for share in found.shares} <= set(names)
    (broken,) = (paper.why for paper in found.papers if paper.why)
    assert broken.facts["name"] == "scan.pdf"
    rows = desk.rows({"recipe": recipe(*paths), "start": 0, "count": 2})
    assert [len(row.cells) for row in rows] == [64, 64]


def test_too_little_is_said_before_the_start(desk: Desk) -> None:
    path = sent(desk, b"A few words only.", "few.txt")
    *_, found = followed(desk, desk.ready({"recipe": recipe(path)}))
    assert found.why.key == "too_few_tokens"
    assert [paper.name for paper in found.papers] == ["few.txt"]


def test_documents_are_set_aside_by_hand(desk: Desk) -> None:
    texts = {f"{word}.txt": RULES.replace("chairs", word) for word in ("lamps", "boats", "ropes")}
    paths = [sent(desk, text.encode(), name) for name, text in texts.items()]
    *_, found = followed(desk, desk.ready({"recipe": recipe(*paths)}))
    hashes = {paper.name: paper.sha256 for paper in found.papers}

    def held(*names: str) -> Readiness:
        wanted = recipe(*paths, data__held_out=[hashes[name] for name in names])
        found: Readiness = followed(desk, desk.ready({"recipe": wanted}))[-1]
        return found

    some = held("boats.txt")
    assert {share.name for share in some.shares if share.held} == {"boats.txt"}
    assert some.by == "named"
    every = held(*hashes)
    assert every.why is not None
    assert every.why.key == "all_held_out"
    assert len(every.papers) == 3, "there they are, to be taken back"
    *_, gone = followed(desk, desk.ready({"recipe": recipe(*paths, data__held_out=["0" * 64])}))
    assert gone.why.key == "held_out_unknown"


def test_licences_are_compared_before_the_start(desk: Desk) -> None:
    def answer(found: list[str], **changes: Any) -> str:
        said = desk.rights({"recipe": recipe("example:en", **changes), "found": found})
        return str(said.answer)

    assert answer([""]) == "unclear"
    assert answer(["", ""], data__licence="own") == "clear"
    assert answer(["CC-BY-ND-4.0", ""], data__licence="own") == "conflict"
    with pytest.raises(LabError, match="setting_too_long"):
        answer([""], data__licence="x" * 81)


def licences(desk: Desk, paths: list[str]) -> dict[str, str]:
    *_, found = followed(desk, desk.ready({"recipe": recipe(*paths)}))
    return {paper.name: paper.licence for paper in found.papers}


def test_a_licence_in_a_dropped_folder_speaks_for_its_neighbours(desk: Desk) -> None:
    mit = b"MIT License\n\nCopyright (c) 2020 Odile\n\nPermission is hereby granted"
    own = RULES.encode()
    first = {"fees/LICENSE": mit, "fees/one.txt": own, "fees/deep/two.txt": own + b" Two."}
    paths = [sent(desk, raw, title, "aa") for title, raw in first.items()]
    paths.append(sent(desk, own + b" Three.", "fees/three.txt", "bb"))
    paths.append(sent(desk, own + b" Four.", "four.txt"))
    sent(desk, mit, "elsewhere/LICENSE", "cc")  # the same words in another folder, later
    found = licences(desk, paths)
    assert found["fees/one.txt"] == found["fees/deep/two.txt"] == "MIT"
    assert found["fees/three.txt"] == "", "it was given apart from that licence"
    assert found["four.txt"] == ""
    assert licences(desk, paths[1:3]) == {"fees/one.txt": "", "fees/deep/two.txt": ""}


@pytest.mark.parametrize("title", ["../../up.txt", "/etc/up.txt", "C:\\a\\up.txt", "a/./../up.txt"])
def test_a_path_of_a_dropped_file_leads_nowhere_but_down(
    desk: Desk, home: Path, title: str
) -> None:
    sha = sent(desk, b"text", title, "aa").removeprefix("document:")
    known = shelved(home / "documents" / f"{sha}.txt")
    assert known is not None
    assert ".." not in known.title.split("/")
    assert known.title.endswith("up.txt")
    (place,) = known.places
    assert place.is_relative_to(home / "documents" / "aa")
    long = sent(desk, b"long", "/".join(["folder"] * 41) + "/b.txt", "aa")
    (given,) = desk.given({"names": [long]})
    assert len(given.title) <= 200
    assert given.title.endswith("folder/b.txt")


def test_the_example_is_there_for_strangers_too(public: Desk) -> None:
    *_, found = followed(public, public.ready({"recipe": recipe("example:en")}))
    assert len(found.papers) > 3
    with pytest.raises(LabError, match="document_gone"):
        public.ready({"recipe": recipe("example:../../..")})


def album(desk: Desk, many: int) -> list[str]:
    """So many pictures sent, all under one hostile title."""
    dice = np.random.default_rng(0)
    paths = []
    for _ in range(many):
        file = BytesIO()
        blots = Image.fromarray(dice.integers(0, 256, (3, 3, 3), dtype=np.uint8))
        blots.resize((40, 40), Image.Resampling.BICUBIC).save(file, "PNG")
        paths.append(sent(desk, file.getvalue(), HOSTILE.replace(".txt", ".PNG")))
    return paths


def test_a_dropped_folder_of_pictures_is_a_class(desk: Desk) -> None:
    dice = np.random.default_rng(1)
    paths = []
    for number in range(9):
        file = BytesIO()
        blots = Image.fromarray(dice.integers(0, 256, (3, 3, 3), dtype=np.uint8))
        blots.resize((40, 40), Image.Resampling.BICUBIC).save(file, "PNG")
        kind = "cat" if number % 2 else "dog"
        paths.append(sent(desk, file.getvalue(), f"mine/{kind}/{number}.png", "aa"))
    *_, found = followed(desk, desk.ready({"recipe": of_pictures(*paths)}))
    assert {photo.group for photo in found.photos} == {"cat", "dog"}
    sent(desk, file.getvalue(), "mine/other/8.png", "aa")  # the same picture, called otherwise
    *_, found = followed(desk, desk.ready({"recipe": of_pictures(*paths)}))
    assert {photo.group for photo in found.photos} == {"cat", "dog", "other"}


def of_pictures(*paths: str) -> dict[str, Any]:
    values = changed(shipped("pictures", TUNING), {"steps": 2, "rows": 2, "data.paths": paths})
    told: Any = wire(values)
    return dict(told)


def test_pictures_are_read_and_called_what_their_owner_calls_them(public: Desk) -> None:
    paths = [*album(public, 9), sent(public, b"no picture", "broken.jpg")]
    *word, found = followed(public, public.ready({"recipe": of_pictures(*paths)}))
    assert isinstance(found, Gallery)
    assert [isinstance(one, Reading) for one in word] == [True] * len(word)
    assert found.why is None
    assert (found.learnt, found.held) == (6, 3)
    names = [photo.name for photo in found.photos]
    assert len(set(names)) == 10, "each under a name of its own"
    assert all(name.startswith("<img src=x") for name in names[:-1])
    assert "\u202e" not in "".join(names)
    assert [photo.name for photo in found.photos if photo.why] == ["broken.jpg"]
    told: Any = wire(found)
    assert told["photos"][0]["small"].startswith("data:image/png")
    (name,) = public.train({"recipes": [of_pictures(*paths)]})
    news = public.watch({"known": {name: {}}})["news"][name]
    assert news.recipe["data"]["paths"] == tuple(paths), "no path of this machine"


def test_too_few_pictures_are_said_before_the_start(desk: Desk) -> None:
    *_, found = followed(desk, desk.ready({"recipe": of_pictures(*album(desk, 3))}))
    assert (found.why.key, found.why.facts["count"]) == ("too_few_pictures", 3)
    *_, nothing = followed(desk, desk.ready({"recipe": of_pictures("/nowhere")}))
    assert nothing.why.key == "no_pictures"


def test_strangers_pictures_are_those_they_gave(public: Desk, tmp_path: Path) -> None:
    Image.new("RGB", (8, 8)).save(tmp_path / "secret.png")
    for ask in (public.ready, public.fit):
        with pytest.raises(LabError, match="documents_only"):
            ask({"recipe": of_pictures(str(tmp_path)), "over": 1} if ask == public.fit else
                {"recipe": of_pictures(str(tmp_path))})  # fmt: skip
