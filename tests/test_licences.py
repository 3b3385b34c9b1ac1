"""Licences recognised by their names and compared by their families."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest

from lab.licences import CHOICES, asks, check, named, rights_of


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("apache-2.0", "Apache-2.0"),
        ("https://creativecommons.org/licenses/by-nc-sa/3.0/fr/", "CC-BY-NC-SA-3.0"),
        ("http://creativecommons.org/publicdomain/zero/1.0/", "CC0-1.0"),
        ("CC BY-SA 4.0", "CC-BY-SA-4.0"),
        ("Creative Commons Attribution-NonCommercial-NoDerivatives 4.0 International",
         "CC-BY-NC-ND-4.0"),
        ("Creative Commons Attribution Share-Alike 4.0", "CC-BY-SA-4.0"),
        ("Public domain in the USA.", "public-domain"),
        ("Copyright © 2020 Odile Marchand. All rights reserved.", "all-rights-reserved"),
        ("Copyright 2020. All rights reserved. Redistribution and use in source and binary forms",
         "BSD-3-Clause"),
        ("GNU GENERAL PUBLIC LICENSE Version 3, 29 June 2007", "GPL-3.0"),
        ("MIT License\n\nCopyright (c) 2020", "MIT"),
        ("llama3.2", "llama3.2"),
        ("Our own terms, number 7", "Our own terms, number 7"),
        ("", ""),
    ],
)  # fmt: skip
def test_a_licence_has_one_name(said: str, name: str) -> None:
    assert named(said) == name
    assert len(named("x" * 1000)) <= 80


def test_every_choice_is_known() -> None:
    assert all(asks(choice) is not None for choice in CHOICES)
    assert asks("Our own terms") is None
    assert asks("") is None


@pytest.mark.parametrize(
    ("base", "stated", "answer", "ground"),
    [
        ("Apache-2.0", "own", "clear", "asks_notice"),
        ("Apache-2.0", "CC-BY-SA-4.0", "clear", "asks_share_alike"),
        ("Apache-2.0", "CC-BY-NC-4.0", "clear", "asks_non_commercial"),
        ("Apache-2.0", "CC-BY-ND-4.0", "conflict", "no_derivatives"),
        ("MIT", "all-rights-reserved", "conflict", "reserved"),
        ("gemma", "CC-BY-SA-4.0", "conflict", "same_terms"),
        ("gemma", "CC-BY-4.0", "clear", "asks_use_limits"),
        ("CC-BY-NC-4.0", "CC-BY-SA-4.0", "conflict", "same_terms"),
        ("CC-BY-NC-4.0", "CC-BY-NC-SA-4.0", "clear", "asks_share_alike"),
        ("CC-BY-SA-4.0", "GPL-3.0", "clear", "asks_share_alike"),
        ("CC-BY-SA-3.0", "CC-BY-SA-4.0", "clear", "asks_share_alike"),
        ("CC-BY-SA-4.0", "MPL-2.0", "conflict", "two_terms"),
        ("Apache-2.0", "GPL-2.0", "conflict", "same_terms"),
        ("Apache-2.0", "GPL-3.0", "clear", "asks_notice"),
        ("Apache-2.0", "", "unclear", "documents_unstated"),
        ("", "own", "unclear", "base_unstated"),
        ("Apache-2.0", "Our own terms", "unclear", "unknown"),
        ("", "CC-BY-ND-4.0", "conflict", "no_derivatives"),
    ],
)
def test_families_conflict_or_not(base: str, stated: str, answer: str, ground: str) -> None:
    found = check(base, stated, [""])
    assert found.answer == answer
    assert ground in [one.key for one in found.grounds]
    clashes = {"no_derivatives", "reserved", "same_terms", "two_terms"}
    assert bool(clashes & {one.key for one in found.grounds}) == (answer == "conflict")


def test_what_a_document_states_goes_before_what_its_owner_says() -> None:
    found = check("Apache-2.0", "own", ["CC-BY-ND-4.0", "", ""])
    assert found.documents == ("own", "CC-BY-ND-4.0")
    assert found.answer == "conflict"
    assert check("Apache-2.0", "", ["MIT", ""]).answer == "unclear"
    assert check("Apache-2.0", "", ["MIT", "MIT"]).answer == "clear"


def test_documents_can_conflict_with_one_another() -> None:
    found = check("MIT", "", ["CC-BY-SA-4.0", "CC-BY-NC-4.0"])
    assert found.answer == "conflict"
    assert found.grounds[0].facts == {"licence": "CC-BY-SA-4.0", "other": "CC-BY-NC-4.0"}


def test_it_is_read_back_from_json() -> None:
    found = check("gemma", "CC-BY-SA-4.0", ["", "MIT"])
    assert rights_of(json.loads(json.dumps(asdict(found)))) == found
    assert rights_of(None) is None
