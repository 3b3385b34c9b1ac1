"""From a folder of weights to a model that predicts: one function a kind, nothing kept here.

Only safetensors are read, never code or pickles from a model's folder, and
never the network.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import nn

from lab.arithmetic import working
from lab.config import ImageDiffusionConfig, ModelSpec, Precision, Size
from lab.models import weights
from lab.models.layout import (
    Layout,
    adapter,
    class_names,
    layout,
    read_json,
    recognise,
    weight_files,
)
from lab.models.loaded import LoadedModel
from lab.models.recast import can_serve, recast
from lab.models.scratch import build
from lab.models.share import Bodies, held, twin
from lab.models.sources.local import ADAPTER, stands_on
from lab.models.sources.scratch import find_tokenizer
from lab.models.vocabulary import Vocabulary
from lab.types import Kind, LabError

LONGEST_CONTEXT = 2048
"""Tokens read at most unless a preset says otherwise: the views look at every place of a text."""
OFFSET_FAMILIES = frozenset({"roberta", "camembert", "xlm-roberta", "xlm-roberta-xl"})


def load(
    spec: ModelSpec,
    folder: Path | None,
    precision: Precision,
    device: torch.device,
    size: Size | None = None,
    home: Path | None = None,
    bodies: Bodies | None = None,
) -> LoadedModel:
    """Weights on `device`, in evaluation mode, without gradients.

    home    where the lab keeps the models it fetched: an adapter's base may be one of them
    bodies  what is in memory already: a model that stands on one of them loads it not again

    Raises `LabError`: only_pickles, remote_code, weights_broken, weights_missing,
    no_bitsandbytes, precision_needs_card, out_of_memory, load_failed.
    """
    with _explained(spec):
        if folder is None:
            body = size or spec.size or Size.model_validate({})
            return _from_scratch(spec, precision, device, body)
        adapted = folder if adapter(folder) else None
        shape = layout(stands_on(folder, home))
        weights.check(weight_files(shape.body), spec.sha256 if spec.source != "wheel" else "")
        if shape.kind == "unet":
            return _picture(spec, shape, adapted, precision, device)
        return _text(spec, shape, adapted, precision, device, bodies or Bodies())


def _text(
    spec: ModelSpec,
    shape: Layout,
    adapted: Path | None,
    precision: Precision,
    device: torch.device,
    bodies: Bodies,
) -> LoadedModel:
    from transformers import AutoTokenizer

    own = recognise(read_json(shape.body / "config.json"), spec.id)[0]
    body = bodies.get(
        (shape.body, precision), lambda: _transformer(spec, shape.body, own, precision, device)
    )
    module, reads = body, shape.body
    if adapted is not None or own != spec.kind:
        module = twin(body)
    if adapted is not None:
        module = _adapt(module, adapted)
        reads = adapted if (adapted / "tokenizer.json").is_file() else reads
    tokenizer = AutoTokenizer.from_pretrained(reads, local_files_only=True, trust_remote_code=False)
    words = Vocabulary(tokenizer)
    module = recast(module, own, spec.kind) if can_serve(own, spec.kind) else module
    return _finish(spec, module, precision, device, words=words, body=body)


def _transformer(
    spec: ModelSpec, body: Path, kind: Kind, precision: Precision, device: torch.device
) -> nn.Module:
    """A language model from its folder. A weight the file lacks is an error, not a random draw."""
    from transformers import (
        AutoModelForCausalLM,
        AutoModelForMaskedLM,
        AutoModelForSeq2SeqLM,
        BitsAndBytesConfig,
    )

    classes: dict[str, Any] = {
        "causal": AutoModelForCausalLM,
        "masked": AutoModelForMaskedLM,
        "seq2seq": AutoModelForSeq2SeqLM,
    }
    options: dict[str, Any] = {"dtype": _dtype(precision)}
    if precision in ("int8", "nf4"):
        settings = _quantised(precision, BitsAndBytesConfig)
        options |= {"quantization_config": settings, "device_map": {"": device}}
    module, found = classes[kind].from_pretrained(
        body,
        use_safetensors=True,
        local_files_only=True,
        trust_remote_code=False,
        output_loading_info=True,
        **options,
    )
    if missing := sorted(found["missing_keys"]):
        raise LabError("weights_missing", model=spec.id, file=missing[0])
    for layer in module.modules() if precision == "int8" else ():
        # Otherwise its first pass takes the scales off the weights, which others may share.
        if getattr(getattr(layer, "weight", None), "CB", None) is not None:
            layer.init_8bit_state()
    return module if "device_map" in options else module.to(device)  # type: ignore[no-any-return]


def _quantised(precision: Precision, settings: Any) -> Any:
    """int8 (LLM.int8, Dettmers et al. 2022) or NF4 (QLoRA, Dettmers et al. 2023, section 3).

    `settings` is the class the library wants: transformers and diffusers each have their own.
    """
    try:
        import bitsandbytes  # noqa: F401
    except ImportError as error:
        raise LabError("no_bitsandbytes", precision=precision) from error
    if precision == "int8":
        return settings(load_in_8bit=True)
    return settings(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=working(),
    )


def _adapt(module: nn.Module, folder: Path) -> nn.Module:
    """`module` with a PEFT adapter's layers put into it: the same class, so that all views work."""
    from peft import PeftModel

    weights.check(weight_files(folder, ADAPTER))
    adapted = PeftModel.from_pretrained(module, folder, is_trainable=False, local_files_only=True)
    settings = adapted.active_peft_config
    if settings.is_prompt_learning:
        raise LabError("adapter_kind", adapter=folder.name, kind=str(settings.peft_type.value))
    return adapted.get_base_model()  # type: ignore[no-any-return]


def _picture(
    spec: ModelSpec, shape: Layout, adapted: Path | None, precision: Precision, device: torch.device
) -> LoadedModel:
    from diffusers import BitsAndBytesConfig, UNet2DModel

    options: dict[str, Any] = {}
    if precision in ("int8", "nf4"):
        if device.type != "cuda":
            raise LabError("precision_needs_card", precision=precision)
        settings = _quantised(precision, BitsAndBytesConfig)
        options = {"quantization_config": settings, "device_map": {"": device}}
    module, found = UNet2DModel.from_pretrained(
        shape.body,
        use_safetensors=True,
        local_files_only=True,
        output_loading_info=True,
        torch_dtype=_dtype(precision),
        **options,
    )
    if missing := sorted(found["missing_keys"]):
        raise LabError("weights_missing", model=spec.id, file=missing[0])
    if not options:
        module = module.to(device)
    if adapted is not None:
        module = _adapt(module, adapted)
    schedule = read_json(shape.scheduler) if shape.scheduler else _plain_schedule()
    top = shape.body.parent if shape.body.name == "unet" else shape.body
    return _finish(spec, module, precision, device, schedule=schedule, classes=class_names(top))


def _from_scratch(
    spec: ModelSpec, precision: Precision, device: torch.device, size: Size
) -> LoadedModel:
    if spec.kind == "unet":
        if precision in ("int8", "nf4"):
            raise LabError("precision_needs_card", precision=precision)
        # diffusers warns about its own `to` whatever the model.
        module = nn.Module.to(build("unet", size), device, _dtype(precision))
        return _finish(spec, module, precision, device, schedule=_plain_schedule())
    from transformers import AutoTokenizer

    tokenizer = find_tokenizer(spec)
    if tokenizer is None:
        raise LabError("no_tokenizer", model=spec.id, folder=f"assets/tokenizers/{spec.location}")
    words = Vocabulary(
        AutoTokenizer.from_pretrained(tokenizer, local_files_only=True, trust_remote_code=False)
    )
    module = build(spec.kind, size, words.alphabet)
    if precision in ("int8", "nf4"):
        with tempfile.TemporaryDirectory() as room:
            module.save_pretrained(room)  # type: ignore[operator]
            module = _transformer(spec, Path(room), spec.kind, precision, device)
    else:
        module = module.to(device, _dtype(precision))
    return _finish(spec, module, precision, device, words=words)


def _finish(
    spec: ModelSpec,
    module: nn.Module,
    precision: Precision,
    device: torch.device,
    words: Vocabulary | None = None,
    schedule: dict[str, Any] | None = None,
    classes: tuple[str, ...] = (),
    body: nn.Module | None = None,
) -> LoadedModel:
    module.eval().requires_grad_(False)
    return LoadedModel(
        spec=spec,
        module=module,
        precision=precision,
        device=device,
        context=context(spec, module, words),
        bytes=held(module),
        words=words,
        schedule=schedule or {},
        classes=classes,
        body=body,
    )


def context(spec: ModelSpec, module: nn.Module, words: Vocabulary | None) -> int:
    """Tokens the model can read at once: its preset's word, or its config's; 0 for pictures."""
    if spec.context or words is None:
        return spec.context
    config: Any = module.config
    longest = int(getattr(config, "max_position_embeddings", 0) or 0)
    if config.model_type in OFFSET_FAMILIES:
        longest -= config.pad_token_id + 1  # their first place is numbered after the padding's
    limits = [n for n in (longest, words.tokenizer.model_max_length) if 0 < n < 10**9]
    return min([*limits, LONGEST_CONTEXT]) if limits else 512


def _dtype(precision: Precision) -> torch.dtype:
    """What a model's numbers are; those beside ones of few bits are what the machine computes."""
    if precision in ("int8", "nf4"):
        return working()
    return torch.float32 if precision == "fp32" else torch.bfloat16


def _plain_schedule() -> dict[str, Any]:
    """The noise schedule of a picture model that says nothing of its own."""
    config = ImageDiffusionConfig.model_validate({})
    return {
        "_class_name": "DDPMScheduler",
        "num_train_timesteps": config.timesteps,
        "beta_schedule": config.schedule,
        "prediction_type": config.prediction,
        "timestep_spacing": "trailing",  # begin in pure noise, whatever the number of steps
    }


@contextmanager
def _explained(spec: ModelSpec) -> Iterator[None]:
    """Turn what the libraries raise into something a person can act upon."""
    try:
        yield
    except LabError:
        raise
    except (MemoryError, torch.OutOfMemoryError) as error:
        raise LabError("out_of_memory", model=spec.id) from error
    except Exception as error:  # the libraries raise whatever they like on a folder that is off
        first = (str(error).strip().splitlines() or [""])[0]
        if "remote code" in str(error) or "trust_remote_code" in str(error):
            raise LabError("remote_code", model=spec.id) from error
        why = f"{type(error).__name__}: {first[:200]}"
        raise LabError("load_failed", model=spec.id, why=why) from error
