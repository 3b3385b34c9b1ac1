"""A causal model that serves spans: text and answer in one row, asked like two stacks."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from lab.config import SpanDenoisingConfig
from lab.models.one_row import OneRow
from lab.models.sparse import logits_only
from lab.models.vocabulary import Vocabulary
from lab.objectives.base import Batch, Corrupted, objectives
from tests import tiny_models
from tests.models.test_both_ways import body

BODIES = pytest.mark.parametrize("kind", ["llama", "modernbert-decoder"])


def task(rows: int = 3) -> Corrupted:
    """Spans cut out of random text; texts and answers come out of different lengths."""
    words = Vocabulary(tiny_models.byte_level())
    objective = objectives()["span"](SpanDenoisingConfig(ratio=0.3), words.alphabet)
    ids = torch.randint(40, 300, (rows, 20), generator=tiny_models.generator(1))
    ids[:, 0] = words.alphabet.bos
    at = torch.zeros_like(ids, dtype=torch.bool)
    for row in range(rows):
        at[row, 3 : 5 + row] = True
        at[row, 9 : 9 + row] = True
    return objective.corrupt(Batch(ids=ids), tiny_models.generator(), at)


@torch.inference_mode()
@BODIES
def test_it_is_the_model_itself_over_text_and_answer(kind: str) -> None:
    plain, wrapped, given = body(kind), OneRow(body(kind)), task().inputs
    said = wrapped(**given).logits
    assert said.shape[:2] == given["decoder_input_ids"].shape
    assert not given["attention_mask"].all()  # some texts are shorter and padded
    for row, seen in enumerate(given["attention_mask"].bool()):
        text, answer = given["input_ids"][row, seen], given["decoder_input_ids"][row]
        whole = plain(torch.cat([text, answer])[None]).logits[0, len(text) :]
        assert torch.allclose(said[row], whole, atol=1e-4)


@torch.inference_mode()
@BODIES
def test_sparse_logits_are_those_of_everywhere(kind: str) -> None:
    wrapped, given = OneRow(body(kind)), task()
    where = given.weights != 0
    dense = wrapped(**given.inputs).logits
    with logits_only(wrapped, where):
        sparse = wrapped(**given.inputs).logits
    assert torch.allclose(sparse, dense[where], atol=1e-5)


@BODIES
def test_it_writes_back_what_it_finds_likeliest(kind: str) -> None:
    """Token by token from the cache, the infilling takes the steps of a greedy reading."""
    model = tiny_models.loaded("seq2seq", module=OneRow(body(kind)), context=64)
    objective = objectives()["span"].serving(model)
    prompt = objective.Prompt.model_validate(
        {"text": "The cat [MASK] the mat, and the dog [MASK] door.", "steps": 6}
    )
    steps = list(objective.trajectory(model, prompt, tiny_models.generator()))
    assert len(steps) > 1
    encoded = model.vocabulary.encode(prompt.text, 64, masks=True)
    at = torch.zeros(1, len(encoded.ids), dtype=torch.bool)
    at[0, list(encoded.hidden)] = True
    ids = torch.tensor([encoded.ids])
    given: Any = objective.corrupt(Batch(ids=ids), tiny_models.generator(), at).inputs
    answer = given["decoder_input_ids"][:, :1]
    with torch.inference_mode():
        for _ in range(len(steps) - 1):
            said = model.module(answer, given["input_ids"], given["attention_mask"]).logits
            answer = torch.cat([answer, said[:, -1:].argmax(-1)], dim=1)
    markers = model.vocabulary.alphabet.reserved
    greedy = [token for token in answer[0, 1:].tolist() if token not in markers]
    written = [t.id for t in steps[-1].tokens if t.state == "predicted"]
    assert written == greedy
    assert written
