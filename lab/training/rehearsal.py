"""Text that a model writes itself, to train it on beside new text, so that it forgets less.

    python -m lab.training.rehearsal MODEL FOLDER --tokens 1000000 [--seed 0] [--top-p 0.9]

What it draws at temperature 1 from nothing but the marker before a text is a sample of what it
has learned (pseudo-rehearsal: Robins 1995), and as wrong as the model. Unfiltered, a small
model soon drifts into noise; `--top-p` leaves out the least likely tokens.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch

from lab.models.loaded import LoadedModel
from lab.models.markers import begin_of
from lab.training.folder import write_atomically

ROWS, LENGTH = 128, 256
"""Texts a file (side by side: the more, the less a token costs), and the most tokens of one."""
FAR_APART = 1_000_003


def write(
    model: LoadedModel, folder: Path, tokens: int, seed: int = 0, top_p: float = 1.0
) -> Iterator[tuple[int, int]]:
    """Fill `folder` with files of text until they hold `tokens`; (files, tokens) after each.

    A file is a function of the seed, its number and `top_p`: those that are there are kept, so
    that a cut call is gone on with by the same call.
    """
    folder.mkdir(parents=True, exist_ok=True)
    count: int = 0
    number = 0
    while count < tokens:
        path = folder / f"own-{seed}-{number:05d}.txt"
        if not path.is_file():
            texts = draw(model, seed * FAR_APART + number, top_p)
            write_atomically(path, "\n\n".join(text.strip() for text in texts) + "\n")
        found = model.vocabulary.tokenizer(
            path.read_text(encoding="utf-8"), add_special_tokens=False, verbose=False
        )
        count += max(1, len(found["input_ids"]))
        number += 1
        yield number, count


@torch.inference_mode()
def draw(model: LoadedModel, seed: int, top_p: float = 1.0) -> list[str]:
    """ROWS texts, each to its end or to LENGTH tokens; the same ones for the same seed."""
    tokenizer: Any = model.vocabulary.tokenizer
    module: Any = model.module
    begin = tokenizer.convert_tokens_to_ids(begin_of(tokenizer))
    ends = sorted({begin, tokenizer.eos_token_id} - {None})
    with torch.random.fork_rng(devices=range(torch.cuda.device_count())):
        torch.manual_seed(seed)
        rows = module.generate(
            input_ids=torch.full((ROWS, 1), begin, device=model.device),
            attention_mask=torch.ones(ROWS, 1, dtype=torch.long, device=model.device),
            do_sample=True,
            temperature=1.0,
            top_k=0,
            top_p=top_p,
            max_new_tokens=min(LENGTH, model.context - 1),
            eos_token_id=ends,
            pad_token_id=model.vocabulary.alphabet.pad,
        )
    texts = tokenizer.batch_decode(rows, skip_special_tokens=True)
    return [text for text in texts if text.strip()]


def main() -> None:
    from lab.arithmetic import computes_bf16
    from lab.config import Precision
    from lab.models.catalogue import Catalogue
    from lab.models.pool import Pool
    from lab.objectives.base import objectives

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", help="a next-token model of the catalogue")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--tokens", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--top-p", type=float, default=0.9, help="1 filters nothing")
    given = parser.parse_args()
    pool = Pool(Catalogue.load())
    precision: Precision = "bf16" if computes_bf16() else "fp32"
    model = pool.get(given.model, precision, None, objectives()["next"])
    for files, tokens in write(model, given.folder, given.tokens, given.seed, given.top_p):
        print(f"\r{files} files, {tokens} of {given.tokens} tokens", end="", file=sys.stderr)
    print(file=sys.stderr)


if __name__ == "__main__":
    main()
