"""Checkpoints: whole or not there. Two are kept, so that a bad disk costs one interval.

What each file holds is known by its digest: one that the disk has damaged since is passed over.
"""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file, load_model, save_file, save_model
from torch import Tensor, nn

from lab.training.folder import write_atomically
from lab.training.kept import digest, named, told, whole
from lab.types import LabError

KEPT = 2
ROOM = 64_000_000
"""Bytes to leave free on the disk beside a checkpoint."""


@dataclass(slots=True)
class Progress:
    """How far a run has come: steps, seconds of training, tokens (or pictures) fed, and those
    that carried loss; `micro` is the number of rows that fit in memory at once.

    best    lowest held-out loss yet, of step `best_step`; `stale` looks since brought no lower one
    lowest  lowest mean of the loss over some steps in a row, see `lab.training.course`
    """

    step: int = 0
    seconds: float = 0.0
    seen: int = 0
    carried: int = 0
    micro: int = 0
    best: float | None = None
    best_step: int = 0
    stale: int = 0
    lowest: float | None = None


def save(
    folder: Path,
    progress: Progress,
    model: nn.Module,
    optimiser: torch.optim.Optimizer,
    average: dict[str, Tensor] | None,
) -> Path:
    """Write a checkpoint beside the others, then give it its name, then forget the oldest, and
    those of steps still to come: a run goes back before one only when it is damaged.

    Raises `LabError("no_room")` before anything is written when it would not fit.
    """
    require_room(folder, size_of(model, optimiser, average))
    final = folder / f"step-{progress.step:08d}"
    partial = final.with_suffix(".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    write_weights(model, partial / "model.safetensors")
    torch.save(optimiser.state_dict(), partial / "optimiser.pt")
    if average is not None:
        torch.save(average, partial / "average.pt")
    files = sorted(partial.iterdir())
    sizes = {file.name: file.stat().st_size for file in files}
    digests = {file.name: digest(file) for file in files}
    state = json.dumps({"progress": asdict(progress), "sizes": sizes, "digests": digests})
    write_atomically(partial / "state.json", state)
    for file in partial.iterdir():
        _to_disk(file)
    shutil.rmtree(final, ignore_errors=True)
    partial.rename(final)
    _to_disk(folder)
    kept = [path for path in whole(folder) if path.name <= final.name][-KEPT:]
    for other in set(named(folder)) - set(kept):
        shutil.rmtree(other, ignore_errors=True)
    return final


def load(
    path: Path,
    model: nn.Module,
    optimiser: torch.optim.Optimizer | None = None,
    average: dict[str, Tensor] | None = None,
) -> Progress:
    """Put a checkpoint's weights, and what else is given, back in place."""
    read_weights(model, path / "model.safetensors")
    if optimiser is not None:
        optimiser.load_state_dict(torch.load(path / "optimiser.pt", weights_only=True))
    if average is not None and (path / "average.pt").exists():
        average.update(torch.load(path / "average.pt", weights_only=True))
    return Progress(**told(path)["progress"])


def size_of(
    model: nn.Module, optimiser: torch.optim.Optimizer, average: dict[str, Tensor] | None
) -> int:
    """Bytes a checkpoint takes; the optimiser counted as full even before its first step."""
    moved = (p for p in model.parameters() if p.requires_grad)
    return sum(p.numel() * p.element_size() for p in moved) * (3 + (average is not None))


def weights(model: nn.Module) -> dict[str, Tensor]:
    """What training changes: a model's whole state, or what learns in one that is at rest."""
    if not _at_rest(model):
        return model.state_dict()
    return {name: p.detach() for name, p in model.named_parameters() if p.requires_grad}


def _at_rest(model: nn.Module) -> bool:
    """Whether only a part of the model learns, an adapter's weights."""
    return not all(p.requires_grad for p in model.parameters())


def write_weights(model: nn.Module, file: Path) -> None:
    """What training changes, as safetensors."""
    if _at_rest(model):
        save_file({k: v.contiguous() for k, v in weights(model).items()}, file)
    else:
        save_model(model, str(file))


def read_weights(model: nn.Module, file: Path) -> None:
    """Put back what `write_weights` wrote."""
    if _at_rest(model):
        put(model, load_file(file))
    else:
        load_model(model, str(file))


def put(model: nn.Module, found: dict[str, Tensor]) -> None:
    """`found`, as `weights` gives it, back in its place. Raises `KeyError` when it does not fit."""
    if found.keys() != weights(model).keys():
        raise KeyError("these are not this model's weights")
    model.load_state_dict(found, strict=False)


def require_room(folder: Path, need: int) -> None:
    """Raises `LabError("no_room")` when `need` bytes and a margin do not fit."""
    at = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(at).free
    if free < need + ROOM:
        raise LabError("no_room", need=-(-(need + ROOM) // 10**6), free=free // 10**6)


def _to_disk(path: Path) -> None:
    """Make what was written outlive a power cut; a folder's own entry too, where one can."""
    if os.name == "nt" and path.is_dir():
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
