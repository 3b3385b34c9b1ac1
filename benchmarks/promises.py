"""What two trial steps promised, beside what the run then took: memory and time.

    python -m benchmarks.promises [--quick]

Five models and settings; each is tried, then trained for some steps in a worker as any run is,
its looks at held-out text and its samples included.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.config import checked
from lab.models.catalogue import default_home
from lab.recipe import TUNING, Recipe, changed, shipped
from lab.training import trial
from lab.training.folder import RunFolder
from lab.training.launch import spawn

STEPS = 12
CASES: dict[str, dict[str, Any]] = {
    "SmolLM2-135M, NF4, 4 x 256": {},
    "SmolLM2-135M, bf16, 4 x 256": {"weights": "bf16"},
    "SmolLM2-135M, NF4, 2 x 128, activations twice": {
        "rows": 2, "data.length": 128, "recompute": True},
    "SmolLM2-135M, NF4, masked diffusion, 4 x 128": {
        "objective": "diffusion", "data.length": 128},
    "tiny-next-en, every weight, 16 x 128": {
        "base": "tiny-next-en", "learns": "all", "weights": "fp32", "rows": 16,
        "data.length": 128},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Kept:
    """Bytes and seconds, promised and taken."""

    memory: int
    memory_taken: int
    seconds: float
    seconds_taken: float


def keep(changes: dict[str, Any], home: Path) -> Kept:
    """Try a case, then train it."""
    documents = Path(__file__).parents[1] / "assets" / "finetune" / "en"
    own = {"data.paths": [str(documents)], "steps": STEPS, "measure_every": STEPS // 2,
           "prompts": ["The keeper of the"]}  # fmt: skip
    recipe = checked(Recipe, changed(shipped("balanced", TUNING), own | changes))
    promised = trial.measure([recipe], home)
    run = RunFolder.create(Path(tempfile.mkdtemp()) / "run", recipe)
    spawn([run], home).wait()
    figures = [e.data for e in run.events()[0] if e.kind == "metric" and "memory" in e.data]
    taken, seconds = max(one["memory"] for one in figures), figures[-1]["seconds"]
    return Kept(promised.memory, int(taken), promised.seconds, float(seconds))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="the first case alone")
    given = parser.parse_args()
    print("| model and setting | memory promised | taken | off | seconds promised | taken | off |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for name, changes in list(CASES.items())[: 1 if given.quick else None]:
        one = keep(changes, default_home())
        memory, time = one.memory_taken / one.memory - 1, one.seconds_taken / one.seconds - 1
        print(
            f"| {name} | {one.memory / 1e6:.0f} MB | {one.memory_taken / 1e6:.0f} MB | "
            f"{memory:+.0%} | {one.seconds:.0f} | {one.seconds_taken:.0f} | {time:+.0%} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
