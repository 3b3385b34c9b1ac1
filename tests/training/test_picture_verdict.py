"""What a picture model’s fine-tuning came to: measured on both sides, and judged."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from lab.evaluation import picture_verdict
from lab.evaluation.judge import judge, put_in, write
from lab.evaluation.picture_verdict import advise, nearest
from lab.models.catalogue import Catalogue
from lab.recipe import Recipe
from lab.training.folder import RunFolder
from lab.training.judging import latest
from lab.training.measure import on_general_text
from lab.training.own_card import write_card
from lab.training.setup import Work, set_up
from lab.training.takehome import merged
from lab.training.worker import work
from lab.verdict import Change, Copied

Told = Callable[..., Recipe]
pytestmark = pytest.mark.usefixtures("quick")


class TestVerdict:
    @pytest.fixture
    def tuned(self, told: Told, home: Path, tmp_path: Path, monkeypatch: Any) -> RunFolder:
        monkeypatch.setattr(picture_verdict, "DRAWN", 4)
        monkeypatch.setattr(picture_verdict, "DRAWS", 8)
        recipe = told(steps=16, optimiser__rate=0.01, lora__rank=8, measure_every=16)
        run = RunFolder.create(tmp_path / "run", recipe)
        assert work([run], home) == 0
        return run

    def test_it_is_kept_told_on_the_card_and_read_again(self, tuned: RunFolder, home: Path) -> None:
        found = judge(tuned, home)
        assert found.gain is not None
        assert found.gain.measure == "denoising"
        assert found.gain.documents == 3
        assert found.gain.tuned < found.gain.base
        assert found.gain.low <= found.gain.tuned - found.gain.base <= found.gain.high
        assert found.general["drawings"].documents == 16
        assert found.copied is not None
        assert found.copied.drawn == 4
        assert found.copied.closest <= found.copied.distance
        write(tuned, found)
        assert latest(tuned) == found
        assert (tuned.path / "samples" / "closest.png").is_file()
        write_card(tuned, home)
        card = (tuned.model / "README.md").read_text()
        assert "mean squared error" in card
        assert "library_name: diffusers" in card
        assert "--docs" in card

    def test_both_sides_are_given_the_same(self, tuned: RunFolder, home: Path) -> None:
        """Without the adapter what is measured is the base, to the last digit."""
        made: Work = set_up(tuned.recipe, home)
        from lab.training.manners import Manners

        manners = Manners(torch.device("cpu"), home)
        before = picture_verdict._measured(made, manners)
        put_in(made, tuned.model)
        assert picture_verdict._measured(made, manners)["held"] != before["held"]
        with made.adapter.disable_adapter():
            assert picture_verdict._measured(made, manners) == before
        assert on_general_text(made)["drawings"]["loss"] > 0

    def test_base_and_adapter_in_one(self, tuned: RunFolder, home: Path, tmp_path: Path) -> None:
        from diffusers import UNet2DModel

        merged(tuned, home, tmp_path / "whole")
        whole: Any = UNet2DModel.from_pretrained(tmp_path / "whole")
        plain: Any = UNet2DModel.from_pretrained(tuned.recipe.base.removeprefix("local:"))
        made = set_up(tuned.recipe, home)
        put_in(made, tuned.model)
        given = {"sample": torch.randn(2, 3, 32, 32), "timestep": torch.tensor([3, 60]),
                 "class_labels": torch.tensor([0, 2])}  # fmt: skip
        with torch.inference_mode():
            apart, base = (m.eval()(**given).sample for m in (made.model, plain))
            said = whole.eval()(**given).sample
        assert (said - apart).abs().mean() < 0.1 * (apart - base).abs().mean()
        entry = Catalogue.load(home).entry(f"local:{tmp_path / 'whole'}")
        assert entry.classes == ("cat", "boat")
        assert (tmp_path / "whole" / "scheduler" / "scheduler_config.json").is_file()


def test_the_nearest_picture_is_found_also_mirrored() -> None:
    some = torch.rand(5, 3, 8, 8) * 2 - 1
    gaps, which = nearest(some[[3]].flip(3), some)
    assert which.tolist() == [3]
    assert float(gaps) < 1e-3
    black, white = -torch.ones(1, 3, 8, 8), torch.ones(1, 3, 8, 8)
    assert float(nearest(black, white)[0]) == pytest.approx(1)


def change(base: float, tuned: float, low: float, high: float) -> Change:
    return Change(base, tuned, low, high, 10, "denoising")


FRESH = Copied(20, 1, 0, 0.2, 0.2, 0.1, 0.1, 0.1)


@pytest.mark.parametrize(
    ("gain", "general", "copied", "advice", "why"),
    [
        (change(0.2, 0.1, -0.12, -0.08), {}, FRESH, "keep", ["picture_gain"]),
        (change(0.2, 0.1, -0.12, -0.08), {}, None, "keep", ["picture_gain"]),
        (change(0.2, 0.19, -0.03, 0.01), {}, FRESH, "retrain", ["picture_no_gain"]),
        (change(0.1, 0.2, 0.05, 0.15), {}, FRESH, "reject", ["picture_worse"]),
        (change(0.2, 0.1, -0.12, -0.08), {"drawings": change(0.1, 0.3, 0.1, 0.3)}, FRESH,
         "retrain", ["picture_gain", "picture_forgets"]),
        (change(0.2, 0.1, -0.12, -0.08), {"drawings": change(0.1, 0.11, 0.0, 0.02)}, FRESH,
         "keep", ["picture_gain"]),
        (change(0.2, 0.1, -0.12, -0.08), {}, Copied(20, 12, 1, 0.01, 0.2, 0, 0, 0.1),
         "retrain", ["picture_gain", "copies"]),
        (change(0.2, 0.1, -0.12, -0.08), {}, Copied(20, 12, 12, 0.01, 0.2, 0, 0, 0.1),
         "keep", ["picture_gain"]),
    ],
)  # fmt: skip
def test_the_advice_follows_from_the_figures(
    gain: Change, general: dict[str, Change], copied: Copied | None, advice: str, why: list[str]
) -> None:
    said, reasons = advise(gain, general, copied)
    assert said == advice
    assert [reason.key for reason in reasons] == why
