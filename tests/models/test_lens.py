"""The logit lens and the attention against the models' own modules, for every family it knows."""

from __future__ import annotations

from typing import Any

import pytest
import torch
import transformers as tf
from tiny_models import byte_level, loaded

from lab.models.lens import attention, layer_logits
from lab.objectives.masked_token import MaskedToken
from lab.objectives.next_token import NextToken
from lab.prompts import MaskedPrompt, NextPrompt
from lab.types import LabError

SIZE: dict[str, Any] = {
    "vocab_size": 430,
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 3,
    "num_attention_heads": 2,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
}
GPT2 = {"vocab_size": 430, "n_embd": 32, "n_layer": 3, "n_head": 2}
DISTIL = {"vocab_size": 430, "dim": 32, "hidden_dim": 64, "n_layers": 3, "n_heads": 2}
MODERN = SIZE | {"cls_token_id": 1, "sep_token_id": 2}

FAMILIES = {
    "llama": lambda: tf.LlamaForCausalLM(tf.LlamaConfig(**SIZE)),
    "qwen3": lambda: tf.Qwen3ForCausalLM(
        tf.Qwen3Config(**SIZE, head_dim=16, num_key_value_heads=2)
    ),
    "gpt2": lambda: tf.GPT2LMHeadModel(tf.GPT2Config(**GPT2)),
    "neox": lambda: tf.GPTNeoXForCausalLM(tf.GPTNeoXConfig(**SIZE)),
    "modernbert": lambda: tf.ModernBertForMaskedLM(tf.ModernBertConfig(**MODERN)),
    "modernbert-decoder": lambda: tf.ModernBertDecoderForCausalLM(
        tf.ModernBertDecoderConfig(**MODERN)
    ),
    "bert": lambda: tf.BertForMaskedLM(tf.BertConfig(**SIZE)),
    "distilbert": lambda: tf.DistilBertForMaskedLM(tf.DistilBertConfig(**DISTIL)),
    "roberta": lambda: tf.RobertaForMaskedLM(tf.RobertaConfig(**SIZE)),
    "camembert": lambda: tf.CamembertForMaskedLM(tf.CamembertConfig(**SIZE)),
}
IDS = torch.tensor([[1, 50, 60, 70, 80]])


def states_of(module: Any, place: int) -> tuple[tuple[torch.Tensor, ...], torch.Tensor]:
    with torch.no_grad():
        out = module(input_ids=IDS, output_hidden_states=True)
    return tuple(h[0, [place]] for h in out.hidden_states), out.logits[0, [place]]


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_every_known_family_is_read_layer_by_layer(family: str) -> None:
    module = FAMILIES[family]().eval()
    states, final = states_of(module, 3)
    found = layer_logits(module, states, final)
    assert found is not None
    assert found.shape == (4, 1, 430)
    torch.testing.assert_close(found[-1], final)
    assert not torch.allclose(found[1], final), "a layer in the middle says something else"


@pytest.mark.parametrize("family", ["llama", "gpt2", "modernbert", "modernbert-decoder"])
def test_a_model_cut_after_a_layer_says_what_the_lens_says(family: str) -> None:
    module = FAMILIES[family]().eval()
    states, final = states_of(module, 3)
    found = layer_logits(module, states, final)
    assert found is not None
    body = getattr(module, "model", None) or module.transformer
    blocks = body.layers if hasattr(body, "layers") else body.h
    for kept in (2, 1):
        del blocks[kept:]
        _, cut = states_of(module, 3)
        torch.testing.assert_close(found[kept], cut, rtol=1e-4, atol=1e-5)


def test_a_model_it_does_not_know_shows_nothing() -> None:
    opt = tf.OPTForCausalLM(
        tf.OPTConfig(
            vocab_size=430,
            hidden_size=32,
            ffn_dim=64,
            num_hidden_layers=2,
            num_attention_heads=2,
            word_embed_proj_dim=32,
            max_position_embeddings=64,
        )
    ).eval()
    states, final = states_of(opt, 3)
    assert layer_logits(opt, states, final) is None


def test_a_head_that_does_more_than_the_lens_shows_nothing() -> None:
    """Granite divides its logits: the names are Llama's, the way out is not."""
    granite = tf.GraniteForCausalLM(tf.GraniteConfig(**SIZE, logits_scaling=8.0)).eval()
    states, final = states_of(granite, 3)
    assert layer_logits(granite, states, final) is None


def test_attention_is_that_of_transformers() -> None:
    model = loaded("masked")
    prompt = MaskedPrompt(text="The cat sat on the [MASK].")
    objective = MaskedToken.serving(model)
    found = attention(objective, model, prompt, 2)
    ids = objective.given(model, prompt)
    assert byte_level().mask_token_id in ids[0]
    module: Any = model.module
    assert module.config._attn_implementation == "sdpa", "put back as it was"
    module.set_attn_implementation("eager")
    with torch.no_grad():
        expected = module(input_ids=ids, output_attentions=True).attentions
    module.set_attn_implementation("sdpa")
    got = torch.tensor(found.weights)
    torch.testing.assert_close(got, torch.stack([a[0, :, 2] for a in expected]))
    torch.testing.assert_close(got.sum(-1), torch.ones(2, 2))


def test_a_causal_token_never_attends_ahead() -> None:
    model = loaded("causal")
    prompt = NextPrompt(text="The cat sat on the mat.", written=(60, 61))
    weights = torch.tensor(attention(NextToken.serving(model), model, prompt, 3).weights)
    read = NextToken.serving(model).read(model, prompt)
    assert weights.shape[-1] == len(read.tokens)
    assert (weights[..., 4:] == 0).all()
    assert (weights[..., :4] > 0).all()


def test_a_place_outside_the_text_is_an_error_and_leaves_the_model_alone() -> None:
    model = loaded("causal")
    with pytest.raises(LabError, match="no_such_token"):
        attention(NextToken.serving(model), model, NextPrompt(text="The cat"), 50)
    module: Any = model.module
    assert module.config._attn_implementation == "sdpa"


def test_a_text_too_long_for_attention_is_refused() -> None:
    model = loaded("causal", context=4096)
    with pytest.raises(LabError, match="attention_too_long"):
        attention(NextToken.serving(model), model, NextPrompt(text="the cat " * 400), 2)
