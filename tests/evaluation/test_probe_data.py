"""The lab's own probes as files: their keys, their counts, and what docs/probes.md promises."""

from __future__ import annotations

import random
import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from lab.texts import ASSETS

PROBES = ASSETS / "probes"
GUIDE = ASSETS.parent / "docs" / "probes.md"
BOTH = ("en", "fr")
FILES = sorted(path for path in PROBES.rglob("*.toml") if path.name != "cards.toml")
LANGUAGES = sorted((PROBES / "languages").glob("*.toml"))
WITH_GAPS = [path for path in FILES if path.parent.name in {"cloze", "languages"}]
DOMAINS = {
    *("geography", "nature", "science", "numbers", "time", "body", "culture", "food"),
    *("law", "home", "town", "people", "saying", "grammar"),
}
PAIRS_A_CATEGORY = {
    **dict.fromkeys(("gender", "origin"), 16),
    **dict.fromkeys(("age", "socioeconomic"), 14),
    **dict.fromkeys(("religion", "disability", "sexual-orientation"), 12),
    **dict.fromkeys(("physical-appearance", "region"), 12),
    "neutral": 24,
}
ITEM = ({"text", "answer"}, {"also", "left"})
KEYS = {
    "cloze": (ITEM[0] | {"kind", "domain"}, ITEM[1]),
    "languages": (ITEM[0] | {"concept"}, ITEM[1]),
    "minimal-pairs": ({"UID", "field", "linguistics_term", "same_length", "name", "pairs"}, set()),
    "features": ({"task", "label", "sentences"}, set()),
    "bias": ({"bias_type", "terms", "pairs"}, set()),
}
"""What a table of each kind of file must have, and what it may."""
TABLES = {"item", "paradigm", "swap", "class"}
CLASSES = {
    "mood": dict.fromkeys(("glad", "sad"), 32),
    "topic": dict.fromkeys(("sea", "kitchen", "school", "garden"), 16),
}


@cache
def read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def rows(path: Path) -> list[dict[str, Any]]:
    """The tables of a file: its items, paradigms or swaps."""
    found = [value for key, value in read(path).items() if key in TABLES]
    assert len(found) == 1
    return list(found[0])


def sentences(path: Path) -> list[str]:
    if path in WITH_GAPS:
        return [row["text"] for row in rows(path)]
    if path.parent.name == "features":
        return [text for row in rows(path) for text in row["sentences"]]
    pairs = [pair for row in rows(path) for pair in row["pairs"]]
    return [text for pair in pairs for key, text in pair.items() if key.startswith("sent")]


def difference(one: str, other: str) -> tuple[str, str]:
    """The words between the beginning and the end that two sentences share."""
    first, second = one.split(), other.split()
    start = 0
    while first[start] == second[start]:
        start += 1
    end = 0
    while first[-1 - end] == second[-1 - end]:
        end += 1
    return " ".join(first[start : len(first) - end]), " ".join(second[start : len(second) - end])


@pytest.mark.parametrize("path", FILES, ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_a_file_is_well_formed(path: Path) -> None:
    must, may = KEYS[path.parent.name]
    for row in rows(path):
        assert must <= set(row) <= must | may, row
    said = sentences(path)
    assert len(set(said)) == len(said), [text for text, n in Counter(said).items() if n > 1]
    for text in said:
        assert text == unicodedata.normalize("NFC", text).strip(), text
        assert re.search(r"[.?؟。।]$", text), text
        assert not re.search(r"[\"']|  ", text), text
        if path.stem == "fr":
            assert not re.search(r"(?<!\u202f)[;!?]|(?<!\u00a0):", text), text


@pytest.mark.parametrize("path", WITH_GAPS, ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_a_gap_is_there_once_and_filled_by_one_word(path: Path) -> None:
    for row in rows(path):
        assert row["text"].count("[MASK]") == 1, row
        before, after = row["text"].split("[MASK]")
        words = [row["answer"], *row.get("also", ())]
        assert len(set(words)) == len(words), row
        assert all(re.fullmatch(r"[^\s\[\]]+", word) for word in words), row
        assert not re.search(r"\w$", before) or path.stem == "zh", "the gap is a whole word"
        if not re.search(r"\w", after):
            assert row.get("left"), f"nothing but punctuation follows: {row}"


@pytest.mark.parametrize("language", BOTH)
def test_cloze_has_what_it_promises(language: str) -> None:
    items = rows(PROBES / "cloze" / f"{language}.toml")
    assert Counter((item["kind"], item.get("left", False)) for item in items) == {
        (kind, left): 50 for kind in ("fact", "word") for left in (True, False)
    }
    assert {item["domain"] for item in items} == DOMAINS
    law = [item for item in items if item["domain"] == "law"]
    assert Counter(item.get("left", False) for item in law) == {True: 12, False: 12}
    for item in items:
        assert item.get("left", False) != bool(re.search(r"\w", item["text"].split("[MASK]")[1]))


@pytest.mark.parametrize("language", BOTH)
def test_minimal_pairs_differ_in_one_place(language: str) -> None:
    paradigms = rows(PROBES / "minimal-pairs" / f"{language}.toml")
    assert len({one["UID"] for one in paradigms}) == len(paradigms) == 15
    for one in paradigms:
        assert set(one["name"]) == set(BOTH)
        assert one["field"] in {"morphology", "syntax", "semantics"}
        assert len(one["pairs"]) == 15
        lengths = set()
        for pair in one["pairs"]:
            assert set(pair) == {"sentence_good", "sentence_bad"}
            good, bad = pair["sentence_good"], pair["sentence_bad"]
            assert max(len(side.split()) for side in difference(good, bad)) <= 3, pair
            lengths.add(len(good.split()) == len(bad.split()))
        assert lengths == {one["same_length"]}, one["UID"]


@pytest.mark.parametrize("language", BOTH)
def test_classes_are_as_large_and_no_word_gives_one_away(language: str) -> None:
    """A word of four letters or more that stands in three sentences of a task stands in two of
    its classes, so that nobody can learn the class from it."""
    found = rows(PROBES / "features" / f"{language}.toml")
    for task, sizes in CLASSES.items():
        of = {one["label"]: one["sentences"] for one in found if one["task"] == task}
        assert {label: len(sentences) for label, sentences in of.items()} == sizes
        uses: dict[str, Counter[str]] = {}
        for label, sentences in of.items():
            for text in sentences:
                for word in set(re.findall(r"\w{4,}", text.lower())):
                    uses.setdefault(word, Counter())[label] += 1
        given = [word for word, said in uses.items() if said.total() > 2 and len(said) == 1]
        assert not given


def swaps(language: str) -> Iterator[tuple[str, list[str], dict[str, str]]]:
    """Category, the two terms and a pair, for every pair."""
    for swap in rows(PROBES / "bias" / f"{language}.toml"):
        for pair in swap["pairs"]:
            yield swap["bias_type"], swap["terms"], pair


@pytest.mark.parametrize("language", BOTH)
def test_bias_pairs_differ_in_the_term_alone(language: str) -> None:
    assert Counter(category for category, _, _ in swaps(language)) == PAIRS_A_CATEGORY
    for swap in rows(PROBES / "bias" / f"{language}.toml"):
        neutral = swap["bias_type"] == "neutral"
        directions = ["none", "none"] if neutral else ["stereo", "antistereo"]
        assert [pair["stereo_antistereo"] for pair in swap["pairs"]] == directions
        for pair, terms in zip(swap["pairs"], (swap["terms"], swap["terms"][::-1]), strict=True):
            more, less = pair["sent_more"], pair["sent_less"]
            assert more.replace(*terms, 1) == less or swapped_in_lower_case(more, less, terms)
            assert abs(len(more.split()) - len(less.split())) <= 1


def swapped_in_lower_case(more: str, less: str, terms: list[str]) -> bool:
    return more.lower().replace(*(term.lower() for term in terms), 1) == less.lower()


@pytest.mark.parametrize("language", BOTH)
def test_liking_a_word_for_itself_scores_fifty_per_cent(language: str) -> None:
    """Each term is once in the likelier place and once in the other: how common it is cancels."""
    dice = random.Random(0)
    liking: dict[str, float] = {}
    scores: dict[str, list[bool]] = {}
    for category, terms, pair in swaps(language):
        first, second = (liking.setdefault(term, dice.random()) for term in terms)
        first_is_more = terms[0].lower() in pair["sent_more"].lower()
        scores.setdefault(category, []).append((first > second) == first_is_more)
    assert {category: sum(s) / len(s) for category, s in scores.items()} == dict.fromkeys(
        PAIRS_A_CATEGORY, 0.5
    )


def test_the_same_concepts_in_twelve_languages() -> None:
    assert len(LANGUAGES) == 12
    english = [item["concept"] for item in rows(PROBES / "languages" / "en.toml")]
    assert len(set(english)) == 20
    for path in LANGUAGES:
        assert [item["concept"] for item in rows(path)] == english, path.stem
        assert sum(item.get("left", False) for item in rows(path)) >= 15, path.stem


@pytest.mark.parametrize("path", LANGUAGES, ids=lambda p: p.stem)
def test_a_text_is_in_its_script_and_its_words_are_counted(path: Path) -> None:
    told = read(path)
    assert told["language"] == path.stem
    assert set(told["names"]) == set(BOTH)
    assert len(told["text"].strip().split("\n\n")) == 2
    begins = {"Han": "CJK UNIFIED"}.get(told["script"], told["script"].upper())
    letters = [letter for letter in told["text"] if unicodedata.category(letter) in {"Lo", "Ll"}]
    assert all(unicodedata.name(letter).startswith(begins) for letter in letters)
    if told["script"] != "Han":
        pieces = told["text"].split()
        assert told["words"] == sum(any(map(str.isalnum, piece)) for piece in pieces)


def test_every_probe_has_its_card_in_both_languages() -> None:
    cards = read(PROBES / "cards.toml")
    assert set(cards) == {path.parent.name for path in FILES}
    for name, card in cards.items():
        assert set(card) == set(BOTH)
        english, french = card["en"], card["fr"]
        assert set(english) == set(french) == {"title", "asks", "made", "scored", "not_shown"}
        assert len(english["not_shown"]) == len(french["not_shown"]) > 0
        assert f"assets/probes/{name}" in GUIDE.read_text(encoding="utf-8")
