"""Passports at the door: figures that belong to these very weights, and a wish to be answered."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from lab.choosing import Wish
from lab.cli import main
from lab.cli._known import memory
from lab.evaluation.examine import keep
from lab.findings import Figure, Finding
from lab.models.digest import digest
from lab.session import Session
from lab.types import LabError

MODEL = "tiny-next-en"
FIGURE = Figure("en", "right", "share", 0.25, 200, 0.2, 0.3)


@pytest.fixture(autouse=True)
def nothing_recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Findings ship with the lab, and more will."""
    monkeypatch.setattr("lab.examinations.RECORDED", tmp_path / "recorded")


def finding(session: Session, **changes: object) -> Finding:
    own = digest(session.catalogue, session.catalogue.spec(MODEL))
    plain = Finding("cloze", MODEL, "fp32", own, "own", "left", (FIGURE,), made="2026-01-01T00:00")
    return replace(plain, **changes)  # type: ignore[arg-type]


def cloze(session: Session) -> list[Finding]:
    return [one for one in session.passport(MODEL).findings if one.probe == "cloze"]


def test_what_was_found_of_these_weights_is_told(home: Path) -> None:
    session = Session(home)
    assert cloze(session) == []
    found = finding(session)
    keep(found, home / "findings")
    assert cloze(session) == [found]
    assert session.passport(MODEL).digest == found.digest


def test_what_was_found_of_other_weights_is_not(home: Path) -> None:
    session = Session(home)
    keep(finding(session, digest="0" * 64), home / "findings")
    assert cloze(session) == []


def test_the_same_weights_under_another_name(home: Path) -> None:
    session = Session(home)
    keep(finding(session, model="local:/a/copy"), home / "findings")
    assert len(cloze(session)) == 1


def test_of_few_and_many_questions_the_many_are_told(home: Path) -> None:
    session = Session(home)
    many = finding(session, settings={"most": 0})
    few = replace(FIGURE, value=0.9, items=20)
    keep(many, home / "findings")
    keep(finding(session, figures=(few,), settings={"most": 20}, made="2027"), home / "findings")
    assert cloze(session) == [many]


def test_strangers_are_told_nothing_of_this_machine(home: Path) -> None:
    owner, shared = Session(home), Session(home, listed=True)
    keep(finding(owner), home / "findings")
    assert cloze(owner)
    assert cloze(shared) == []
    [choice] = [c for c in shared.known.choose(Wish(task="write", language="en"))
                if c.model == MODEL]  # fmt: skip
    assert choice.measured == ()
    with pytest.raises(LabError, match="listed_only"):
        shared.passport(f"local:{home}")


def test_a_model_that_only_the_hub_could_tell_is_not_asked_for(home: Path) -> None:
    with pytest.raises(LabError, match="not_fetched"):
        Session(home).passport("hub:lab/nowhere")


def test_the_catalogue_is_ranked_without_random_weights(home: Path) -> None:
    session = Session(home)
    keep(finding(session), home / "findings")
    choices = session.known.choose(Wish(task="write", language="en", memory=5 * 10**7))
    names = [one.model for one in choices]
    assert len(names) == len(set(names))
    assert not any(name.startswith("scratch") for name in names)
    assert "tiny-next-en" in names
    assert "lanterns-heart-en" not in names, "it ships to be set beside its base"
    assert {"tiny-masked-en", "gpt2"} <= {one.model for one in choices if not one.fits}
    [own] = [one for one in choices if one.model == MODEL]
    assert own.fits
    assert own.measured[0].figure == FIGURE


# -- the command line -----------------------------------------------------------------


def said(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    main(list(words))
    return capsys.readouterr().out


@pytest.mark.usefixtures("home", "english")
class TestCommands:
    def test_a_passport_is_a_card(self, capsys: pytest.CaptureFixture[str]) -> None:
        told = said(capsys, "models", "passport", MODEL)
        assert "SHA-256 of the weights" in told
        assert "What it read" in told
        assert "18,432,000" in told

    def test_a_passport_is_json(self, capsys: pytest.CaptureFixture[str]) -> None:
        told = json.loads(said(capsys, "models", "passport", "camembert-base", "--json"))
        assert told["licence"] == "MIT"
        keys = {one["key"]: one["sentence"] for one in told["unknown"]}
        assert {"training", "weights", "figures"} == set(keys)
        assert "no seed" in keys["training"]

    def test_a_passport_is_markdown(self, capsys: pytest.CaptureFixture[str]) -> None:
        told = said(capsys, "models", "passport", MODEL, "--markdown", "--lang", "fr")
        assert told.startswith("---\nlicense: apache-2.0\n")
        assert "## Ce qu’il a lu" in told

    def test_models_are_chosen(self, capsys: pytest.CaptureFixture[str]) -> None:
        words = ["--language", "fr", "--task", "fill", "--memory", "4GB", "--licence", "open"]
        told = said(capsys, "models", "choose", *words)
        first, rest = told.split("What does not, and why")
        assert "CamemBERT" in first
        assert "open licence: MIT" in first
        assert "tiny-masked-en" in rest
        plain = json.loads(said(capsys, "models", "choose", *words, "--json"))
        assert [one["model"] for one in plain if one["fits"]] == [
            "camembert-base",
            "tiny-masked-fr",
        ]
        assert plain[0]["reasons"][1]["sentence"] == "French: declared"

    @pytest.mark.parametrize(
        "words", [["--memory", "much"], ["--task", "sing"], ["--licence", "free"]]
    )
    def test_what_is_not_understood_is_said(
        self, words: list[str], capsys: pytest.CaptureFixture[str]
    ) -> None:
        with pytest.raises(SystemExit) as left:
            main(["models", "choose", *words])
        assert left.value.code == 2
        assert words[0].strip("-") in capsys.readouterr().err.lower()


def test_sizes_of_memory() -> None:
    assert memory("") == 0
    assert memory("4GB") == memory("4 Go") == memory("4g") == 4 * 10**9
    assert memory("1,5 GB") == memory("1.5GB") == 15 * 10**8
    assert memory("16GiB") == 16 * 2**30
    assert memory("800MB") == 8 * 10**8
    for odd in ("GB", "-1GB", "4 elephants", "4PB", "1e9"):
        with pytest.raises(LabError, match="memory_unclear"):
            memory(odd)
