"""A causal model asked for what is hidden: same weights, other mask, read one place back."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from lab.config import MaskedTokenConfig
from lab.models import both_ways
from lab.models.both_ways import BothWays
from lab.models.lens import attention
from lab.models.sparse import logits_only
from lab.models.vocabulary import Vocabulary
from lab.objectives.base import Batch, objectives
from tests import tiny_models
from tests.tiny_models import sharpen

IDS = torch.tensor([[1, 40, 41, 42, 43, 44, 45], [1, 50, 51, 52, 53, 0, 0]])
SEEN = torch.tensor([[1, 1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 1, 0, 0]])


def body(kind: str = "llama") -> Any:
    """A causal model with something to say; some of them see through a window by themselves."""
    from transformers import AutoModelForCausalLM, LlamaConfig, Qwen2Config

    torch.manual_seed(0)
    shared: dict[str, Any] = {
        "vocab_size": 420,
        "hidden_size": 64,
        "intermediate_size": 96,
        "num_hidden_layers": 3,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": 64,
        "tie_word_embeddings": True,
    }
    if kind == "llama":
        config: Any = LlamaConfig(**shared)
    elif kind == "qwen2":
        config = Qwen2Config(
            **shared, use_sliding_window=True, sliding_window=2, max_window_layers=1
        )
    else:
        return tiny_models.loaded("causal").module
    made = AutoModelForCausalLM.from_config(config).eval()
    sharpen(made)
    return made


BODIES = pytest.mark.parametrize("kind", ["llama", "qwen2", "modernbert-decoder"])


def causal_only(seen: Tensor, implementation: str) -> Tensor:
    n = seen.shape[1]
    looks = seen[:, None, None, :] & torch.ones(n, n, dtype=torch.bool).tril()
    if implementation != "eager":
        return looks
    return torch.zeros(looks.shape).masked_fill(~looks, torch.finfo(torch.float32).min)


@torch.inference_mode()
@pytest.mark.parametrize("kind", ["llama", "modernbert-decoder"])
@pytest.mark.parametrize("implementation", ["sdpa", "eager"])
def test_with_the_causal_mask_it_is_the_model_itself_one_place_on(
    monkeypatch: pytest.MonkeyPatch, kind: str, implementation: str
) -> None:
    plain, wrapped = body(kind), BothWays(body(kind))
    wrapped.set_attn_implementation(implementation)
    monkeypatch.setattr(both_ways, "everyone", causal_only)
    ours = wrapped(IDS, SEEN).logits
    theirs = plain(IDS, attention_mask=SEEN).logits
    assert torch.allclose(ours[0, 1:], theirs[0, :-1], atol=1e-4)
    assert torch.allclose(ours[1, 1:5], theirs[1, :4], atol=1e-4)


@torch.inference_mode()
@BODIES
def test_it_sees_both_sides_but_never_the_hidden(kind: str) -> None:
    wrapped, mask = BothWays(body(kind)), 3
    hidden = IDS[:1].clone()
    hidden[0, 3] = mask
    said = wrapped(hidden).logits[0, 3]
    for place in (0, 1, 2, 4, 5, 6):
        other = hidden.clone()
        other[0, place] = 99
        assert not torch.allclose(wrapped(other).logits[0, 3], said, atol=1e-3), place
    # What stood there cannot matter: the model is given the mask in its place.
    task = objectives()["masked"](
        MaskedTokenConfig(), Vocabulary(tiny_models.byte_level()).alphabet
    )
    at = torch.zeros_like(IDS[:1], dtype=torch.bool)
    at[0, 3] = True
    tasks = []
    for truth in (42, 77):
        ids = IDS[:1].clone()
        ids[0, 3] = truth
        tasks.append(task.corrupt(Batch(ids=ids), tiny_models.generator(), at).inputs)
    first, second = (wrapped(**given).logits[0, 3] for given in tasks)
    assert torch.equal(first, second)


@torch.inference_mode()
@BODIES
def test_padding_changes_nothing(kind: str) -> None:
    wrapped = BothWays(body(kind))
    short = wrapped(IDS[1:, :5]).logits
    padded = wrapped(IDS, SEEN).logits[1:, :5]
    assert torch.allclose(short, padded, atol=1e-4)


@torch.inference_mode()
@BODIES
def test_both_implementations_agree(kind: str) -> None:
    wrapped = BothWays(body(kind))
    fused = wrapped(IDS, SEEN).logits
    wrapped.set_attn_implementation("eager")
    assert torch.allclose(wrapped(IDS, SEEN).logits, fused, atol=1e-4)


@torch.inference_mode()
@BODIES
def test_logits_where_they_are_needed_are_those_of_everywhere(kind: str) -> None:
    wrapped = BothWays(body(kind))
    dense = wrapped(IDS, SEEN).logits
    where = torch.zeros_like(IDS, dtype=torch.bool)
    where[0, [1, 4, 6]] = True
    where[1, 2] = True
    with logits_only(wrapped, where):
        sparse = wrapped(IDS, SEEN).logits
    assert torch.allclose(sparse, dense[where], atol=1e-5)
    assert torch.allclose(wrapped(IDS, SEEN).logits, dense)


def test_a_gradient_goes_the_same_way_through_sparse_logits() -> None:
    wrapped = BothWays(body())
    where = torch.zeros_like(IDS, dtype=torch.bool)
    where[0, 3] = True
    grads = []
    for sparse in (False, True):
        wrapped.zero_grad()
        if sparse:
            with logits_only(wrapped, where):
                logits = wrapped(IDS, SEEN).logits
        else:
            logits = wrapped(IDS, SEEN).logits[where]
        logits.log_softmax(-1)[0, 42].backward()
        grads.append(wrapped.causal.model.layers[0].self_attn.q_proj.weight.grad.clone())
    assert grads[0].abs().max() > 0
    assert torch.allclose(grads[0], grads[1], atol=1e-5)


class TestAsAModelOfTheLab:
    """Through the objectives' own code."""

    @pytest.fixture
    def model(self) -> Any:
        return tiny_models.loaded("masked", module=BothWays(body()), context=64)

    def test_reads_hidden_words_layer_by_layer(self, model: Any) -> None:
        objective = objectives()["masked"].serving(model)
        prompt = objective.Prompt.model_validate({"text": "The [MASK] sat on it.", "lens": True})
        reading = objective.read(model, prompt)
        (hidden,) = [t for t in reading.tokens if t.state == "masked"]
        assert hidden.top
        layers = [layer[0] for layer in reading.layers]
        assert len(layers) == 4
        # The last layer's guess is the model's own: lens and logits speak of the same place.
        assert layers[-1][0][0] == hidden.top[0][0]
        assert layers[-1][0][1] == pytest.approx(hidden.top[0][1], abs=1e-4)

    def test_attention_is_that_of_the_output_it_is_read_from(self, model: Any) -> None:
        objective = objectives()["masked"].serving(model)
        prompt = objective.Prompt.model_validate({"text": "The [MASK] sat on it."})
        ids = objective.given(model, prompt)
        found = attention(objective, model, prompt, 2)
        assert len(found.weights) == 3
        for layer in found.weights:
            for head in layer:
                assert len(head) == ids.shape[1]
                assert sum(head) == pytest.approx(1, abs=1e-4)
                assert min(head) > 0  # to both sides
        with torch.inference_mode():
            model.module.set_attn_implementation("eager")
            raw = model.module.causal(
                ids,
                attention_mask=both_ways.everyone(torch.ones_like(ids, dtype=torch.bool), "eager"),
                output_attentions=True,
            ).attentions
        assert found.weights[0][0] == pytest.approx(raw[0][0, 0, 1].tolist(), abs=1e-5)

    def test_denoises_from_nothing(self, model: Any) -> None:
        objective = objectives()["diffusion"].serving(model)
        prompt = objective.Prompt.model_validate({"text": "The cat sat.", "ratio": 1.0, "steps": 4})
        steps = list(objective.trajectory(model, prompt, tiny_models.generator()))
        assert steps[0].level == 1
        assert steps[-1].level == 0
        assert all(t.state == "predicted" for t in steps[-1].tokens)

    def test_scores_a_sentence(self, model: Any) -> None:
        objective = objectives()["masked"].serving(model)
        prompt = objective.Prompt.model_validate({"text": "The cat sat."})
        bits = objective.score(model, prompt).bits
        assert bits is not None
        assert bits.measure == "pseudo"
        assert bits.total > 0
