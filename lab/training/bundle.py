"""Make the checkpoints that ship in assets/checkpoints, with their passports.

    python -m lab.training.bundle tiny-masked-en --corpus FOLDER_OF_TXT --held-out NAME ...

One tokenizer a language, shared by its three objectives; books that are held
out are never seen by the tokenizer or the model.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from lab.config import MaskedDiffusionConfig, NextTokenConfig, Size, SpanDenoisingConfig
from lab.models.scratch import build
from lab.models.tokenizer import train_tokenizer
from lab.models.vocabulary import Vocabulary
from lab.objectives.base import Batch, Objective
from lab.objectives.masked_diffusion import MaskedDiffusion
from lab.objectives.next_token import NextToken
from lab.objectives.span_denoising import SpanDenoising
from lab.training.loop import Recipe, Trainer, chunks, weighted_loss, windows
from lab.types import Alphabet, Kind

BODY = Size(layers=6, width=256, heads=4)
LENGTH, ROWS, VOCABULARY = 128, 48, 4096


def objective_for(kind: Kind, alphabet: Alphabet) -> Objective[Any, Any]:
    """Masked bodies learn every mask ratio, so that one checkpoint serves masking and diffusion."""
    if kind == "causal":
        return NextToken(NextTokenConfig(), alphabet)
    if kind == "masked":
        return MaskedDiffusion(MaskedDiffusionConfig(floor=0.05), alphabet)
    return SpanDenoising(SpanDenoisingConfig(), alphabet)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", help="tiny-OBJECTIVE-LANGUAGE")
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--held-out", nargs="*", default=[])
    parser.add_argument("--sources", type=Path, help="a TSV of file, title, author, …, licence")
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--rate", type=float, default=3e-3)
    parser.add_argument("--out", type=Path, default=Path("assets/checkpoints"))
    parser.add_argument("--work", type=Path, default=Path("build/bundle"))
    train(parser.parse_args())


def train(options: argparse.Namespace) -> None:
    kinds: dict[str, Kind] = {"next": "causal", "masked": "masked", "span": "seq2seq"}
    _, task, language = options.name.split("-")
    options.work.mkdir(parents=True, exist_ok=True)
    files = sorted(options.corpus.glob("*.txt"))
    held = [f for f in files if f.stem in options.held_out]
    kept = [f for f in files if f not in held]
    tokenizer = _tokenizer(options.work / f"tokenizer-{language}", kept)
    vocabulary = Vocabulary(tokenizer)
    tokens = _tokens(options.work / f"tokens-{language}.pt", tokenizer, kept)
    objective = objective_for(kinds[task], vocabulary.alphabet)
    model = build(kinds[task], BODY, vocabulary.alphabet)
    recipe = Recipe(steps=options.steps, rate=options.rate)
    trainer = Trainer(model, objective, recipe, options.work / f"{options.name}.pt")
    bos = vocabulary.alphabet.bos or 0

    def report(step: int, loss: float, seconds: float) -> None:
        speed = step * ROWS * LENGTH / seconds
        print(f"{options.name} {step}/{recipe.steps} loss {loss:.3f} {speed:.0f} tok/s", flush=True)

    trainer.run(windows(tokens, LENGTH, ROWS, bos, recipe.seed), report)
    figures = _measure(model, objective, tokenizer, held)
    target = options.out / options.name
    model.to(torch.bfloat16).save_pretrained(target)  # type: ignore[operator]
    tokenizer.save_pretrained(target)
    passport = {
        "made": time.strftime("%Y-%m-%d"),
        "objective": objective.name,
        "recipe": asdict(recipe) | {"rows": ROWS, "length": LENGTH, "optimiser": "Muon + AdamW"},
        "tokens_seen": recipe.steps * ROWS * LENGTH,
        "seconds": round(trainer.seconds),
        "software": {"torch": torch.__version__},
        "held_out": {"books": [f.stem for f in held], **figures},
        "sources": _sources(kept, options.sources),
    }
    (target / "passport.json").write_text(json.dumps(passport, indent=1, ensure_ascii=False))
    print(options.name, "done", figures, flush=True)


def _tokenizer(path: Path, files: list[Path]) -> Any:
    from transformers import PreTrainedTokenizerFast

    if not path.exists():
        texts = (f.read_text(encoding="utf-8") for f in files)
        train_tokenizer(texts, VOCABULARY).save_pretrained(path)
    return PreTrainedTokenizerFast.from_pretrained(path)


def _tokens(path: Path, tokenizer: Any, files: list[Path]) -> Tensor:
    if not path.exists():
        torch.save(_read(tokenizer, files), path)
    tokens: Tensor = torch.load(path, weights_only=True)
    return tokens


def _read(tokenizer: Any, files: list[Path]) -> Tensor:
    ids: list[int] = []
    for file in files:
        text = file.read_text(encoding="utf-8")
        ids += tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]
        ids.append(tokenizer.eos_token_id)
    return torch.tensor(ids, dtype=torch.int16)


@torch.no_grad()
def _measure(
    model: torch.nn.Module, objective: Objective[Any, Any], tokenizer: Any, held: list[Path]
) -> dict[str, float]:
    """Bits per byte on whole held-out books; a bound for masked diffusion, none for spans."""
    model.eval()
    generator = torch.Generator().manual_seed(1)
    nats = predicted = n = 0.0
    bytes_ = 0
    for file in held:
        tokens = _read(tokenizer, [file])
        bytes_ += file.stat().st_size * min(1.0, 400 * (LENGTH - 1) / len(tokens))  # type: ignore[assignment]
        for i, ids in enumerate(chunks(tokens, LENGTH, tokenizer.bos_token_id)):
            if i == 400:
                break
            corrupted = objective.corrupt(Batch(ids=ids), generator)
            loss = float(weighted_loss(model, objective, corrupted))
            nats += loss * (ids.shape[1] - 1)
            predicted += loss
            n += 1
    if objective.name == "span":
        return {"loss_nats_per_target": round(predicted / n, 4)}
    name = "bits_per_byte" if objective.name == "next" else "bits_per_byte_bound"
    return {name: round(nats / math.log(2) / bytes_, 4)}


def _sources(files: list[Path], table: Path | None) -> list[dict[str, str]]:
    rows = {}
    if table:
        header, *lines = table.read_text(encoding="utf-8").splitlines()
        for line in lines:
            row = dict(zip(header.split("\t"), line.split("\t"), strict=False))
            rows[Path(row["file"]).name] = row
    listed = []
    for file in files:
        row = rows.get(file.name, {})
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        listed.append(
            {k: row.get(k, "") for k in ("title", "author", "source", "licence")}
            | {"file": file.name, "sha256": digest}
        )
    return listed


if __name__ == "__main__":
    main()
