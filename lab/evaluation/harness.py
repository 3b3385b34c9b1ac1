"""lm-evaluation-harness (Gao et al.), through its own programming interface, where it is installed.

The model is the one in memory, as the lab holds it; nothing is loaded anew. The harness writes
neither files nor caches. Sentences of BLiMP's kind are put to it as its own BLiMP tasks are told
(lm_eval/tasks/blimp): multiple choice between two sentences behind nothing.
"""

from __future__ import annotations

import copy
import logging
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from lab.models.loaded import LoadedModel
from lab.types import LabError

TOGETHER = 16
"""Sentences side by side in one pass."""
SEED = 1234
"""By which a task's examples are drawn: the harness's own."""
BOOTSTRAP = 1000
"""Redraws for the standard errors of measures that have no formula for it."""
Pair = tuple[str, str]


def require() -> None:
    """Raises `LabError("lm_eval_missing")` where the harness is not installed."""
    if find_spec("lm_eval") is None:
        raise LabError("lm_eval_missing")


class Harness:
    """One model in the harness's hands."""

    def __init__(self, model: LoadedModel) -> None:
        """For a next-token model."""
        from lm_eval.models.huggingface import HFLM

        logging.getLogger("lm_eval").setLevel(logging.ERROR)
        self._lm = HFLM(
            pretrained=model.module,
            tokenizer=copy.deepcopy(model.vocabulary.tokenizer),  # it may be given a padding
            backend="causal",
            max_length=model.context,
            batch_size=TOGETHER,
        )

    def pairs(self, name: str, pairs: Sequence[Pair]) -> list[float]:
        """Its accuracy on each pair of a good sentence and a bad one: 1 or 0."""
        from datasets import Dataset, DatasetDict
        from lm_eval.tasks import TaskManager

        rows = [{"sentence_good": good, "sentence_bad": bad} for good, bad in pairs]

        def made(**_: Any) -> Any:
            return DatasetDict({"train": Dataset.from_list(rows)})

        task = {
            "task": name,
            "custom_dataset": made,
            "output_type": "multiple_choice",
            "validation_split": "train",
            "doc_to_text": "",
            "doc_to_target": 0,
            "doc_to_choice": "{{[sentence_good, sentence_bad]}}",
            "num_fewshot": 0,
            "metric_list": [{"metric": "acc"}],
        }
        found = self._ask([task], TaskManager(include_defaults=False), None)
        samples = sorted(found["samples"][name], key=lambda one: one["doc_id"])
        return [float(one["acc"]) for one in samples]

    def task(self, name: str, folder: Path | None, most: int) -> dict[str, dict[str, Any]]:
        """What a task, or a group of them, came to: its measures as the harness names them, and of
        how many `samples`, by the name of each task.

        Raises `LabError("lm_eval_failed")` with what the harness says.
        """
        from lm_eval.tasks import TaskManager

        try:
            manager = TaskManager(include_path=str(folder) if folder else None)
            found = self._ask([name], manager, most or None)
        except Exception as error:  # a task may be anything, and come from anywhere
            said = f"{type(error).__name__}: {error}"[:300]
            raise LabError("lm_eval_failed", task=name, why=said) from error
        asked = {task: of["effective"] for task, of in found["n-samples"].items()}
        whole = sum(asked.values())  # a group's are those of its tasks
        return {
            task: of | {"samples": asked.get(task, whole)} for task, of in found["results"].items()
        }

    def _ask(self, tasks: list[Any], manager: Any, limit: int | None) -> dict[str, Any]:
        """As `simple_evaluate` does, less what it does besides: seeding everybody's dice, and
        listing the packages of this machine."""
        from lm_eval.evaluator import evaluate

        loaded = manager.load(tasks)
        for task in loaded["tasks"].values():
            if task.get_config("num_fewshot") is None:
                task.set_config(key="num_fewshot", value=0)
            task.set_fewshot_seed(seed=SEED)
        found: dict[str, Any] = evaluate(
            self._lm, loaded, limit=limit, bootstrap_iters=BOOTSTRAP, log_samples=True
        )
        return found


def tasks_in(folder: Path) -> list[str]:
    """Names of the tasks told in a folder of the harness's YAML files; none without such files."""
    if not any(folder.rglob("*.yaml")):
        return []
    from lm_eval.tasks import TaskManager

    found: list[str] = TaskManager(include_path=str(folder), include_defaults=False).all_subtasks
    return found
