"""What a model would take in memory at each precision, before anything is loaded."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from lab.config import ModelSpec, Precision, Size
from lab.models.layout import adapter, layout, read_json, weight_files
from lab.models.weights import Tensor, tensors

if TYPE_CHECKING:
    import torch
    from torch import nn

EMBEDDINGS = ("embed", "wte", "wpe", "shared", "relative_attention_bias", "position")
KEPT = ("lm_head", "decoder.weight", "vocab_projector", "cls.predictions", "embed_out", ".wo.")
"""Output layers, and the one layer of T5 that suffers from fewer bits."""
BLOCK, SUPERBLOCK = 64, 256
"""NF4 keeps one 8-bit scale a block of 64 numbers, and one fp32 scale 256 of those (QLoRA,
Dettmers et al. 2023, section 3)."""
CONTAINER = Path("/sys/fs/cgroup")


def of_folder(folder: Path, home: Path | None = None) -> dict[Precision, int]:
    """Bytes of weights at each precision for the model in `folder`, from its safetensors headers.

    Linear layers shrink to 8 or 4 bits; embeddings, norms and the output layer stay
    in what the machine computes in. An adapter's folder counts with its base. Raises `LabError`
    as `layout` does.
    """
    if base := adapter(folder):
        from lab.models.sources.local import ADAPTER, find_base

        extra = [t for f in weight_files(folder, ADAPTER) for t in tensors(f)]
        found = of_folder(find_base(folder, base, home))
        from lab.arithmetic import working

        wide = {"fp32": 4, "bf16": 2}
        numbers = sum(t.numbers for t in extra)
        return {p: n + numbers * wide.get(p, working().itemsize) for p, n in found.items()}
    body = layout(folder).body
    kept = [t for f in weight_files(body) for t in tensors(f)]
    if read_json(body / "config.json").get("tie_word_embeddings"):
        kept = [t for t in kept if t.name != "lm_head.weight"]  # the input embeddings serve twice
    return of_tensors(kept)


def of_spec(
    spec: ModelSpec, folder: Path | None, size: Size | None = None, home: Path | None = None
) -> dict[Precision, int]:
    """As `of_folder`; for a model from scratch, counted on its unbuilt body.

    For one that is not here yet, only fp32 and bf16, from the parameters its preset
    names (how much of it 8 and 4 bits would spare is known from the weights alone).
    """
    if folder is not None:
        return of_folder(folder, home)
    if spec.source == "scratch":
        return of_module(unbuilt(spec, size))
    return {"fp32": spec.parameters * 4, "bf16": spec.parameters * 2}


def unbuilt(spec: ModelSpec, size: Size | None) -> nn.Module:
    """A scratch model's body with shapes and no numbers."""
    import torch

    from lab.models.scratch import build
    from lab.models.sources.scratch import find_tokenizer
    from lab.types import Alphabet

    entries = 0
    if spec.kind != "unet" and (tokenizer := find_tokenizer(spec)):
        saved = read_json(tokenizer / "tokenizer.json")
        markers = {t["id"] for t in saved["added_tokens"]}
        entries = len(markers | set(saved["model"]["vocab"].values()))
    with torch.device("meta"):
        return build(spec.kind, size or spec.size or _plain_size(), Alphabet(entries, 0))


def of_module(module: nn.Module) -> dict[Precision, int]:
    named = module.named_parameters()  # tied weights come once
    return of_tensors([Tensor(name, "F32", tuple(p.shape)) for name, p in named])


def of_tensors(kept: Iterable[Tensor]) -> dict[Precision, int]:
    """Bytes at each precision of the arrays of one model."""
    from lab.arithmetic import working

    beside = working().itemsize
    found: dict[Precision, int] = {"fp32": 0, "bf16": 0, "int8": 0, "nf4": 0}
    for t in kept:
        n = t.numbers
        found["fp32"] += 4 * n
        found["bf16"] += 2 * n
        if _shrinks(t):
            found["int8"] += n + 4 * t.shape[0]
            scales = -(-n // BLOCK)
            found["nf4"] += -(-n // 2) + scales + 4 * -(-scales // SUPERBLOCK) + 4 * (16 + 256 + 1)
        else:
            found["int8"] += beside * n
            found["nf4"] += beside * n
    return found


def free(device: torch.device | None = None) -> int:
    """Bytes that could be taken right now: of the card that is computed on, or of the machine.

    device  by default the card that torch would take, where it can take one
    """
    import torch

    if device.type == "cuda" if device else torch.cuda.is_available():
        return int(torch.cuda.mem_get_info(device)[0])
    return available()


def available() -> int:
    """Bytes of main memory that could be taken right now, within a container’s allowance."""
    import psutil

    free = int(psutil.virtual_memory().available)
    try:
        allowed = int((CONTAINER / "memory.max").read_text())
        used = int((CONTAINER / "memory.current").read_text())
        cached = dict(line.split() for line in (CONTAINER / "memory.stat").read_text().splitlines())
    except (OSError, ValueError):  # no container, or one without a limit ("max")
        return free
    # Files the kernel keeps in memory are counted as used, though it lets go of them when asked.
    return max(0, min(free, allowed - used + int(cached.get("inactive_file", 0))))


def _shrinks(t: Tensor) -> bool:
    """Whether bitsandbytes quantises it: a linear layer's matrix, but not the first or last."""
    return (
        len(t.shape) == 2
        and t.name.endswith("weight")
        and not _any_in(t.name, EMBEDDINGS)
        and not _any_in(t.name, KEPT)
    )


def _any_in(name: str, parts: tuple[str, ...]) -> bool:
    return any(part in name for part in parts)


def _plain_size() -> Size:
    return Size.model_validate({})
