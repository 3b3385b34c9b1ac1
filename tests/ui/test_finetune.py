"""What the Fine-tune page may ask, and what strangers may not."""

from __future__ import annotations

import asyncio
import base64
import json
import shlex
import time
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from filelock import FileLock
from PIL import Image

from lab.cli._runs import settings
from lab.config import checked
from lab.papers import Gallery, Readiness, Reading
from lab.recipe import TUNING, Recipe, changed, recipe_names, shipped
from lab.reproduce import command
from lab.session import Session
from lab.training import fitting
from lab.training.cost import guess
from lab.training.folder import RunFolder
from lab.training.launch import ACCELERATOR
from lab.types import LabError
from lab.ui.door import functions
from lab.ui.pages.finetune import Desk
from lab.views.wire import wire

RULES = "\n\n".join(
    f"Rule {n}. Members of room {3 * n} bring {n} chairs, and the keeper counts them by lamp "
    f"light before the bell has rung {n + 2} times."
    for n in range(1, 40)
)
HOSTILE = "<img src=x onerror=alert(1)>{{7*7}}${8*8}\u202egnp.txt"
TINY: dict[str, Any] = {"base": "tiny-next-en", "steps": 4, "rows": 2, "data.length": 64}


def recipe(*paths: str, **changes: Any) -> dict[str, Any]:
    """A tiny run of the documents, as the browser sends it; settings by `data__length`."""
    dotted = {key.replace("__", "."): value for key, value in changes.items()}
    values = changed(shipped("quick", TUNING), {**TINY, "data.paths": list(paths), **dotted})
    told: Any = wire(values)
    return dict(told)


def sent(desk: Desk, raw: bytes, title: str) -> str:
    ticket = desk.document(None)
    desk.piece({"ticket": ticket, "piece": base64.b64encode(raw).decode()})
    return str(desk.whole({"ticket": ticket, "title": title}).path)


def followed(desk: Desk, ticket: str) -> list[Any]:
    items: list[Any] = []
    limit = time.monotonic() + 60
    while time.monotonic() < limit:
        said = desk.follow({"name": ticket, "since": len(items)})
        items += said["items"]
        if said["ended"] and not said["items"]:
            return items
    raise AssertionError("it never ended")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def desk(home: Path) -> Desk:
    return Desk(Session(home))


@pytest.fixture
def public(home: Path) -> Desk:
    """The page of an app that others can reach."""
    return Desk(Session(home, listed=True))


# -- documents -------------------------------------------------------------------


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
        *_, found = followed(desk, desk.ready({"recipe": wanted}))
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


def test_the_example_is_there_for_strangers_too(public: Desk) -> None:
    *_, found = followed(public, public.ready({"recipe": recipe("example:en")}))
    assert len(found.papers) > 3
    with pytest.raises(LabError, match="document_gone"):
        public.ready({"recipe": recipe("example:../../..")})


# -- pictures --------------------------------------------------------------------


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


# -- hostile input -----------------------------------------------------------------


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


# -- what can be taught, and runs ----------------------------------------------------


def test_bases_are_whole_models_with_what_they_can_be_taught(desk: Desk) -> None:
    found = {entry.id: entry for entry in desk.models(None)}
    assert "scratch-next" not in found
    assert "smollm2-135m-masked" not in found, "an adapter is no base"
    assert found["tiny-image"].objectives == ("image",)
    assert "scratch-image" not in found
    assert found["tiny-next-en"].objectives == ("next", "masked", "span", "diffusion")
    assert found["tiny-masked-en"].objectives == ("masked", "diffusion")


def test_each_page_lists_its_own_runs(home: Path) -> None:
    from lab.ui.pages.pretrain import Desk as Pretrain

    session = Session(home)
    tuning, training = Desk(session), Pretrain(session)
    (tuned,) = tuning.train({"recipes": [recipe("example:en")]})
    (trained,) = training.train({"recipes": [{"objective": "next"}]})

    def own(desk: Any) -> list[str]:
        return [run["name"] for run in desk.watch({"known": {}})["runs"] if not run["recorded"]]

    assert (own(tuning), own(training)) == ([tuned], [trained])
    assert tuning.watch({"known": {}})["busy"]
    (later,) = tuning.train({"recipes": [recipe("example:en", seed=1)]})
    tuning.reorder({"names": [later, tuned]})
    assert session.trainings.runs.queue == [later, trained, tuned], "the other keeps its place"


def test_what_is_forgotten_is_told(desk: Desk, home: Path) -> None:
    (name,) = desk.train({"recipes": [recipe("example:en")]})
    log = RunFolder(home / "runs" / name).log()
    log.add("status", 0, state="running")
    told = {"loss": 2.0, "bits_per_byte": 1.5, "low": 1.4, "high": 1.6, "measure": "exact"}
    log.add("metric", 0, general={"en": told, "fr": {}})
    log.add("status", 0, state="running", note="smaller_pieces", rows=1)
    first = desk.watch({"known": {name: {}}})["news"][name]
    assert [look.bits_per_byte for look in first.general["en"]] == [1.5]
    assert first.general["fr"] == ()
    assert first.notices == ((0, "smaller_pieces", {"rows": 1}),)
    log.add("metric", 2, general={"en": told})
    known = {"begun": first.begun, "step": 0, "general": 1}
    second = desk.watch({"known": {name: known}})["news"][name]
    assert [look.step for look in second.general["en"]] == [2]


def test_judging_waits_its_turn(desk: Desk, home: Path) -> None:
    (name,) = desk.train({"recipes": [recipe("example:en")]})
    with pytest.raises(LabError, match="run_has_no_model"):
        desk.judge({"name": name})
    (home / "runs" / name / "adapter").mkdir()
    with FileLock(home / ACCELERATOR), pytest.raises(LabError, match="judging_waits"):
        followed(desk, desk.judge({"name": name}))
    assert desk.verdicts({"name": name}) == ()


# -- what would fit, and the command ---------------------------------------------------


def test_the_mildest_change_that_fits_is_suggested(home: Path) -> None:
    large = checked(Recipe, recipe("example:en", rows=64, data__length=512, weights="fp32"))
    takes = guess(large, home).memory
    little = fitting.suggest(large, 1, home)
    assert little is not None
    assert little.changes == {"weights": "nf4"}
    more = fitting.suggest(large, takes // 2, home)
    assert more is not None
    assert guess(checked(Recipe, changed(large, dict(more.changes))), home).memory <= takes // 2
    assert fitting.suggest(large, takes, home) is None, "nothing takes no memory at all"
    random = checked(Recipe, recipe("example:en", start="random", weights="fp32"))
    offer = fitting.suggest(random, 1, home)
    assert offer is None or "weights" not in offer.changes, "random weights need all their bits"


@pytest.mark.parametrize("preset", recipe_names(TUNING))
def test_the_command_makes_the_same_run_again(preset: str) -> None:
    changes: dict[str, Any] = {
        **{"base": "tiny-next-fr", "objective": "masked", "settings": {"ratio": 0.3}},
        **{"prompts": ["L’eau est", 'It\'s "so"'], "data.paths": ["/a b/c.pdf", "/d"]},
        **{"lora.targets": ["q_proj"], "recompute": True, "optimiser.rate": 3e-4, "title": "x"},
    }
    told = checked(Recipe, changed(shipped(preset, TUNING), changes))
    words = shlex.split(command(told))
    assert words[:2] == ["pretext-lab", "finetune"]
    pairs = list(zip(words[2::2], words[3::2], strict=True))
    given = settings([value for option, value in pairs if option == "--set"])
    given["data.paths"] = [value for option, value in pairs if option == "--docs"]
    given["base"] = dict(pairs).get("--model", shipped(dict(pairs)["--preset"], TUNING).base)
    (nearest,) = (value for option, value in pairs if option == "--preset")
    again = checked(Recipe, changed(shipped(nearest, TUNING), given))
    assert again.model_copy(update={"title": ""}) == told.model_copy(update={"title": ""})


def test_where_it_lies_and_how_to_make_it_again(desk: Desk, home: Path) -> None:
    (name,) = desk.train({"recipes": [recipe("example:en")]})
    found = desk.home({"name": name})
    assert found["folder"].startswith(str(home / "runs" / name))
    assert "--set steps=4" in found["command"]
