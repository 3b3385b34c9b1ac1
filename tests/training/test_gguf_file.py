"""A GGUF file holds the model it was made of: its values, its shape, its words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import pytest
import torch
from tokenizers import pre_tokenizers
from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaConfig, LlamaForCausalLM

from lab.training import gguf_file
from lab.types import LabError
from tests.models.test_markers import CHATTY, next_token_only

TEXT = "The king had 1234 daughters,  and <|im_end|> it's late."


@pytest.fixture(params=["gpt-2", "smollm"])
def whole(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A Llama that shares keys among heads and has rows that no token has, in bf16."""
    tokenizer = next_token_only(CHATTY, bos_token="<|im_start|>", eos_token="<|im_end|>")
    tokenizer.add_tokens(["<turn>"])
    tokenizer.chat_template = "<|im_start|>{{ messages }}<|im_end|>"
    if request.param == "smollm":
        digits = pre_tokenizers.Digits(individual_digits=True)
        steps = [digits, pre_tokenizers.ByteLevel(add_prefix_space=False)]
        tokenizer.backend_tokenizer.pre_tokenizer = pre_tokenizers.Sequence(steps)
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(tokenizer) + 3, hidden_size=64, intermediate_size=96, num_hidden_layers=2,
        num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=64,
        tie_word_embeddings=request.param == "smollm", bos_token_id=1, eos_token_id=2,
        rope_parameters={"rope_type": "default", "rope_theta": 50_000.0},
    )  # fmt: skip
    LlamaForCausalLM(config).to(torch.bfloat16).save_pretrained(tmp_path / "whole")
    tokenizer.save_pretrained(tmp_path / "whole")
    return tmp_path / "whole"


def test_it_is_the_same_model_for_another_reader(whole: Path, tmp_path: Path) -> None:
    gguf_file.write(whole, tmp_path / "model.gguf", "Lamps", "Tiny")
    assert not list(tmp_path.glob("*.partial"))
    own = AutoModelForCausalLM.from_pretrained(whole, dtype=torch.float32)
    read: Any = {"gguf_file": "model.gguf", "dtype": torch.float32}
    other = AutoModelForCausalLM.from_pretrained(tmp_path, **read)
    ids = torch.randint(0, own.config.vocab_size, (2, 40))
    with torch.inference_mode():
        torch.testing.assert_close(other(ids).logits, own(ids).logits)
    assert other.config.rope_parameters["rope_theta"] == 50_000.0


def test_its_values_and_words_are_read_back(whole: Path, tmp_path: Path) -> None:
    gguf_file.write(whole, tmp_path / "model.gguf", "Lamps", "Tiny")
    reader = gguf.GGUFReader(tmp_path / "model.gguf")
    own = AutoModelForCausalLM.from_pretrained(whole, dtype=torch.float32)
    tokenizer = AutoTokenizer.from_pretrained(whole)

    def said(key: str) -> Any:
        return reader.fields[key].contents()

    tensors = {one.name: one for one in reader.tensors}
    embedding = tensors["token_embd.weight"]
    values = gguf.dequantize(embedding.data, embedding.tensor_type)
    assert (values == own.get_input_embeddings().weight.detach().numpy()).all()
    assert ("output.weight" in tensors) == (not own.config.tie_word_embeddings)
    norm = tensors["blk.1.attn_norm.weight"]
    assert norm.tensor_type == gguf.GGMLQuantizationType.F32
    first = gguf.dequantize(tensors["blk.0.attn_k.weight"].data, embedding.tensor_type)
    rows = own.model.layers[0].self_attn.k_proj.weight.detach().numpy()
    assert (np.sort(first, axis=0) == np.sort(rows, axis=0)).all()
    assert (first[1] == rows[8]).all(), "what is turned together are neighbours"
    words = said("tokenizer.ggml.tokens")
    assert words[: len(tokenizer)] == tokenizer.convert_ids_to_tokens(range(len(tokenizer)))
    assert words[-1] == f"[PAD{len(words) - 1}]"
    kinds = said("tokenizer.ggml.token_type")
    assert kinds[-4:] == [gguf.TokenType.USER_DEFINED] + [gguf.TokenType.UNUSED] * 3
    assert kinds[2] == gguf.TokenType.CONTROL
    assert said("tokenizer.ggml.pre") == ("smollm" if own.config.tie_word_embeddings else "gpt-2")
    assert said("tokenizer.ggml.eos_token_id") == 2
    assert said("tokenizer.chat_template") == tokenizer.chat_template
    assert said("general.name") == "Lamps"
    assert said("general.base_model.0.name") == "Tiny"
    assert said("llama.attention.head_count_kv") == 2


def test_what_was_not_tried_is_refused(whole: Path, tmp_path: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(whole)
    tokenizer.backend_tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.save_pretrained(whole)
    with pytest.raises(LabError, match="gguf_tokenizer"):
        gguf_file.write(whole, tmp_path / "model.gguf", "", "")
    config = json.loads((whole / "config.json").read_text())
    (whole / "config.json").write_text(json.dumps({**config, "model_type": "qwen3"}))
    with pytest.raises(LabError, match="gguf_architecture"):
        gguf_file.write(whole, tmp_path / "model.gguf", "", "")
    assert not (tmp_path / "model.gguf").exists()
