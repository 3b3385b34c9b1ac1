"""A fine-tuning judged: the base is the base, and each figure moves the way it must."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from lab.evaluation import by_heart
from lab.evaluation.judge import advise, judge, put_in, write
from lab.recipe import Recipe
from lab.training.folder import RunFolder
from lab.training.judging import earlier, latest
from lab.training.setup import set_up
from lab.training.worker import work
from lab.verdict import Change, Memorised

MakeRecipe = Callable[..., Recipe]
VERSE = (
    "The seventh lantern of street {i} is lit by Odile at {i} o’clock, and never by anybody else. "
)


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    folder.mkdir()
    for i in range(14):
        (folder / f"{i:02}.txt").write_text(VERSE.format(i=i) * 3, encoding="utf-8")
    return folder


@pytest.fixture
def tuned(founded: MakeRecipe, notes: Path, home: Path, tmp_path: Path) -> RunFolder:
    told = founded(
        "next", steps=40, optimiser__rate=0.02, data__paths=[str(notes)], data__apart=True,
        data__length=64, prompts=(), lora__rank=8,
    )  # fmt: skip
    run = RunFolder.create(tmp_path / "run", told)
    assert work([run], home) == 0
    return run


def test_a_verdict_is_kept_and_read_again(tuned: RunFolder, home: Path) -> None:
    found = judge(tuned, home)
    assert found.gain is not None
    assert found.gain.tuned < found.gain.base
    assert found.gain.low <= found.gain.tuned - found.gain.base <= found.gain.high
    assert set(found.general) == {"en", "fr"}
    assert found.memorised is not None
    assert found.memorised.longest > 0
    write(tuned, found)
    assert latest(tuned) == found
    assert earlier(tuned) == [found]
    assert json.loads((tuned.path / "verdict.json").read_text())["advice"] == found.advice


def test_the_base_side_is_the_base_and_training_left_it_alone(
    tuned: RunFolder, home: Path, base: Path
) -> None:
    from transformers import AutoModelForCausalLM

    made = set_up(tuned.recipe, home)
    plain: Any = AutoModelForCausalLM.from_pretrained(base)
    ids = torch.randint(8, 60, (2, 20))
    with torch.inference_mode():
        before = made.model.eval()(ids).logits
        put_in(made, tuned.model)
        after = made.model(ids).logits
        with made.adapter.disable_adapter():
            without = made.model(ids).logits
        said = plain.eval()(ids).logits
    torch.testing.assert_close(before, said)
    torch.testing.assert_close(without, said)
    assert not torch.allclose(after, said, atol=1e-2)
    weights = dict(plain.named_parameters())
    rests = {n.replace(".base_layer", ""): p for n, p in made.model.named_parameters()}
    assert all(torch.equal(p, rests[n]) for n, p in weights.items())


def test_the_adapter_opens_outside_the_lab(tuned: RunFolder, base: Path) -> None:
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    model = PeftModel.from_pretrained(
        AutoModelForCausalLM.from_pretrained(base), tuned.path / "adapter"
    )
    assert model(torch.tensor([[8, 9, 10]])).logits.shape[1] == 3


def change(base: float, tuned: float, low: float, high: float) -> Change:
    return Change(base, tuned, low, high, 10, "exact")


HEART = Memorised(3, "so it goes", 100, 8, 0.1, 0.1, 1, 1, 30)


@pytest.mark.parametrize(
    ("gain", "general", "heart", "advice", "why"),
    [
        (change(2, 1, -1.1, -0.9), {}, HEART, "keep", ["gain"]),
        (change(2, 1.9, -0.3, 0.1), {}, HEART, "retrain", ["no_gain"]),
        (change(2, 3, 0.5, 1.5), {}, HEART, "reject", ["worse"]),
        (None, {}, HEART, "retrain", ["nothing_held"]),
        (change(2, 1, -1, -1), {"en": change(1, 2, 0.9, 1.1)}, HEART, "retrain",
         ["gain", "forgets"]),
        (change(2, 1, -1, -1), {"en": change(1, 1.1, 0.0, 0.2)}, HEART, "keep", ["gain"]),
        (change(2, 1, -1, -1), {}, Memorised(9, "", 9, 8, 1, 0, 20, 1, 30), "retrain",
         ["gain", "by_heart"]),
    ],
)  # fmt: skip
def test_the_advice_follows_from_the_figures(
    gain: Change | None, general: dict[str, Change], heart: Memorised, advice: str, why: list[str]
) -> None:
    said, reasons = advise(gain, general, heart)
    assert said == advice
    assert [reason.key for reason in reasons] == why


def test_the_longest_run_of_words_is_found() -> None:
    texts = ["It was cold, and the seventh lantern of the street was lit. Then nothing."]
    learnt = iter(["A seventh lantern of the street, was LIT by her.", "cold and the"])
    assert by_heart.longest(texts, learnt) == (7, "seventh lantern of the street was lit")
    assert by_heart.longest([""], iter(["a b"])) == (0, "")
