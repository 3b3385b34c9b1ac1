"""Runs so small that a test trains one in a second."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from accelerate import Accelerator
from painting import drawing, tiny_unet
from waiting import Worker

import lab.training.attendant
from lab.config import checked
from lab.recipe import TUNING, Recipe, changed, shipped
from lab.training.engine import Engine
from lab.training.folder import RunFolder
from lab.training.runs import Runs
from lab.training.setup import set_up
from tests.models.test_markers import CHATTY, next_token_only

TEXT = "The king had three daughters. The cat sat on the mat, and the dog by the door. " * 40
Make = Callable[..., RunFolder]


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lab's folder of its own; the tokens of the small corpus are made once in it."""
    return tmp_path_factory.mktemp("lab")


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpus")
    for name in ("one", "two", "three"):
        (folder / f"{name}.txt").write_text(f"{name}. {TEXT}", encoding="utf-8")
    return folder


@pytest.fixture
def recipe(corpus: Path) -> Callable[..., Recipe]:
    """A tiny recipe, with changes by dotted keys in which __ stands for the dot."""

    def make(objective: str = "next", **changes: Any) -> Recipe:
        plain = Recipe.model_validate(
            {
                "objective": objective,
                "size": {"layers": 1, "width": 32, "heads": 2},
                "data": {"paths": [str(corpus)], "vocabulary": 330, "length": 16},
                "optimiser": {"rate": 1e-2, "warmup": 2},
                "steps": 6,
                "rows": 4,
                "precision": "fp32",
                "checkpoint_every": 3,
                "measure_every": 100,
                "prompts": ["The [MASK] sat on the mat."],
            }
        )
        dotted = {key.replace("__", "."): value for key, value in changes.items()}
        return checked(Recipe, changed(plain, dotted))

    return make


@pytest.fixture
def engine(home: Path, tmp_path: Path) -> Callable[..., Engine]:
    """An engine of a run at `tmp_path/name`, new or gone on with."""

    def make(recipe: Recipe, name: str = "run") -> Engine:
        path = tmp_path / name
        run = RunFolder(path)
        if not run.recipe_file.exists():
            RunFolder.create(path, recipe)
        elif run.recipe != recipe:
            run.rewrite(recipe)
        accelerator: Any = Accelerator(cpu=True)
        return Engine(run, set_up(recipe, home), accelerator, run.log(), home)

    return make


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny Llama with a tokenizer of the chatty kind, as a next-token model comes."""
    from transformers import LlamaConfig, LlamaForCausalLM

    folder = tmp_path_factory.mktemp("bases") / "tiny-llama"
    tokenizer = next_token_only(
        [*CHATTY, "<spare>", "<more>"],
        bos_token="<|im_start|>",
        eos_token="<|im_end|>",
        pad_token="<|im_end|>",
    )
    tokenizer.chat_template = "<|im_start|>{{ messages }}<|im_end|>"
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=64,
        tie_word_embeddings=True,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture
def founded(recipe: Callable[..., Recipe], base: Path) -> Callable[..., Recipe]:
    """A recipe that begins from the tiny Llama."""

    def make(objective: str, **changes: Any) -> Recipe:
        plain = {"base": f"local:{base}", "lora__rank": 4, "lora__alpha": 8, "steps": 4}
        plain |= {"weights": "fp32"}
        return recipe(objective, **(plain | {"optimiser__name": "adamw"} | changes))

    return make


@pytest.fixture(scope="session")
def painter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_unet(tmp_path_factory.mktemp("bases") / "tiny-unet")


@pytest.fixture(scope="session")
def album(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("album")
    for i in range(16):
        inside = folder / ("Cat" if i < 5 else "holiday")
        inside.mkdir(exist_ok=True)
        drawing(i).save(inside / f"{i:02}.png")
    return folder


@pytest.fixture
def told(painter: Path, album: Path) -> Callable[..., Recipe]:
    """A tiny recipe of the preset, with changes by dotted keys in which __ stands for the dot."""

    def make(**changes: Any) -> Recipe:
        plain = {"base": f"local:{painter}", "steps": 4, "rows": 4, "data.paths": [str(album)],
                 "lora.rank": 4, "checkpoint_every": 2, "measure_every": 2, "precision": "fp32",
                 "settings": {"timesteps": 100}}  # fmt: skip
        dotted = {key.replace("__", "."): value for key, value in changes.items()}
        return Recipe.model_validate(changed(shipped("pictures", TUNING), plain | dotted))

    return make


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks and samples that cost next to nothing."""
    monkeypatch.setattr("lab.training.watch.DENOISING_STEPS", 2)
    monkeypatch.setattr("lab.training.engine.HELD_WINDOWS", 8)
    monkeypatch.setattr("lab.training.export.WINDOWS", 8)


@pytest.fixture
def runs(tmp_path: Path) -> Runs:
    return Runs(tmp_path / "home", tmp_path / "recordings")


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Worker]]:
    """The workers that were started, with the names of their runs."""
    found: list[tuple[str, Worker]] = []

    def spawn(runs: Sequence[RunFolder], home: Path) -> Any:
        worker = Worker()
        found.extend((run.name, worker) for run in runs)
        return worker

    monkeypatch.setattr(lab.training.attendant, "spawn", spawn)
    return found
