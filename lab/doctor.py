"""What this machine can do, found out by trying, and what to do about what it cannot.

Nothing here contacts another machine. Imports torch and bitsandbytes, inside
the examination only.
"""

from __future__ import annotations

import dataclasses
import importlib.metadata as metadata
import os
import platform
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from lab.arithmetic import computes_bf16, working
from lab.machine import this_machine
from lab.types import Fact

DISTRIBUTION = "pretext-lab"
LITTLE_MEMORY = 2 * 10**9
LITTLE_DISK = 2 * 10**9
WIDTH = 128
"""Side of the layer that 4-bit and 8-bit are tried on."""
TOLERANCE = {"int8": 0.05, "nf4": 0.25}
"""Relative error a quantised layer may have: a little over what its steps themselves cost."""
Quantised = Literal["int8", "nf4"]


@dataclass(frozen=True, slots=True)
class Accelerator:
    """A device torch can compute on besides the CPU; memory in bytes, 0 where it does not say."""

    device: str
    name: str
    memory: int


@dataclass(frozen=True, slots=True)
class Trial:
    """One layer, quantised and run.

    error    |quantised - exact| / |exact|; `None` when it did not run
    why      it does not work, in one line; empty when it does
    """

    device: str
    precision: Quantised
    works: bool
    error: float | None
    seconds: float
    why: str = ""


@dataclass(frozen=True, slots=True)
class Advice:
    """A sentence of the texts' section `doctor`, and what fills it."""

    key: str
    facts: tuple[tuple[str, Fact], ...] = ()


@dataclass(frozen=True, slots=True)
class Examination:
    """All that was found. Memory and disk in bytes.

    bf16     numbers of 16 bits are computed by the machine itself, not imitated
    offline: "asked" where HF_HUB_OFFLINE forbids the hub; whether it could be
    reached is not tried.
    """

    system: str
    python: str
    cores: int
    memory: int
    memory_free: int
    home: str
    disk_free: int
    offline: Literal["asked", "not asked"]
    accelerators: tuple[Accelerator, ...]
    bf16: bool
    libraries: tuple[tuple[str, str], ...]
    quantised: tuple[Trial, ...]
    advice: tuple[Advice, ...]


def examine(home: Path) -> Examination:
    """Look, try, and judge. `home`: where fetched models lie. Takes a few seconds."""
    import psutil

    memory = psutil.virtual_memory()
    found = Examination(
        system=platform.platform(),
        python=platform.python_version(),
        cores=psutil.cpu_count(logical=False) or os.cpu_count() or 1,
        memory=memory.total,
        memory_free=memory.available,
        home=str(home),
        disk_free=disk_free(home),
        offline="asked" if this_machine().offline else "not asked",
        accelerators=accelerators(),
        bf16=computes_bf16(),
        libraries=tuple(libraries()),
        quantised=tuple(trials()),
        advice=(),
    )
    advice = tuple(judge(found, driver=this_machine().accelerator))
    return dataclasses.replace(found, advice=advice)


def disk_free(home: Path) -> int:
    """Free bytes on the disk of `home`, or of the nearest folder above it that exists."""
    there = next(folder for folder in (home, *home.parents) if folder.exists())
    return shutil.disk_usage(there).free


def accelerators() -> tuple[Accelerator, ...]:
    """NVIDIA (or AMD, through the same interface) cards, else Apple's."""
    import torch

    cards = [torch.cuda.get_device_properties(i) for i in range(torch.cuda.device_count())]
    if cards:
        return tuple(Accelerator(f"cuda:{i}", c.name, c.total_memory) for i, c in enumerate(cards))
    if torch.backends.mps.is_available():
        return (Accelerator("mps", platform.processor() or "Apple", 0),)
    return ()


def libraries() -> Iterator[tuple[str, str]]:
    """(name, version) of what the lab stands on; an empty version where it is missing."""
    for name in sorted(_required(), key=str.lower):
        try:
            yield name, metadata.version(name)
        except metadata.PackageNotFoundError:
            yield name, ""


def _required() -> dict[str, str]:
    """Each library the lab asks for and the versions it accepts; none where it is not installed."""
    from packaging.requirements import Requirement

    try:
        lines = metadata.requires(DISTRIBUTION) or []
    except metadata.PackageNotFoundError:
        return {}
    wanted = [Requirement(line) for line in lines]
    return {one.name: str(one.specifier) for one in wanted if one.marker is None}


def trials() -> Iterator[Trial]:
    """int8 and NF4 on the CPU and on every card."""
    devices = ["cpu", *(a.device for a in accelerators() if a.device.startswith("cuda"))]
    for device in devices:
        yield attempt(device, "int8")
        yield attempt(device, "nf4")


def attempt(device: str, precision: Quantised) -> Trial:
    """Quantise one linear layer on `device`, run it, and compare with the same layer in fp32."""
    began = time.perf_counter()
    try:
        error = _deviation(device, precision)
    except Exception as failure:  # whatever a missing kernel or driver raises is the finding
        why = f"{type(failure).__name__}: {failure}".splitlines()[0]
        return Trial(device, precision, False, None, time.perf_counter() - began, why)
    works = error <= TOLERANCE[precision]
    why = "" if works else f"off by {error:.0%}"
    return Trial(device, precision, works, error, time.perf_counter() - began, why)


def _deviation(device: str, precision: Quantised) -> float:
    import bitsandbytes as bnb
    import torch

    generator = torch.Generator().manual_seed(0)
    weight = torch.randn(WIDTH, WIDTH, generator=generator)
    inputs = torch.randn(4, WIDTH, generator=generator)
    if precision == "nf4":
        layer = bnb.nn.Linear4bit(
            WIDTH, WIDTH, bias=False, compute_dtype=working(), quant_type="nf4"
        )
        layer.weight = bnb.nn.Params4bit(weight, requires_grad=False, quant_type="nf4")
    else:
        layer = bnb.nn.Linear8bitLt(WIDTH, WIDTH, bias=False, has_fp16_weights=False)
        layer.weight = bnb.nn.Int8Params(weight, requires_grad=False, has_fp16_weights=False)
    exact = inputs @ weight.T
    with torch.inference_mode():
        said = layer.to(device)(inputs.to(device, working())).float().cpu()
    return float((said - exact).norm() / exact.norm())


def judge(found: Examination, driver: str) -> Iterator[Advice]:
    """What to do, most pressing first. `driver`: the card that NVIDIA's driver names, if any."""
    accepted = _required()
    for name, version in found.libraries:
        if not _fits(version, accepted.get(name, "")):
            yield Advice(
                "library",
                (("library", name), ("version", version or "–"), ("wanted", accepted[name])),
            )
    if found.memory_free < LITTLE_MEMORY:
        yield Advice("little_memory", (("free", _gigabytes(found.memory_free)),))
    if found.disk_free < LITTLE_DISK:
        free = _gigabytes(found.disk_free)
        yield Advice("little_disk", (("free", free), ("home", found.home)))
    if driver and not found.accelerators:
        yield Advice("torch_without_cuda", (("card", driver),))
    elif not found.accelerators:
        yield Advice("no_accelerator")
    for trial in found.quantised:
        if not trial.works:
            facts = (("device", trial.device), ("precision", trial.precision), ("why", trial.why))
            yield Advice("quantised_fails", facts)
    if found.offline == "asked":
        yield Advice("offline")


def _fits(version: str, wanted: str) -> bool:
    from packaging.specifiers import SpecifierSet

    return bool(version) and SpecifierSet(wanted).contains(version, prereleases=True)


def _gigabytes(size: int) -> str:
    return f"{size / 10**9:.1f}"
