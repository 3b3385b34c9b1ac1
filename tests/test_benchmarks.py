"""What the benchmarks make of their measurements; the measuring itself is never tested by time."""

from __future__ import annotations

import pytest

from benchmarks import keystroke, predict
from benchmarks._timing import Effort, alternate, ratio, spread
from lab.session import Session
from lab.types import LabError


def test_the_spread_is_made_of_measured_values() -> None:
    assert spread([5.0]) == {"median": 5.0, "p95": 5.0}
    assert spread([float(i) for i in range(1, 101)]) == {"median": 50.5, "p95": 95.0}
    assert spread([float(i) for i in range(1, 21)])["p95"] == 19.0


def test_a_ratio_above_one_means_that_ours_is_faster() -> None:
    assert ratio([1.0, 2.0, 4.0], [2.0, 4.0, 4.0]) == 2.0


def test_the_sides_take_turns_after_a_warm_up() -> None:
    order: list[str] = []
    ours, theirs = alternate(lambda: order.append("a"), lambda: order.append("b"), pairs=3)
    assert "".join(order) == "ab" + "ab" + "ba" + "ab"
    assert len(ours) == len(theirs) == 3


def test_drawings_belong_to_the_last_key_before_them() -> None:
    raw = {
        "keys": [100.0, 200.0, 300.0],
        "drawn": [
            {"lane": "next", "since": 101.0, "dom": 120.0, "painted": 130.0},
            {"lane": "next", "since": 301.0, "dom": 350.0, "painted": 360.0},
            {"lane": "masked", "since": 201.0, "dom": 210.0, "painted": 216.0},
            # The layers, read once the fingers rest, are drawn again: another matter.
            {"lane": "next", "since": 301.0, "dom": 900.0, "painted": 910.0},
        ],
    }
    assert keystroke._by_key(raw, 3) == [
        {"next": {"dom": 20.0, "painted": 30.0}},
        {"masked": {"dom": 10.0, "painted": 16.0}},
        {"next": {"dom": 50.0, "painted": 60.0}},
    ]


def test_a_lost_key_is_not_passed_over() -> None:
    with pytest.raises(AssertionError):
        keystroke._by_key({"keys": [1.0], "drawn": []}, 2)


FIGURES = {
    "keystroke": {
        "models": {"masked": "m", "next": "n"},
        "painted_ms": {"median": 80.0, "p95": 140.0},
        "beyond_ms": {"median": 30.0, "p95": 90.0},
        "bare_forward_ms": {"masked": 5.0, "next": 45.0},
        "lane_beyond_own_forward_ms": {"next": {"median": 20.0, "p95": 40.0}},
        "keystrokes": 10,
        "followed_by_every_lane": 9,
    },
    "generation": {
        "model": "n",
        "precision": "fp32",
        "tokens": 64,
        "same_text": True,
        "ours_tokens_per_s": 19.0,
        "generate_tokens_per_s": 20.0,
        "ratio": 0.95,
    },
    "picture": {
        "model": "p",
        "scheduler": "ddim",
        "steps": 20,
        "ours_s": 0.5,
        "pipeline_s": 0.4,
        "ratio": 0.8,
    },
    "start": {
        "http_200_s": {"median": 3.0, "p95": 3.5},
        "interactive_s": {"median": 4.5, "p95": 5.0},
        "starts": 5,
    },
}


def test_each_aim_says_whether_it_was_met() -> None:
    met = {aim["what"]: aim["met"] for aim in predict.aims(FIGURES)}
    assert list(met.values()) == [True, False, True, False, True, False]


def test_the_table_holds_every_aim_and_the_machine() -> None:
    said = {
        "when": "2026-01-01T00:00:00+00:00",
        "machine": {
            "processor": "A processor",
            "cores": 2,
            "accelerators": [],
            "python": "3.11",
            "load_before": [0.1, 0.2, 0.3],
        },
        "versions": {"torch": "2.13.0"},
        "figures": FIGURES,
        "aims": predict.aims(FIGURES),
    }
    table = predict.markdown(said)
    assert "A processor, 2 cores, no graphics card" in table
    assert all(f"| {aim['what']} | {aim['value']:.2f} |" in table for aim in said["aims"])
    assert table.count("| no |") == 3


def test_effort() -> None:
    assert Effort.of(quick=True).keystrokes < Effort.of(quick=False).keystrokes


@pytest.mark.usefixtures("home")
def test_without_weights_there_is_nothing_to_time() -> None:
    with pytest.raises(LabError) as caught:
        predict.chosen(Session(), "scratch-next")
    assert caught.value.key == "nothing_to_time"
    with pytest.raises(LabError):
        predict.chosen(Session(), "smollm2-135m")
