"""Trainings that begin from a model there is: its weights at rest, a LoRA on them that learns.

LoRA (Hu et al. 2022): every linear layer W x becomes W x + (alpha / rank) B A x, and only A and
B move. A next-token model is taught to fill in or to write back under the interface that
`lab.models.recast` gives it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from torch import nn

from lab.config import ModelSpec, Precision
from lab.models.catalogue import Catalogue
from lab.models.layout import adapter, layout, weight_files
from lab.models.load import load
from lab.models.markers import with_markers
from lab.models.memory import EMBEDDINGS, KEPT
from lab.models.recast import can_serve, recast
from lab.models.weights import tensors
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

    def count(self) -> tuple[int, int]:
        """(numbers of the base, numbers that learn but for a few rows), read off the files."""
        kept = [t for file in weight_files(layout(self.folder).body) for t in tensors(file)]
        told = self.recipe.lora
        layers = [
            t
            for t in kept
            if len(t.shape) == 2
            and not any(part in t.name for part in (*EMBEDDINGS, *KEPT))
            and (not told.targets or t.name.split(".")[-2] in told.targets)
        ]
        learns = sum(told.rank * sum(t.shape) for t in layers)
        return sum(t.numbers for t in kept), learns

    def model(self, alphabet: Alphabet) -> tuple[nn.Module, Any]:
        """(what the objective asks, PEFT's model around it, which saves the adapter alone).

        Weights at rest are held as the recipe says, those that learn in single precision. B
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
        return load(self.spec, self.folder, precision, device).module

    def _random(self) -> nn.Module:
        """The base's architecture with weights drawn anew: what there is without a foundation."""
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
        config = AutoConfig.from_pretrained(self.folder, local_files_only=True)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.recipe.seed)
            drawn: nn.Module = classes[self.spec.kind].from_config(config)
        half = self.recipe.weights == "bf16" and self.recipe.learns == "adapter"
        return drawn.to(torch.bfloat16 if half else torch.float32).requires_grad_(False)

    @property
    def _name(self) -> str:
        """What the adapter calls its base: a name that holds elsewhere too, where it has one."""
        names = {"hub": self.spec.location, "wheel": self.spec.id, "bundled": self.spec.id}
        return names.get(self.spec.source, str(self.folder))

    def _settings(self, base: nn.Module, alphabet: Alphabet) -> Any:
        from peft import LoraConfig

        told = self.recipe.lora
        rows = alphabet.sentinels if self.wanted == "seq2seq" != self.spec.kind else ()
        return LoraConfig(
            r=told.rank,
            lora_alpha=told.alpha,
            lora_dropout=self.recipe.dropout,
            use_rslora=told.rank_stabilised,
            use_dora=told.magnitude,
            target_modules=sorted(told.targets or linear_layers(base)),
            trainable_token_indices=_tables(base, rows) if rows else None,
            task_type=None if self.spec.kind == "masked" else _TASKS[self.spec.kind],
        )


_TASKS = {"causal": "CAUSAL_LM", "seq2seq": "SEQ_2_SEQ_LM"}


def linear_layers(model: nn.Module) -> set[str]:
    """The last parts of the names of all linear layers but the head."""
    head: nn.Module = model.get_output_embeddings()  # type: ignore[operator]
    return {
        name.rsplit(".", 1)[-1]
        for name, layer in model.named_modules()
        if isinstance(layer, nn.Linear) and layer is not head
    }


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
