"""What is mended in a text, how often it is told, and what is left alone."""

from __future__ import annotations

from collections import Counter

import pytest

from lab.documents.cleaning import mended
from lab.documents.language import Sample, language
from lab.documents.pages import flowing, without_furniture


def clean(text: str, verbatim: bool = False) -> tuple[str, dict[str, int]]:
    told: Counter[str] = Counter()

    def dropped(what: str, count: int = 1, line: int = 0) -> None:
        told[what] += count

    return mended(text, dropped, verbatim), {what: n for what, n in told.items() if n}


@pytest.mark.parametrize(
    ("raw", "read", "told"),
    [
        ("an exam-\nple of it", "an example of it", {"hyphens": 1}),
        ("well-\nknown, so well-known", "well-known, so well-known", {}),
        ("celui-\nci, peut-\nêtre, est-\nil", "celui-ci, peut-être, est-il", {}),
        ("Saint-\nPierre et 1914-\n1918", "Saint-Pierre et 1914-\n1918", {}),
        ("soft\u00ad\nened sof\u00adtly", "softened softly", {"hyphens": 1, "unseen": 1}),
        ("the ﬁrst ﬂoor, oﬃce", "the first floor, office", {"ligatures": 3}),
        ("cafe\u0301", "café", {"accents": 1}),
        ("a\r\nb\rc\u2028d\x85e", "a\nb\nc\nd\ne", {}),
        ("a\x0cb", "a\n\nb", {}),
        ("a\x00\x07b\u200bc\ufeffd\u202ee\u2066f", "abcdef", {"unseen": 6}),
        ("a\n\n\n\n\nb\n\n\nc", "a\n\nb\n\nc", {"empty_lines": 2}),
        ("a  \nb\t\nc\u00a0\n", "a\nb\nc", {}),
        ("a" + " " * 40 + "b", "a b", {"wide_gaps": 1}),
        ("half \ud83d here", "half \ufffd here", {"lost_letters": 1}),
        ("\ufffd\ufffd", "\ufffd\ufffd", {"lost_letters": 2}),
        ("می\u200cخواهم 👩\u200d👧 क्षि", "می\u200cخواهم 👩\u200d👧 क्षि", {}),
        ("« Oui ! » — l’été, œuvre", "« Oui ! » — l’été, œuvre", {}),
        ("\u1112\u1161\u11ab", "한", {"accents": 2}),
        ("", "", {}),
    ],
    ids=ascii,
)
def test_what_is_mended(raw: str, read: str, told: dict[str, int]) -> None:
    assert clean(raw) == (read, told)
    assert clean(read)[0] == read, "once is enough"


def test_verbatim_keeps_what_means_something() -> None:
    raw = "x -\n  y\n\n\n\nz" + " " * 30 + "ﬁ"
    assert clean(raw, verbatim=True) == (raw, {})


def told_none(what: str, count: int = 1, line: int = 0) -> None:
    """For whoever does not ask."""


def test_heads_that_come_back_go_and_words_that_come_back_stay() -> None:
    pages = [f"Annual Report\nThe year {n} began.\nSee also\n{n}" for n in range(10, 20)]
    lines = without_furniture(pages, told_none)
    assert lines[0] == ["The year 10 began.", "See also"]
    few = without_furniture(["Title\na\nb\nc\nd", "Title\ne\nf\ng\nh"], told_none)
    assert few[0][0] == "Title", "two pages are too few to tell"


def test_lines_that_the_page_broke_run_on() -> None:
    pages = [
        ["A line that runs to the edge", "of its page and ends.", "Short", "and on"],
        ["over."],
    ]
    assert list(flowing(pages, told_none)) == [
        "A line that runs to the edge of its page and ends. Short and on",
        " over.",
    ]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("The ferry of Ostrel carries goats free of charge on the ninth of May.", "en"),
        ("Le bac d’Ostrel transporte les chèvres gratuitement le neuf mai.", "fr"),
        ("Die Fähre von Ostrel befördert am neunten Mai Ziegen umsonst.", "de"),
        ("渡し船は五月九日にヤギを無料で運びます。" * 3, "ja"),
        ("Hello", ""),
        ("12 345 678 " * 20, ""),
        ("", ""),
    ],
)
def test_the_language_is_told_or_left_open(text: str, code: str) -> None:
    found, sure = language(text)
    assert found == code
    assert 0 <= sure <= 1
    assert bool(code) == (sure > 0.5)


def test_a_sample_is_small_and_comes_from_all_over() -> None:
    sample = Sample()
    for number in range(1000):
        sample.add(f"{number} ".ljust(5000, "x"))
    assert sum(map(len, sample.taken)) < 8000
    assert len(sample.taken) >= 3
