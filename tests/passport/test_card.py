"""The card of a passport: what is known in words, what is not as a warning, nothing active."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
import yaml

from lab import saying
from lab.findings import Figure, Finding
from lab.passport.card import card
from lab.passport.facts import Base, Document, Held, Passport, Training
from lab.passport.markdown import markdown
from lab.texts import LANGUAGES, texts

BARE = Passport("local:x", "x", "local", "causal", ("next",), location="x")
FIGURE = Figure("en", "right", "share", 0.645, 200, 0.58, 0.715)
FULL = Passport(
    model="hub:lab/full",
    title="Full",
    source="hub",
    kind="causal",
    objectives=("next",),
    parameters=1_234_567,
    location="lab/full",
    revision="abc",
    digest="d" * 64,
    licence="Apache-2.0",
    languages=("en", "fr"),
    data=("pages of the web",),
    documents=(Document("one", "One", "A. Author", "", "CC-BY-4.0", "e" * 64, held_out=True),),
    base=Base("lab/base", "Base", "MIT", "r1", ("books",)),
    training=Training("next", "2026-01-01", 10, 2000, 1900, 7, 3, 120, {"torch": "2"}),
    held=(Held("bits_per_byte", 1.5, "exact", 1.4, 1.6, 40),),
    findings=(Finding("cloze", "hub:lab/full", "fp32", "d" * 64, "own", "left", (FIGURE,)),),
    limits={"en": "Few.", "fr": "Peu."},
)


def words(passport: Passport, language: str = "en") -> str:
    told = card(passport, language)
    inside = [
        line
        for part in told.parts
        for line in (part.title, *map(" ".join, part.facts), part.strong, *part.lines, part.code)
    ]
    return "\n".join([told.title, told.lead, *told.warnings, *inside])


def test_all_that_is_known_stands_on_it() -> None:
    told = words(FULL)
    for said in (
        "Full", "lab/full", "abc", "dddddddddddddddd…", "Apache-2.0", "English, French",
        "1,234,567", "pages of the web", "One, A. Author (SHA-256 eeeeeeeeeeeeeeee…, held out",
        "Base (lab/base, r1, MIT)", "books", "2026-01-01", "2,000", "seed 3", "2 min", "torch 2",
        "1.500 [1.400, 1.600] bits a byte (exact)", "64.5 % [58.0 %, 71.5 %] (n = 200)", "Few.",
    ):  # fmt: skip
        assert said in told, said
    assert card(FULL, "en").warnings == ()


def test_the_lab_s_own_models_are_called_in_the_reader_s_language() -> None:
    own = replace(FULL, model="lanterns-heart-fr", base=Base("tiny-next-fr", "Tiny", "MIT"))
    assert card(own, "fr").title.startswith("Minuscule")
    assert "Minuscule · jeton suivant · français (tiny-next-fr, MIT)" in words(own, "fr")
    lead = card(replace(own, source="run"), "fr").lead
    assert "Minuscule · jeton suivant" in lead
    unread = replace(own, base=Base("tiny-next-fr", "Tiny"))
    assert any("Minuscule" in one for one in card(unread, "fr").warnings)


def test_one_other_is_one() -> None:
    assert [saying.more("fr", count) for count in (1, 2)] == ["1 autre", "2 autres"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_that_is_not_known_is_a_warning(language: str) -> None:
    told = card(BARE, language)
    assert len(told.warnings) == len(BARE.unknown) == 7
    for key in BARE.unknown:
        assert f"unknown.{key}" in texts(language)
    assert not re.search(r"\{\w+\}", words(BARE, language)), "every slot is filled"


@pytest.mark.parametrize(
    ("lost", "key"),
    [
        ({"licence": None}, "licence"),
        ({"languages": None}, "languages"),
        ({"data": None, "documents": ()}, "data"),
        ({"training": Training()}, "training"),
        ({"digest": None, "revision": None}, "weights"),
        ({"held": (), "findings": ()}, "figures"),
        ({"limits": {}}, "limits"),
        ({"base": Base("b")}, "base_data"),
        ({"declared": "mit"}, "declared"),
        ({"documents": (Document("one"),)}, "documents"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_thing_that_is_lost_is_missed(lost: dict[str, Any], key: str) -> None:
    assert replace(FULL, **lost).unknown == (key,)


def test_french_is_written_as_print_is() -> None:
    told = words(FULL, "fr")
    assert "1\u202f234\u202f567" in told
    assert "64,5\u202f% [58,0\u202f%\u202f; 71,5\u202f%]" in told
    assert "anglais, français" in told


def test_markdown_reads_back_as_what_it_says() -> None:
    _, head, body = markdown(FULL).split("---\n", 2)
    assert yaml.safe_load(head) == {
        "base_model": "lab/base",
        "license": "apache-2.0",
        "language": ["en", "fr"],
        "library_name": "transformers",
    }
    assert body.startswith("\n# Full\n")


def test_nothing_that_strangers_wrote_is_active() -> None:
    evil = '<script>alert(1)</script> [x](javascript:1) ![y](http://z) `"\n---\nlicense: mit\n'
    told = replace(
        FULL, title=evil, licence=evil, languages=(evil, "no"), datasets=(evil,),
        base=Base(evil, "", evil), documents=(Document(evil, licence=evil),), location=evil,
    )  # fmt: skip
    text = markdown(told)
    _, head, body = text.split("\n---\n", 2) if text.startswith("\n") else text.split("---\n", 2)
    found = yaml.safe_load(head)
    assert found["base_model"] == evil
    assert found["license"] == evil.lower()
    assert found["language"] == [evil, "no"], "Norwegian is no falsehood"
    assert not re.search(r"(?<!\\)<", body)
    assert not re.search(r"(?<!\\)\]\(", body)
    assert "\n---\n" not in body, "no second head"


def test_a_name_is_never_read_as_a_template() -> None:
    told = replace(FULL, source="run", base=Base("m", "{licence}", "{base}"))
    assert card(told, "en").lead == "Made of {licence} ({base}) with Pretext Lab."
