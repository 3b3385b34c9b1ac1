"""Ways to tune the same model of four bits on the same texts: ours, and TRL's trainer.

    python -m benchmarks._tunings WAY MODEL STEPS

prints, as one JSON line, tokens of real text a second (no padding, no markers) after the first
steps, and the most memory the process took. Each way in a process of its own.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import torch

from lab.arithmetic import computes_bf16, working
from lab.recipe import Data, Recipe
from lab.training.corpus import find

RANK, RATE, ROWS, LENGTH = 16, 5e-4, 4, 256
WARM = 2
"""Steps that are not timed: the first ones pay for what is made once."""


def paragraphs() -> list[str]:
    """The lab's own English texts, a paragraph a row, as instructions and notes come."""
    files = find(Data.model_validate({"language": "en"}))
    texts = [file.read_text(encoding="utf-8") for file in files]
    return [part.strip() for text in texts for part in text.split("\n\n") if part.strip()]


def papers() -> Path:
    """The same rows as a file."""
    file = Path(tempfile.mkdtemp()) / "rows.jsonl"
    lines = (json.dumps({"text": text}) + "\n" for text in paragraphs())
    file.write_text("".join(lines), encoding="utf-8")
    return file


def recipe(model: str) -> Recipe:
    """A LoRA on every linear layer of a base in NF4."""
    return Recipe.model_validate(
        {
            "objective": "next",
            "base": model,
            "weights": "nf4",
            "lora": {"rank": RANK, "alpha": 2 * RANK},
            "data": {"length": LENGTH, "paths": [str(papers())], "apart": True},
            "optimiser": {"name": "adamw", "rate": RATE, "warmup": 0, "decay": 0},
            "rows": ROWS,
            "steps": 1_000_000,
        }
    )


def ours(model: str, steps: int, home: Path) -> float:
    """The lab's engine, as a run uses it."""
    from accelerate import Accelerator

    from lab.training.engine import Engine
    from lab.training.events import EventLog
    from lab.training.folder import RunFolder
    from lab.training.memory import give_back
    from lab.training.setup import set_up

    run = RunFolder(Path(tempfile.mkdtemp()))
    accelerator: Any = Accelerator(cpu=not torch.cuda.is_available())
    work = set_up(recipe(model), home)
    give_back()
    engine = Engine(run, work, accelerator, EventLog(run.events_file), home)
    for _ in range(WARM):
        engine.step()
    began, carried = time.perf_counter(), engine.progress.carried
    for _ in range(steps):
        engine.step()
    return (engine.progress.carried - carried) / (time.perf_counter() - began)


def trl(model: str, steps: int, home: Path, packing: bool, recompute: bool) -> float:
    """TRL's SFTTrainer with PEFT, on the base as bitsandbytes quantises it."""
    from datasets import Dataset
    from peft import LoraConfig
    from transformers import (
        AutoModelForCausalLM,
        AutoTokenizer,
        BitsAndBytesConfig,
        TrainerCallback,
    )
    from trl import SFTConfig, SFTTrainer

    from lab.models.catalogue import Catalogue

    folder = Catalogue.load(home).locate(model)
    bits = BitsAndBytesConfig(
        load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=working(),
    )  # fmt: skip
    base = AutoModelForCausalLM.from_pretrained(folder, quantization_config=bits, dtype=working())
    tokenizer = AutoTokenizer.from_pretrained(folder)

    class Clock(TrainerCallback):  # type: ignore[misc]
        began = ended = 0.0

        def on_step_begin(self, _: Any, state: Any, *__: Any, **___: Any) -> None:
            if state.global_step == WARM:
                self.began = time.perf_counter()

        def on_step_end(self, *_: Any, **__: Any) -> None:
            self.ended = time.perf_counter()

    clock = Clock()
    trainer = SFTTrainer(
        model=base,
        args=SFTConfig(
            output_dir=tempfile.mkdtemp(), max_steps=steps + WARM, learning_rate=RATE,
            bf16=computes_bf16(),
            per_device_train_batch_size=ROWS, max_length=LENGTH, packing=packing,
            gradient_checkpointing=recompute, report_to=[], save_strategy="no",
            logging_strategy="no", disable_tqdm=True, use_cpu=not torch.cuda.is_available(),
            dataset_text_field="text", lr_scheduler_type="constant",
        ),
        train_dataset=Dataset.from_dict({"text": paragraphs()}),
        processing_class=tokenizer,
        peft_config=LoraConfig(r=RANK, lora_alpha=2 * RANK, target_modules="all-linear",
                               task_type="CAUSAL_LM"),
        callbacks=[clock],
    )  # fmt: skip
    texts = _real_tokens(trainer, steps)
    trainer.train()
    return texts / (clock.ended - clock.began)


def _real_tokens(trainer: Any, steps: int) -> int:
    """Tokens of text in the batches that are timed, in the order that the seed gives."""
    counts = []
    for number, batch in enumerate(trainer.get_train_dataloader()):
        if WARM <= number < WARM + steps:
            counts.append(int((batch["labels"] != -100).sum()))
    return sum(counts)


WAYS: dict[str, Callable[[str, int, Path], float]] = {
    "ours": ours,
    "trl": partial(trl, packing=False, recompute=False),
    "trl_packed": partial(trl, packing=True, recompute=False),
    "trl_default": partial(trl, packing=True, recompute=True),
}


def main() -> None:
    from lab.models.catalogue import default_home
    from lab.training.memory import peak

    way, model, steps = sys.argv[1:4]
    speed = WAYS[way](model, int(steps), default_home())
    print(json.dumps({"tokens_per_s": speed, "peak_bytes": peak()}))


if __name__ == "__main__":
    main()
