"""From a folder of documents to rows that can be learnt from: time and memory, by amount.

    python -m benchmarks.documents [--megabytes 25 50 100] [--model tiny-next-en]

Texts of words that the lab's own English texts use, a file a megabyte, are read, cleaned, compared,
divided and tokenised as the Fine-tune page does it, each amount in a process of its own and on an
empty home. The memory is the most that this process and its readers held together.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import psutil

from lab.recipe import Data, Recipe
from lab.training.corpus import find

MEGABYTE = 1_000_000
LOOK = 0.05
"""Seconds between two looks at the memory."""


def write(folder: Path, megabytes: int) -> None:
    """So many files; paragraphs are drawn from words, so that none is a copy of another."""
    files = find(Data.model_validate({"language": "en"}))
    words = " ".join(file.read_text(encoding="utf-8") for file in files).split()
    dice = random.Random(0)
    for number in range(megabytes):
        parts, left = [], MEGABYTE
        while left > 0:
            part = " ".join(dice.choices(words, k=dice.randint(20, 120)))
            parts.append(part)
            left -= len(part) + 2
        (folder / f"{number:04}.txt").write_text("\n\n".join(parts), encoding="utf-8")


def made_ready(folder: Path, model: str) -> int:
    """What the page does with documents that are given; tokens to learn from."""
    from lab.training.preview import readiness

    data = {"paths": [str(folder)], "apart": True, "length": 256}
    recipe = Recipe.model_validate({"objective": "next", "base": model, "data": data})
    with tempfile.TemporaryDirectory() as home:
        return readiness(recipe, Path(home)).learnt


def measured(folder: Path, model: str) -> tuple[float, int, int]:
    """(seconds, most bytes held, tokens) of one amount."""
    command = [
        sys.executable,
        "-m",
        "benchmarks.documents",
        "--child",
        str(folder),
        "--model",
        model,
    ]
    began = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    most = 0
    while child.poll() is None:
        most = max(most, held(child.pid))
        time.sleep(LOOK)
    took = time.perf_counter() - began
    assert child.stdout is not None
    return took, most, int(json.loads(child.stdout.read()))


def held(pid: int) -> int:
    """Bytes that a process and its children have in memory."""
    try:
        top = psutil.Process(pid)
        return sum(one.memory_info().rss for one in (top, *top.children(recursive=True)))
    except psutil.NoSuchProcess:
        return 0


def main(given: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, nargs="+", default=[25, 50, 100])
    parser.add_argument(
        "--model", default="tiny-next-en", help="a bundled one, whose tokenizer cuts"
    )
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args(given)
    if options.child:
        print(json.dumps(made_ready(options.child, options.model)))
        return
    print("| text | time | a megabyte | most memory | tokens |")
    print("| ---: | ---: | ---: | ---: | ---: |")
    for megabytes in options.megabytes:
        with tempfile.TemporaryDirectory() as folder:
            write(Path(folder), megabytes)
            took, most, tokens = measured(Path(folder), options.model)
        print(
            f"| {megabytes} MB | {took:.0f} s | {took / megabytes:.2f} s "
            f"| {most / 1e9:.2f} GB | {tokens:,} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
