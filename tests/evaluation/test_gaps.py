"""The missing word: who is asked what, and what counts as right."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import nn

from lab.evaluation.gaps import Answer, Item, ask, fair, figures
from lab.models.both_ways import BothWays
from lab.models.one_row import OneRow
from tests import tiny_models
from tests.models.test_both_ways import body

KINDS = {
    "causal": lambda: body("modernbert-decoder"),
    "masked": lambda: BothWays(body("modernbert-decoder")),
    "seq2seq": lambda: OneRow(body("modernbert-decoder")),
}
CAT = Item("The cat sat on the [MASK].", "mat", left=True)
INNER = Item("The [MASK] sat on the mat.", "cat")


class Knows(nn.Module):
    """Finds one token likeliest everywhere, another next, and all others equal."""

    def __init__(self, size: int, best: int, second: int) -> None:
        super().__init__()
        self.head = nn.Linear(1, size, bias=False)
        with torch.no_grad():
            self.head.weight.zero_()
            self.head.weight[best] = 5
            self.head.weight[second] = 3

    def get_output_embeddings(self) -> nn.Module:
        return self.head

    def forward(self, input_ids: Any, **_: Any) -> Any:
        return SimpleNamespace(logits=self.head(torch.ones(*input_ids.shape, 1)))


def knows(kind: Any, best: str, second: str) -> Any:
    model = tiny_models.loaded(kind, module=Knows(420, 0, 1))
    words = [model.vocabulary.tokenizer.encode(w, add_special_tokens=False) for w in (best, second)]
    assert [len(word) for word in words] == [1, 1]
    return tiny_models.loaded(kind, module=Knows(420, words[0][0], words[1][0]))


@pytest.mark.parametrize("kind", ["causal", "masked"])
def test_the_likeliest_word_is_right(kind: str) -> None:
    found = ask(knows(kind, " mat", " cat"), CAT)
    assert (found.tokens, found.rank, found.right) == (1, 1, True)
    size = 420
    assert found.p == pytest.approx(math.e**5 / (math.e**5 + math.e**3 + size - 2), rel=1e-4)
    second = ask(knows(kind, " cat", " mat"), CAT)
    assert (second.rank, second.right) == (2, False)


def test_other_words_as_good_count_too() -> None:
    model = knows("masked", " cat", " door")
    assert not ask(model, CAT).right
    also = Item(CAT.text, "mat", also=("cat",), left=True)
    found = ask(model, also)
    assert found.right
    assert found.rank == 1


def test_a_next_token_model_is_not_asked_what_it_cannot_have_read() -> None:
    items = [CAT, INNER, INNER]
    assert fair(knows("causal", " mat", " cat"), items) == [CAT]
    assert fair(knows("masked", " mat", " cat"), items) == items


@pytest.mark.parametrize("kind", list(KINDS))
@torch.inference_mode()
def test_it_is_what_the_model_says(kind: Any) -> None:
    """Against the probabilities computed by hand, for an answer of several tokens."""
    model = tiny_models.loaded(kind, module=KINDS[kind]())
    words = model.vocabulary
    item = Item("The cat sat on [MASK].", "Saturnday", left=True)
    found = ask(model, item)
    encoded = words.encode("The cat sat on Saturnday.", 64)
    places = list(encoded.covering(((15, 24),)))
    assert found.tokens == len(places) > 1
    assert found.rank == 0
    ids = torch.tensor([encoded.ids])
    alphabet = words.alphabet
    answer = ids[0, places]
    if kind == "causal":
        logits = model.module(ids).logits[0, [p - 1 for p in places]]
    elif kind == "masked":
        hidden = ids.clone()
        hidden[0, places] = alphabet.mask
        logits = model.module(hidden).logits[0, places]
    else:
        gap = torch.tensor([alphabet.sentinels[0]])
        text = torch.cat([ids[0, : places[0]], gap, ids[0, places[-1] + 1 :]])
        said = torch.cat([torch.tensor([alphabet.pad]), gap, answer])
        logits = model.module(said[None], text[None]).logits[0, 1 : 1 + len(places)]
    logs = logits.log_softmax(-1).gather(1, answer[:, None])
    assert math.log(found.p) == pytest.approx(float(logs.sum()), abs=1e-3)


def test_ranks_are_of_single_tokens_alone() -> None:
    answers = [
        Answer(CAT, 1, 1, True, 0.5),
        Answer(CAT, 1, 4, False, 0.25),
        Answer(CAT, 3, 0, True, 0.125),
        Answer(CAT, 1, 90, False, 0.125),
    ]
    right, top5, rank, surprise = figures("en", answers, unknown=0.01)
    assert (right.items, right.value, right.neutral) == (4, 0.5, 0.01)
    assert (top5.items, top5.neutral) == (3, 0.05)
    assert top5.value == pytest.approx(2 / 3)
    assert (rank.value, rank.items, rank.unit) == (4, 3, "rank")
    assert surprise.value == pytest.approx((1 + 2 + 3 + 3) / 4)
