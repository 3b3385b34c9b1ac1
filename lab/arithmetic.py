"""What this machine computes by itself: 16-bit numbers, or single precision alone.

A processor without instructions for bfloat16 imitates it: one of AVX2, as most laptops have,
multiplies matrices twenty times slower than in single precision (docs/benchmarks.md). Numbers
may rest in 16 bits everywhere; they are computed in what the machine is made for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import torch

MADE_FOR_16_BITS = ("avx512_bw", "amx_bf16", "bf16")
"""Any of these makes bfloat16 worth it: AVX-512 (which widens sixteen numbers at once), Intel's
AMX, and the bfloat16 extension of ARM's processors."""


def computes_bf16(device: torch.device | None = None) -> bool:
    """Whether `device` (none: the card there is, else the processor) has its own bfloat16."""
    import torch

    kind = device.type if device else "cuda" if torch.cuda.is_available() else "cpu"
    if kind == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if not hasattr(torch.cpu, "get_capabilities"):  # an older torch
        return torch.backends.cpu.get_cpu_capability().startswith("AVX512")
    has = torch.cpu.get_capabilities()
    return any(has.get(name) for name in MADE_FOR_16_BITS)


def in_bf16(asked: Literal["auto", "bf16", "fp32"], device: torch.device) -> bool:
    """Whether a training that asks for this computes in bfloat16 on `device`."""
    return computes_bf16(device) if asked == "auto" else asked == "bf16"


def working(device: torch.device | None = None) -> torch.dtype:
    """The numbers that `device` computes in where a choice is free."""
    import torch

    return torch.bfloat16 if computes_bf16(device) else torch.float32
