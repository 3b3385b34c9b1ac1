"""What a machine computes by itself."""

from __future__ import annotations

from types import MappingProxyType

import pytest
import torch

from lab.arithmetic import computes_bf16, in_bf16, working

LAPTOP = {"avx2": True, "fma3": True, "avx512_bw": False, "amx_bf16": False}
CPU = torch.device("cpu")


@pytest.mark.parametrize(
    ("has", "native"),
    [
        (LAPTOP, False),
        (LAPTOP | {"avx512_bw": True}, True),
        (LAPTOP | {"amx_bf16": True}, True),
        ({"neon": True, "fp16_arith": True, "bf16": False}, False),
        ({"neon": True, "bf16": True}, True),
    ],
)
def test_a_processor_says_whether_it_has_16_bits(
    has: dict[str, bool], native: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: MappingProxyType(has))
    assert computes_bf16(CPU) is native
    assert working(CPU) is (torch.bfloat16 if native else torch.float32)
    assert in_bf16("auto", CPU) is native
    assert in_bf16("bf16", CPU)
    assert not in_bf16("fp32", CPU)


@pytest.mark.parametrize(("level", "native"), [("AVX2", False), ("AVX512", True)])
def test_an_older_torch_is_asked_for_its_kernels(
    level: str, native: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(torch.cpu, "get_capabilities")
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: level)
    assert computes_bf16(CPU) is native


@pytest.mark.parametrize("native", [True, False])
def test_a_card_that_only_imitates_it_does_not_count(
    native: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def supported(including_emulation: bool = True) -> bool:
        return native or including_emulation

    monkeypatch.setattr(torch.cuda, "is_bf16_supported", supported)
    assert computes_bf16(torch.device("cuda")) is native
