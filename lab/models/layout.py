"""What a folder in the Hugging Face layout says of itself, read without loading anything."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lab.types import Kind, LabError

T5_FAMILY = frozenset({"t5", "mt5", "umt5", "longt5", "switch_transformers"})
PICKLES = frozenset({".bin", ".pt", ".pth", ".ckpt", ".pkl", ".h5", ".msgpack", ".ot"})
STEMS = ("model", "diffusion_pytorch_model")


@dataclass(frozen=True, slots=True)
class Layout:
    """The parts of a model's folder.

    body       the folder with config.json and the weights (`unet/` in a diffusers pipeline)
    scheduler  the file that says how a picture model's noise grows, when there is one
    """

    kind: Kind
    objectives: tuple[str, ...]
    body: Path
    scheduler: Path | None = None


def read_json(path: Path) -> dict[str, Any]:
    """One of the folder's settings files. Raises `LabError("folder_broken")`."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise LabError("folder_broken", folder=path.parent.name, file=path.name) from error
    if not isinstance(found, dict):
        raise LabError("folder_broken", folder=path.parent.name, file=path.name)
    return found


def class_names(folder: Path) -> tuple[str, ...]:
    """The names in classes.json, {"names": [...]}, in the order of the model's class numbers."""
    path = folder / "classes.json"
    return tuple(str(n) for n in read_json(path).get("names", [])) if path.is_file() else ()


def layout(folder: Path) -> Layout:
    """Recognise what lies in `folder`; an adapter's folder is its base's business (see `adapter`).

    Raises `LabError`: folder_missing, folder_broken, unknown_architecture, remote_code.
    """
    if not folder.is_dir():
        raise LabError("folder_missing", folder=str(folder))
    body = folder / "unet" if (folder / "unet" / "config.json").is_file() else folder
    config = read_json(body / "config.json")
    kind, objectives = recognise(config, folder.name)
    if kind == "unet":
        return Layout(kind, objectives, body, _scheduler(folder))
    return as_taught(folder, Layout(kind, objectives, body))


TAUGHT: dict[object, tuple[Kind, tuple[str, ...]]] = {
    "masked": ("masked", ("masked",)),
    "diffusion": ("masked", ("masked", "diffusion")),  # every mask ratio, so the ordinary one too
    "span": ("seq2seq", ("span",)),
}


def as_taught(folder: Path, found: Layout) -> Layout:
    """`found` as the passport in `folder` says it was taught; as it is without one.

    A next-token model that was taught to fill in or to write back is asked as `lab.models.recast`
    lets it be.
    """
    passport = folder / "passport.json"
    taught = read_json(passport).get("objective") if passport.is_file() else None
    kind, objectives = TAUGHT.get(taught, (found.kind, found.objectives))
    fits = kind == found.kind or found.kind == "causal"
    return replace(found, kind=kind, objectives=objectives) if fits else found


def recognise(config: dict[str, Any], name: str) -> tuple[Kind, tuple[str, ...]]:
    """(kind, objectives) of a config.json, by the class that wrote it."""
    if config.get("_class_name") == "UNet2DModel":
        return "unet", ("image",)
    architecture = str(next(iter(config.get("architectures") or [""])))
    family = str(config.get("model_type", ""))
    if "auto_map" in config and not _native(family):
        raise LabError("remote_code", model=name)
    if family in T5_FAMILY:
        return "seq2seq", ("span",)
    if architecture.endswith("ForMaskedLM"):
        return "masked", ("masked",)
    if architecture.endswith(("ForCausalLM", "LMHeadModel")):
        return "causal", ("next",)
    what = architecture or str(config.get("_class_name") or family)
    raise LabError("unknown_architecture", model=name, architecture=what or "?")


def adapter(folder: Path) -> str | None:
    """The name of the model a PEFT adapter in `folder` stands on; `None` without an adapter."""
    path = folder / "adapter_config.json"
    if not path.is_file():
        return None
    base = read_json(path).get("base_model_name_or_path")
    if not isinstance(base, str) or not base:
        raise LabError("folder_broken", folder=folder.name, file=path.name)
    return base


def weight_files(body: Path, stems: tuple[str, ...] = STEMS) -> tuple[Path, ...]:
    """Every safetensors file of the model, all there.

    Raises `LabError("only_pickles")` where only formats that may run code are on offer, and
    `LabError("weights_missing")` where a file is absent.
    """
    for stem in stems:
        if (single := body / f"{stem}.safetensors").is_file():
            return (single,)
        index = body / f"{stem}.safetensors.index.json"
        if index.is_file():
            names = sorted(set(read_json(index).get("weight_map", {}).values()))
            files = tuple(body / Path(name).name for name in names)
            absent = [f.name for f in files if not f.is_file()]
            if absent or not files:
                raise LabError("weights_missing", model=body.name, file=(absent or [index.name])[0])
            return files
    if any(f.suffix in PICKLES for f in body.iterdir()):
        raise LabError("only_pickles", model=body.name)
    raise LabError("weights_missing", model=body.name, file=f"{stems[0]}.safetensors")


def _native(family: str) -> bool:
    """Whether transformers knows this family without code from the repository."""
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING_NAMES

    return family in CONFIG_MAPPING_NAMES


def _scheduler(folder: Path) -> Path | None:
    places = (folder / "scheduler" / "scheduler_config.json", folder / "scheduler_config.json")
    return next((p for p in places if p.is_file()), None)
