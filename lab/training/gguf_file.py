"""A whole model as one GGUF file, for llama.cpp and what is built on it (Ollama among them).

Only what has been tried in llama.cpp itself: the Llama architecture with a byte-level BPE
tokenizer. Names and layout are those of the `gguf` package, llama.cpp's own:

    token_embd.weight, blk.0.attn_q.weight, … output_norm.weight

Matrices are kept in bf16, bit for bit; vectors, which are few, in fp32.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import gguf
import numpy as np
from safetensors import safe_open

from lab.types import LabError

ROTATED = ("self_attn.q_proj.", "self_attn.k_proj.")
"""Layers whose rows lie in another order: pairs that are turned together are neighbours there."""
LETTERS = {"add_prefix_space": False, "use_regex": True}
DIGITS = {"type": "Digits", "individual_digits": True}
"""How SmolLM2's own tokenizer goes before its letters."""


def write(folder: Path, target: Path, title: str, base: str) -> None:
    """Write the model of a folder in the Hugging Face layout to a file, whole or not at all.

    title, base  what the file says it is, and is made of, if of anything

    Raises `LabError`: gguf_architecture, gguf_tokenizer.
    """
    config = _json(folder / "config.json")
    tokenizer = _json(folder / "tokenizer.json")
    rope = config.get("rope_parameters") or config.get("rope_scaling") or {}
    kind = str(rope.get("rope_type", "default"))
    if config.get("model_type") != "llama" or kind != "default":
        raise LabError("gguf_architecture", architecture=f"{config.get('model_type')}, {kind}")
    pre = _cuts(tokenizer)
    partial = target.with_name(target.name + ".partial")
    writer = gguf.GGUFWriter(partial, "llama", use_temp_file=True)
    try:
        writer.add_name(title)
        if base:
            writer.add_base_model_count(1)
            writer.add_base_model_name(0, base)
        _shape(writer, config, float(rope.get("rope_theta", config.get("rope_theta", 10_000.0))))
        _words(writer, folder, tokenizer, pre, config["vocab_size"])
        _weights(writer, folder, config)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
        partial.rename(target)
    finally:
        partial.unlink(missing_ok=True)


def _shape(writer: gguf.GGUFWriter, config: dict[str, Any], theta: float) -> None:
    heads, width = config["num_attention_heads"], config["hidden_size"]
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(width)
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(heads)
    writer.add_head_count_kv(config.get("num_key_value_heads") or heads)
    writer.add_key_length(config.get("head_dim") or width // heads)
    writer.add_value_length(config.get("head_dim") or width // heads)
    writer.add_rope_dimension_count(config.get("head_dim") or width // heads)
    writer.add_rope_freq_base(theta)
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_vocab_size(config["vocab_size"])
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_BF16)
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)


def _cuts(tokenizer: dict[str, Any]) -> str:
    """What llama.cpp calls the way a tokenizer cuts a text before its merges.

    Raises `LabError("gguf_tokenizer")` for one that was not tried there.
    """
    step = tokenizer.get("pre_tokenizer") or {}
    steps = step["pretokenizers"] if step.get("type") == "Sequence" else [step]
    letters = {key: steps[-1].get(key) for key in LETTERS} == LETTERS
    byte_level = steps[-1].get("type") == "ByteLevel" and letters
    plain = tokenizer["model"].get("type") == "BPE" and tokenizer.get("normalizer") is None
    if plain and byte_level and steps[:-1] == []:
        return "gpt-2"
    if plain and byte_level and steps[:-1] == [DIGITS]:
        return "smollm"
    raise LabError("gguf_tokenizer", kind=", ".join(str(one.get("type")) for one in steps))


def _words(
    writer: gguf.GGUFWriter, folder: Path, tokenizer: dict[str, Any], pre: str, size: int
) -> None:
    """The vocabulary in the order of its numbers; rows that no token has are unused ones."""
    added = {one["id"]: one for one in tokenizer["added_tokens"]}
    found = {number: word for word, number in tokenizer["model"]["vocab"].items()}
    found |= {number: one["content"] for number, one in added.items()}
    kinds = [
        gguf.TokenType.UNUSED if number not in found
        else gguf.TokenType.NORMAL if number not in added
        else gguf.TokenType.CONTROL if added[number]["special"]
        else gguf.TokenType.USER_DEFINED
        for number in range(size)
    ]  # fmt: skip
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(pre)
    writer.add_token_list([found.get(number, f"[PAD{number}]") for number in range(size)])
    writer.add_token_types(kinds)
    gguf.SpecialVocab(folder, load_merges=True, n_vocab=size).add_to_gguf(writer, quiet=True)


def _weights(writer: gguf.GGUFWriter, folder: Path, config: dict[str, Any]) -> None:
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.LLAMA, config["num_hidden_layers"])
    heads = config["num_attention_heads"]
    shared = config.get("num_key_value_heads") or heads
    bf16, fp32 = gguf.GGMLQuantizationType.BF16, gguf.GGMLQuantizationType.F32
    for file in sorted(folder.glob("*.safetensors")):
        with safe_open(file, framework="pt") as weights:
            for name in weights.keys():  # noqa: SIM118, it is no mapping
                if name == "lm_head.weight" and config.get("tie_word_embeddings"):
                    continue
                tensor: np.ndarray[Any, Any] = weights.get_tensor(name).float().numpy()
                if any(part in name for part in ROTATED):
                    tensor = _paired(tensor, heads if "q_proj" in name else shared)
                kind = bf16 if tensor.ndim > 1 else fp32
                own = names.get_name(name, try_suffixes=(".weight", ".bias"))
                writer.add_tensor(own, gguf.quantize(tensor, kind), raw_dtype=kind)


def _paired(rows: np.ndarray[Any, Any], heads: int) -> np.ndarray[Any, Any]:
    """(heads x two halves x pairs, …) as (heads x pairs x two, …)."""
    halves = rows.reshape(heads, 2, rows.shape[0] // heads // 2, *rows.shape[1:])
    return np.ascontiguousarray(halves.swapaxes(1, 2)).reshape(rows.shape)


def _json(file: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found
