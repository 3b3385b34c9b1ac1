"""What each source knows of its models: told where it is said, `None` where nobody says it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from lab.models.catalogue import Catalogue, sources
from lab.models.digest import Digests, digest
from lab.passport.facts import Passport
from tests.models.conftest import spec

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture(autouse=True)
def nothing_cached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    return Catalogue.load(tmp_path / "home")


def snapshot(tmp_path: Path, model: Path, readme: str) -> None:
    """A model as the hub's cache holds it."""
    store = tmp_path / "cache" / "models--lab--tiny-llama"
    shutil.copytree(model, store / "snapshots" / COMMIT)
    (store / "refs").mkdir()
    (store / "refs" / "main").write_text(COMMIT)
    (store / "snapshots" / COMMIT / "README.md").write_text(readme)


@pytest.mark.parametrize("name", sorted(sources()))
def test_every_source_fills_one_for_a_model_that_is_nowhere(name: str, tmp_path: Path) -> None:
    model = spec(id="absent", source=name, location="lab/absent", licence="", data=())
    told = sources()[name].passport(model, tmp_path)
    assert isinstance(told, Passport)
    assert told.licence is None
    assert "licence" in told.unknown
    assert "figures" in told.unknown


def test_every_preset_has_one(catalogue: Catalogue) -> None:
    for entry in catalogue.entries():
        told = catalogue.passport(entry.id)
        assert told.model == entry.id
        assert told.licence == entry.licence
        assert told.limits


def test_what_ships_is_told_by_its_passport(catalogue: Catalogue) -> None:
    told = catalogue.passport("tiny-next-en")
    assert told.training.steps == 3000
    assert told.training.seen == 18_432_000
    assert told.training.seed == 0
    assert "torch" in told.training.software
    assert len(told.documents) == 70
    assert told.documents[0].title == "Alice's Adventures in Wonderland"
    assert sum(one.held_out for one in told.documents) == 3
    assert told.held[0].measure == "exact"
    [blimp] = told.findings
    assert (blimp.probe, blimp.data, blimp.figures[0].items) == ("minimal-pairs", "blimp", 4400)
    assert set(told.unknown) <= {"weights", "documents"}


def test_an_adapter_names_its_base(catalogue: Catalogue) -> None:
    told = catalogue.passport("smollm2-135m-masked")
    assert told.base is not None
    assert told.base.title == "SmolLM2 135M Instruct"
    assert told.base.licence == "Apache-2.0"
    assert told.base.data
    [cloze] = told.findings
    assert cloze.figures[0].key == "right"
    assert cloze.figures[0].low is not None


def test_an_interval_of_no_width_is_none(catalogue: Catalogue) -> None:
    (held,) = catalogue.passport("lanterns-heart-fr").held
    assert held.value == pytest.approx(1.699, abs=0.001)
    assert (held.low, held.high) == (None, None), "one batch tells no spread"


def test_random_weights_have_read_nothing(catalogue: Catalogue) -> None:
    told = catalogue.passport("scratch-next")
    assert told.read_nothing
    assert told.training.seed == 0
    assert told.unknown == ("figures",)


def test_the_hub_s_own_by_its_card(tmp_path: Path, llama: Path) -> None:
    snapshot(tmp_path, llama, "---\nlicense: mit\nlanguage: [fr]\ndatasets: oscar\n---\n")
    preset = spec(
        id="tiny", source="hub", location="lab/tiny-llama", licence="Apache-2.0", languages=()
    )
    told = Catalogue({"tiny": preset}, tmp_path / "home").passport("tiny")
    assert told.revision == COMMIT
    assert told.languages == ("fr",)
    assert told.datasets == ("oscar",)
    assert (told.licence, told.declared) == ("Apache-2.0", "mit")
    assert "declared" in told.unknown
    other = Catalogue({}, tmp_path / "home").passport("hub:lab/tiny-llama")
    assert (other.licence, other.declared) == ("mit", "")
    assert "training" in other.unknown
    assert "limits" in other.unknown


def test_a_base_named_by_a_stranger_is_not_looked_for(tmp_path: Path, llama: Path) -> None:
    secret = tmp_path / "secret"
    for base in (f"local:{secret}", "hub:lab/elsewhere", "run:../../x"):
        shutil.rmtree(tmp_path / "cache", ignore_errors=True)
        snapshot(tmp_path, llama, f"---\nbase_model: {base}\n---\n")
        told = Catalogue({}, tmp_path / "home").passport("hub:lab/tiny-llama")
        assert told.base is not None
        assert (told.base.model, told.base.title) == (base, "")


def test_a_folder_by_whatever_lies_in_it(tmp_path: Path, llama: Path) -> None:
    folder = tmp_path / "own"
    shutil.copytree(llama, folder)
    catalogue = Catalogue({}, tmp_path / "home")
    bare = catalogue.passport(f"local:{folder}")
    assert {"data", "licence", "languages", "training"} <= set(bare.unknown)
    (folder / "README.md").write_text("---\nlicense: cc-by-4.0\nlanguage: de\n---\n")
    told = catalogue.passport(f"local:{folder}")
    assert (told.licence, told.languages) == ("cc-by-4.0", ("de",))


@pytest.mark.parametrize(
    "content",
    [
        "[]",
        "{",
        '{"sources": 3, "recipe": [], "evaluation": {"x": {"figures": [{"name": 1}]}}}',
        '{"sources": [3, {"name": ["a"]}, {"name": ""}], "steps": "many", "seen": -1}',
        '{"held_out": {"bits_per_byte": "low"}, "software": {"torch": {"a": 1}}, "made": 5}',
        '{"evaluation": [], "seen": 1e400, "steps": true, "recipe": {"seed": "x", "base": {}}}',
    ],
)
def test_a_passport_by_anybody_is_told_as_far_as_it_is_one(
    tmp_path: Path, llama: Path, content: str
) -> None:
    folder = tmp_path / "own"
    shutil.copytree(llama, folder)
    (folder / "passport.json").write_text(content)
    told = sources()["local"].passport(
        spec(id="own", source="local", location=str(folder)), tmp_path
    )
    assert told.documents == ()
    assert told.held == told.findings == ()
    assert not told.training.told


def test_a_digest_is_taken_again_when_the_weights_change(tmp_path: Path, llama: Path) -> None:
    folder = tmp_path / "own"
    shutil.copytree(llama, folder)
    catalogue = Catalogue({}, tmp_path / "home")
    model = catalogue.spec(f"local:{folder}")
    digests = Digests(catalogue)
    first = digests.of(model)
    assert first == digest(catalogue, model) == digests.of(model)
    file = folder / "model.safetensors"
    raw = bytearray(file.read_bytes())
    raw[-1] ^= 1
    file.write_bytes(raw)
    assert digests.of(model) not in (first, "")


def test_names_of_documents_are_one_plain_line(tmp_path: Path, llama: Path) -> None:
    folder = tmp_path / "own"
    shutil.copytree(llama, folder)
    name = "<img src=x onerror=alert(1)>\n\x1b[31m"
    (folder / "passport.json").write_text(json.dumps({"sources": [{"name": name}]}))
    [one] = Catalogue({}, tmp_path / "home").passport(f"local:{folder}").documents
    assert one.name == "<img src=x onerror=alert(1)> [31m"
