"""Several texts in one row, and tokens that carry no loss: the same task as each text alone."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from tiny_models import SENTENCES, byte_level, generator, loaded
from torch import Tensor

from lab.objectives.base import Batch, objectives
from lab.training.measure import outputs

TEXTS = [byte_level()(text, add_special_tokens=False)["input_ids"] for text in SENTENCES[:3]]
MARKER = 1


def alone(text: list[int]) -> Batch:
    return Batch(ids=torch.tensor([[MARKER, *text]]))


def shared(texts: list[list[int]], pad: int) -> Batch:
    ids = [i for text in texts for i in (MARKER, *text)]
    places = [i for text in texts for i in range(len(text) + 1)]
    learn = [i > 0 for i in places]
    filling = [0, 0, 0]
    return Batch(
        ids=torch.tensor([ids + [pad] * 3]),
        places=torch.tensor([places + filling]),
        learn=torch.tensor([learn + [False] * 3]),
    )


def nats(model: Any, objective: Any, batch: Batch) -> tuple[float, int]:
    task = objective.corrupt(batch, generator())
    with torch.no_grad():
        mean = outputs(model.module, objective, task, bf16=False)
    count = int((task.weights != 0).sum())
    return float(mean) * count, count


@pytest.mark.parametrize("name", [n for n, kind in objectives().items() if kind.packs])
def test_texts_that_share_a_row_do_not_see_each_other(name: str) -> None:
    model = loaded("causal")
    objective = objectives()[name].serving(model)
    apart = [nats(model, objective, alone(text)) for text in TEXTS]
    together = nats(model, objective, shared(TEXTS, objective.alphabet.pad))
    assert together[1] == sum(count for _, count in apart) == sum(map(len, TEXTS))
    assert together[0] == pytest.approx(sum(said for said, _ in apart), rel=1e-4)


def test_who_may_look_at_whom_in_a_shared_row() -> None:
    objective = objectives()["next"].serving(loaded("causal"))
    batch = shared([[5, 6], [7]], objective.alphabet.pad)
    seen = objective.visible(objective.corrupt(batch, generator()))
    expected = torch.zeros(8, 8, dtype=torch.bool)
    expected[:3, :3] = expected[3:5, 3:5] = True
    assert torch.equal(seen[:5, :5], (expected & torch.ones(8, 8).tril().bool())[:5, :5])


@pytest.mark.parametrize(
    ("name", "kind"),
    [("next", "causal"), ("masked", "masked"), ("diffusion", "masked"), ("span", "seq2seq")],
)
def test_only_what_is_to_be_learnt_carries_loss(name: str, kind: Any) -> None:
    model = loaded(kind)
    objective = objectives()[name].serving(model)
    ids = torch.randint(20, 60, (8, 40), generator=generator())
    learn = torch.zeros(8, 40, dtype=torch.bool)
    learn[:, 30:] = True
    asked: Tensor = ids[:, :30]
    for seed in range(5):
        task = objective.corrupt(Batch(ids=ids, learn=learn), generator(seed))
        if name == "span":  # what was cut out stands between the markers of the answer
            said = task.targets[task.weights != 0]
            text = said[~torch.isin(said, torch.tensor(sorted(objective.alphabet.reserved)))]
            assert len(text) == 0 or torch.isin(text, ids[:, 30:]).all()
            kept = task.inputs["input_ids"][:, :30]
            assert torch.equal(kept, asked)
        else:
            shift = 1 if name == "next" else 0
            places = (task.weights != 0).nonzero()[:, 1] + shift
            assert (places >= 30).all()
            assert torch.equal(task.inputs["input_ids"][:, :30], asked)
    assert bool((task.weights != 0).any())
