"""Trainings that begin from a model there is: its weights at rest, a LoRA on them that learns.

LoRA (Hu et al. 2022): every linear layer W x becomes W x + (alpha / rank) B A x, and only A and
B move; in a picture model every convolution too, A having its kernel. A next-token model is taught
to fill in or to write back under the interface that `lab.models.recast` gives it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from torch import nn

from lab.arithmetic import computes_bf16
from lab.config import ModelSpec, Precision
from lab.models.catalogue import Catalogue
from lab.models.layout import adapter, class_names, layout, read_json, weight_files
from lab.models.load import load
from lab.models.markers import with_markers
from lab.models.memory import EMBEDDINGS, KEPT
from lab.models.recast import can_serve, recast
from lab.models.weights import Tensor, tensors
from lab.objectives._denoise import Canvas
from lab.recipe import Recipe
from lab.types import Alphabet, Kind, LabError


@dataclass(frozen=True)
class Foundation:
    """The model a recipe begins from, as it lies on the disk, and the kind it is asked as."""

    recipe: Recipe
    spec: ModelSpec
    folder: Path
    wanted: Kind

    @classmethod
    def of(cls, recipe: Recipe, wanted: Kind, home: Path) -> Foundation:
        """Raises `LabError`: unknown_model, not_fetched and its like, base_cannot."""
        catalogue = Catalogue.load(home)
        entry = catalogue.entry(recipe.base)
        if entry.why is not None:
            raise entry.why
        folder = catalogue.locate(recipe.base)
        if folder is None or adapter(folder) or not can_serve(entry.kind, wanted):
            raise LabError("base_cannot", base=recipe.base, objective=recipe.objective)
        return cls(recipe, catalogue.spec(recipe.base), folder, wanted)

    @cached_property
    def tokenizer(self) -> Any:
        """The base's own, with the markers the objective needs where it has none."""
        from transformers import AutoTokenizer

        own = AutoTokenizer.from_pretrained(
            self.folder, local_files_only=True, trust_remote_code=False
        )
        return own if self.spec.kind == self.wanted else with_markers(own)

    @cached_property
    def config(self) -> dict[str, Any]:
        """Its config.json."""
        return read_json(layout(self.folder).body / "config.json")

    @property
    def canvas(self) -> Canvas:
        """The shape of what a picture model paints. Raises `LabError("base_cannot")` for one that
        paints no pictures but codes of them."""
        found = Canvas.told(self.config)
        if found.channels not in (1, 3):
            raise LabError("base_cannot", base=self.recipe.base, objective=self.recipe.objective)
        return found

    @property
    def schedule(self) -> dict[str, Any]:
        """The noising that a picture model was trained with; empty where it does not say."""
        file = layout(self.folder).scheduler
        return read_json(file) if file else {}

    @property
    def classes(self) -> tuple[int, tuple[str, ...]]:
        """(classes of a picture model, "any" not counted; their names, where they have any)."""
        return max(0, (self.config.get("num_class_embeds") or 1) - 1), class_names(self.folder)

    def count(self) -> tuple[int, int]:
        """(numbers of the base, numbers that learn but for a few rows), read off the files."""
        kept = [t for file in weight_files(layout(self.folder).body) for t in tensors(file)]
        told = self.recipe.lora
        layers = [t for t in kept if self._can_learn(t)]
        # Beside a kernel (out, in, h, w) stand one of (rank, in, h, w) and one of (out, rank).
        learns = sum(told.rank * (t.shape[0] + t.numbers // t.shape[0]) for t in layers)
        return sum(t.numbers for t in kept), learns

    def _can_learn(self, t: Tensor) -> bool:
        """Whether an adapter stands beside this array."""
        pictures = self.spec.kind == "unet"
        still = ("class_embedding", "conv_out") if pictures else (*EMBEDDINGS, *KEPT)
        if len(t.shape) not in ((2, 4) if pictures else (2,)) or any(p in t.name for p in still):
            return False
        targets = self.recipe.lora.targets
        layer = t.name.rpartition(".")[0]
        return not targets or any(f".{layer}".endswith(f".{target}") for target in targets)

    def model(self, alphabet: Alphabet | None = None) -> tuple[nn.Module, Any]:
        """(what the objective asks, PEFT's model around it, which saves the adapter alone).

        Weights at rest are held as the recipe says (those of 16 bits in single precision on a
        machine that computes nothing else), those that learn in single precision. B
        begins at zero: before its first step an adapted model is its base. Where every weight
        learns there is no adapter.
        """
        whole = self.recipe.learns == "all"
        base: Any = self._random() if self.recipe.start == "random" else self._trained(whole)
        if whole:
            return recast(base.float().requires_grad_(True), self.spec.kind, self.wanted), None
        from peft import get_peft_model

        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.recipe.seed)
            adapted: Any = get_peft_model(base, self._settings(base, alphabet))
        adapted.active_peft_config.base_model_name_or_path = self._name
        return recast(adapted.get_base_model(), self.spec.kind, self.wanted).train(), adapted

    def _trained(self, whole: bool) -> nn.Module:
        precision: Precision = "fp32" if whole else self.recipe.weights
        # Weights of few bits are made on the device they stay on.
        few_bits = precision in ("int8", "nf4") and torch.cuda.is_available()
        device = torch.device("cuda" if few_bits else "cpu")
        found = _unpacked(load(self.spec, self.folder, precision, device).module)
        return found if precision != "bf16" or computes_bf16() else found.float()

    def _random(self) -> nn.Module:
        """The base's architecture with weights drawn anew: what there is without a foundation."""
        from diffusers import UNet2DModel
        from transformers import (
            AutoConfig,
            AutoModelForCausalLM,
            AutoModelForMaskedLM,
            AutoModelForSeq2SeqLM,
        )

        classes: dict[str, Any] = {
            "causal": AutoModelForCausalLM,
            "masked": AutoModelForMaskedLM,
            "seq2seq": AutoModelForSeq2SeqLM,
        }
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.recipe.seed)
            if self.spec.kind == "unet":
                whole: nn.Module = UNet2DModel.from_config(self.config)
                return whole.requires_grad_(False)
            config = AutoConfig.from_pretrained(self.folder, local_files_only=True)
            drawn: nn.Module = classes[self.spec.kind].from_config(config)
        rests = self.recipe.weights == "bf16" and self.recipe.learns == "adapter"
        half = rests and computes_bf16()
        return drawn.to(torch.bfloat16 if half else torch.float32).requires_grad_(False)

    @property
    def _name(self) -> str:
        """What the adapter calls its base: a name that holds elsewhere too, where it has one."""
        names = {"hub": self.spec.location, "wheel": self.spec.id, "bundled": self.spec.id}
        return names.get(self.spec.source, str(self.folder))

    def _settings(self, base: nn.Module, alphabet: Alphabet | None) -> Any:
        from peft import LoraConfig

        told = self.recipe.lora
        borrowed = self.wanted == "seq2seq" != self.spec.kind
        rows = alphabet.sentinels if alphabet is not None and borrowed else ()
        return LoraConfig(
            r=told.rank,
            lora_alpha=told.alpha,
            lora_dropout=self.recipe.dropout,
            use_rslora=told.rank_stabilised,
            use_dora=told.magnitude,
            target_modules=sorted(told.targets or learning_layers(base)),
            trainable_token_indices=_tables(base, rows) if rows else None,
            task_type=_TASKS.get(self.spec.kind),
        )


def _unpacked(model: nn.Module) -> nn.Module:
    """Keep 4-bit weights as they lie.

    On processors with AVX512-BF16, bitsandbytes packs them anew when a layer is first asked
    outside training, for good; and what multiplies packed weights passes no gradient on
    (bitsandbytes 0.50, `Linear4bit.forward`). A look at held-out data would end the learning.
    """
    for layer in model.modules():
        if hasattr(layer, "support_avx512bf16_for_cpu"):
            layer.support_avx512bf16_for_cpu = False  # type: ignore[assignment]
    return model


_TASKS = {"causal": "CAUSAL_LM", "seq2seq": "SEQ_2_SEQ_LM"}


def learning_layers(model: nn.Module) -> set[str]:
    """The last parts of the names of all linear layers but the head; of a picture model, of its
    convolutions too, by enough of their names to be told from blocks that are but numbered."""
    pictures = hasattr(model, "conv_out")
    head: nn.Module = model.conv_out if pictures else model.get_output_embeddings()  # type: ignore[assignment,operator]
    kinds = (nn.Linear, nn.Conv2d) if pictures else (nn.Linear,)
    layers = [(n, layer) for n, layer in model.named_modules() if isinstance(layer, kinds)]
    names = [name for name, layer in layers if layer is not head]
    parts = [name.split(".") for name in names]
    return {".".join(part[-2 if part[-1].isdigit() else -1 :]) for part in parts}


def _tables(model: nn.Module, rows: Sequence[int]) -> dict[str, list[int]]:
    """Rows to train where they are looked up, and where they are said if that is another table.

    Borrowed sentinels were never trained and are all alike: nothing could tell them apart.
    """
    ends: Any = model
    tables = [ends.get_input_embeddings()]
    if not ends.config.tie_word_embeddings:
        tables.append(ends.get_output_embeddings())
    names = {id(layer): name.rsplit(".", 1)[-1] for name, layer in model.named_modules()}
    return {names[id(table)]: list(rows) for table in tables}
