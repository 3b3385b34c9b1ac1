"""What a fine-tuning changed: the same questions before and after, drawn again in pairs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lab.evaluation.beside import changes
from lab.evaluation.interval import CHANGE, bootstrap, difference
from lab.evaluation.probes.base import Judged, Scored, shares


def judged(*values: float, measure: str = "exact") -> Judged:
    scored = tuple(
        Scored(("en", f"en/{'ab'[i % 2]}"), f"unit {i // 2}", value)
        for i, value in enumerate(values)
    )
    return Judged(shares(scored, "right", neutral=0.5), measure, (), scored)


def test_an_interval_of_pairs_is_narrower_than_of_two_means() -> None:
    before = [float(i % 2) for i in range(100)]
    after = [1.0 if i < 10 else value for i, value in enumerate(before)]
    found = difference(before, after)
    assert found.value == pytest.approx(0.05)
    assert found.low >= 0
    apart = bootstrap(before)
    assert found.high - found.low < (apart.high - apart.low) / 2
    same = difference(before, before, ends=CHANGE)
    assert same.value == 0
    assert same.high == -same.low == pytest.approx(0.037, abs=0.001), "a hundred are no proof"


def test_each_name_has_its_change() -> None:
    found = changes(judged(0, 0, 1, 0, 1, 0), judged(1, 0, 1, 0, 1, 0))
    assert [(figure.name, figure.key) for figure in found] == [
        ("en", "change"), ("en/a", "change"), ("en/b", "change"),
    ]  # fmt: skip
    assert [figure.value for figure in found] == pytest.approx([1 / 6, 1 / 3, 0])
    assert found[0].items == 3, "units, which are what is drawn again"
    assert found[0].neutral == 0
    assert found[2].low is not None
    assert found[2].low < 0, "three that stayed are no certainty"


def test_nothing_is_compared_that_was_not_asked_alike() -> None:
    assert changes(judged(0, 1), judged(0, 1, 1)) == ()
    assert changes(judged(0, 1), judged(0, 1, measure="pseudo")) == ()
    other = tuple(replace(one, unit="another") for one in judged(0, 1).scored)
    assert changes(judged(0, 1), replace(judged(0, 1), scored=other)) == ()
