"""Ways to train the same model on the same data: ours, a bare loop, transformers' Trainer.

    python -m benchmarks._trainings WAY OBJECTIVE STEPS

prints the most memory the process took, in bytes: each way in a process of its own.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn

from lab.arithmetic import computes_bf16
from lab.recipe import Recipe
from lab.training.setup import Work, set_up

Train = Callable[[int], float]
"""Takes so many steps and tells the seconds they took."""

RATE, RATIO = 1e-3, 0.15
BODY = {"layers": 6, "width": 256, "heads": 4}
ROWS, LENGTH, VOCABULARY = 32, 128, 4096


def recipe(objective: str) -> Recipe:
    """The bundled family's body on the lab's own texts; AdamW, which every way has."""
    return Recipe.model_validate(
        {
            "objective": objective,
            "size": BODY,
            "data": {"vocabulary": VOCABULARY, "length": LENGTH},
            "optimiser": {"name": "adamw", "rate": RATE, "warmup": 0, "decay": 0},
            "rows": ROWS,
            "steps": 1_000_000,
        }
    )


def ours(objective: str, home: Path) -> Train:
    """The lab's engine, as a run uses it."""
    from accelerate import Accelerator

    from lab.training.engine import Engine
    from lab.training.events import EventLog
    from lab.training.folder import RunFolder

    run = RunFolder(Path(tempfile.mkdtemp()))
    accelerator: Any = Accelerator(cpu=not torch.cuda.is_available())
    engine = Engine(
        run, set_up(recipe(objective), home), accelerator, EventLog(run.events_file), home
    )

    def steps(count: int) -> float:
        began = time.perf_counter()
        for _ in range(count):
            with engine.manners:
                engine.step()
        return time.perf_counter() - began

    return steps


def bare(objective: str, home: Path) -> Train:
    """What one writes by hand: every logit, one loss, one optimiser. Next token only."""
    work = _work(objective, home)
    model = work.model.train()
    optimiser = torch.optim.AdamW(model.parameters(), RATE, betas=(0.9, 0.98), weight_decay=0.05)
    taken = 0

    def steps(count: int) -> float:
        nonlocal taken
        began = time.perf_counter()
        for _ in range(count):
            ids = work.batches(taken).text.to(next(model.parameters()).device)
            taken += 1
            with torch.autocast(ids.device.type, torch.bfloat16, enabled=computes_bf16()):
                logits = model(input_ids=ids).logits
            loss = F.cross_entropy(logits[:, :-1].flatten(0, 1).float(), ids[:, 1:].flatten())
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            optimiser.zero_grad()
            float(loss.detach())
        return time.perf_counter() - began

    return steps


def trainer(objective: str, home: Path) -> Train:
    """transformers' Trainer with its collator for masked language modelling, all logits."""
    from transformers import (
        DataCollatorForLanguageModeling,
        Trainer,
        TrainerCallback,
        TrainingArguments,
    )

    work = _work(objective, home)
    assert work.words is not None

    class Clock(TrainerCallback):  # type: ignore[misc]
        began = ended = 0.0

        def on_step_begin(self, *_: Any, **__: Any) -> None:
            self.began = self.began or time.perf_counter()

        def on_step_end(self, *_: Any, **__: Any) -> None:
            self.ended = time.perf_counter()

    def steps(count: int) -> float:
        clock = Clock()
        made = Trainer(
            model=work.model,
            args=TrainingArguments(
                output_dir=tempfile.mkdtemp(), max_steps=count, learning_rate=RATE,
                bf16=computes_bf16(),
                per_device_train_batch_size=ROWS, report_to=[], save_strategy="no",
                disable_tqdm=True, use_cpu=not torch.cuda.is_available(), logging_strategy="no",
            ),
            train_dataset=_rows(work, count),
            data_collator=DataCollatorForLanguageModeling(
                work.words.tokenizer, mlm_probability=RATIO  # type: ignore[union-attr]
            ),
            callbacks=[clock],
        )  # fmt: skip
        made.train()
        return clock.ended - clock.began

    return steps


def _rows(work: Work, count: int) -> list[dict[str, Any]]:
    """The rows made beforehand: to read them is not timed, in Trainer's favour."""
    return [{"input_ids": row} for n in range(count) for row in work.batches(n).text]


def _work(objective: str, home: Path) -> Work:
    from lab.training.setup import device

    work = set_up(recipe(objective), home)
    work.model.to(device())
    return work


WAYS = {"ours": ours, "bare": bare, "trainer": trainer}


def main() -> None:
    from lab.models.catalogue import default_home
    from lab.training.memory import peak

    way, objective, count = sys.argv[1:4]
    WAYS[way](objective, default_home())(int(count))
    print(peak())


if __name__ == "__main__":
    main()
