"""`pretext-lab pretrain` and `runs` as a person or a script calls them; workers are real."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bits_of_commands import run
from PIL import Image
from transformers import AutoModelForCausalLM, AutoTokenizer

from lab.training.folder import RunFolder
from lab.training.runs import Runs
from lab.training.worker import work

pytestmark = pytest.mark.usefixtures("english")

SMALL = {"size.layers": 1, "size.width": 32, "size.heads": 2, "data.vocabulary": 330,
         "data.length": 16, "steps": 4, "rows": 4}  # fmt: skip
Say = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, home: Path) -> Say:
    """Run a command that must go well; the JSON it printed, a line an item."""
    monkeypatch.setenv("PRETEXT_HOME", str(home))

    def say(*words: str) -> list[dict[str, Any]]:
        assert run(*words) == 0, capsys.readouterr().err
        return [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    return say


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    """Train in this process: quicker than to begin one that reads torch anew."""

    class Worker:
        def __init__(self, code: int) -> None:
            self.code = code

        def poll(self) -> int:
            return self.code

    monkeypatch.setattr(Runs, "launch", lambda self, *runs: Worker(work(runs, home)))


def pretrain(preset: str, corpus: Path, folder: Path) -> list[str]:
    changes = [word for key, value in SMALL.items() for word in ("--set", f"{key}={value}")]
    return ["pretrain", preset, *changes, "--data", str(corpus), "--run-dir", str(folder), "--json"]


def test_a_run_streams_its_events_and_leaves_a_model(
    said: Say, corpus: Path, tmp_path: Path
) -> None:
    events = said(*pretrain("small-next", corpus, tmp_path / "run"))
    kinds = {event["kind"] for event in events}
    assert kinds >= {"status", "metric", "sample", "checkpoint"}
    assert all(set(event) == {"step", "time", "kind", "data"} for event in events)
    assert (events[-1]["kind"], events[-1]["data"]["state"]) == ("status", "finished")
    AutoModelForCausalLM.from_pretrained(tmp_path / "run/model")
    assert AutoTokenizer.from_pretrained(tmp_path / "run/model")("The king")["input_ids"]


def test_a_run_goes_further_and_is_exported(said: Say, corpus: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    said(*pretrain("small-next", corpus, folder))
    slower = ("--set", "optimiser.rate=0.0001")
    more = said("runs", "resume", str(folder), "--steps", "2", *slower, "--json")
    assert max(event["data"].get("rate", 0) for event in more) <= 0.0001
    assert (more[-1]["step"], more[-1]["data"]["state"]) == (6, "finished")
    # What was told before is not told again.
    assert min(event["step"] for event in more) == 4
    assert run("runs", "export", str(folder), str(tmp_path / "taken")) == 0
    AutoModelForCausalLM.from_pretrained(tmp_path / "taken")
    assert run("runs", "export", str(folder), str(tmp_path / "taken")) == 2


def test_one_that_failed_is_stopped_and_leaves_its_model(
    said: Say, here: None, capsys: pytest.CaptureFixture[str], corpus: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    said(*pretrain("small-next", corpus, folder))
    failed = RunFolder(folder)
    shutil.rmtree(failed.model)
    failed.rewrite(failed.recipe.model_copy(update={"steps": 90}))
    failed.log().add("status", 5, state="failed")
    last = said("runs", "stop", str(folder), "--json")[-1]
    assert (last["step"], last["data"]["state"]) == (4, "stopped")
    AutoModelForCausalLM.from_pretrained(failed.model)
    shutil.rmtree(failed.checkpoints)
    assert run("runs", "stop", str(folder)) == 2
    assert "has no whole checkpoint yet" in capsys.readouterr().err


def test_a_family_goes_side_by_side(said: Say, corpus: Path, tmp_path: Path) -> None:
    events = said(*pretrain("small", corpus, tmp_path / "family"))
    ends = {e["run"]: e["data"]["state"] for e in events if e["kind"] == "status"}
    assert ends == dict.fromkeys(("next", "masked", "span", "diffusion"), "finished")
    steps = [(e["run"], e["step"]) for e in events if e["kind"] == "metric" and "loss" in e["data"]]
    first = [name for name, step in steps if step == 1]
    assert len(first) == 4, "each took its first step"
    assert steps.index((first[-1], 1)) < min(i for i, (_, s) in enumerate(steps) if s == 4)
    for name in ends:
        assert (tmp_path / "family" / name / "model" / "model.safetensors").is_file()


def test_what_is_thrown_away_comes_back(
    said: Say, capsys: pytest.CaptureFixture[str], corpus: Path, home: Path
) -> None:
    name = "20260101-000000-next-cafe"
    said(*pretrain("small-next", corpus, home / "runs" / name))
    assert run("runs", "--json") == 0
    assert name in [one["name"] for one in json.loads(capsys.readouterr().out)]
    assert run("runs", "delete", name) == 0
    assert run("runs", "show", name) == 2
    assert run("runs", "restore", name) == 0
    capsys.readouterr()
    assert run("runs", "show", name, "--json") == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["state"], shown["recipe"]["size"]["width"]) == ("finished", 32)
    run("runs", "delete", name)


def test_a_list_says_which_training_cannot_be_read(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PRETEXT_HOME", str(tmp_path))
    for name, text in (("good", '{"objective": "next"}'), ("bad", '{"objective": "next", "x": 1}')):
        (tmp_path / "runs" / name).mkdir(parents=True)
        (tmp_path / "runs" / name / "recipe.json").write_text(text)
    assert run("runs") == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "good" in told
    assert "The training bad cannot be read: recipe.json: x:" in told
    assert run("runs", "resume", "good", "--steps", "10000000") == 2
    assert "“steps” must be at most 10000000" in capsys.readouterr().err
    assert run("runs", "resume", "good", "--set", "size.width=64") == 2
    assert "“size.width” is settled" in capsys.readouterr().err
    assert '"steps"' not in (tmp_path / "runs/good/recipe.json").read_text()


def test_documents_are_learnt_and_those_that_cannot_be_read_are_named(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, base: Path, tmp_path: Path
) -> None:
    monkeypatch.setenv("PRETEXT_HOME", str(tmp_path / "home"))
    given, folder = tmp_path / "given", tmp_path / "run"
    given.mkdir()
    for i in range(12):
        (given / f"{i}.txt").write_text(f"Street {i} has a lantern that Odile lights at {i}. " * 4)
    (given / "broken.pdf").write_bytes(b"%PDF-1.7\n")
    small = {"weights": "fp32", "steps": 2, "rows": 2, "data.length": 32, "lora.rank": 2,
             "measure_every": 2, "checkpoint_every": 2}  # fmt: skip
    changes = [word for key, value in small.items() for word in ("--set", f"{key}={value}")]
    words = ["finetune", "--docs", str(given), "--model", f"local:{base}", "--preset", "quick"]
    assert run(*words, *changes, "--run-dir", str(folder), "--json") == 0
    out, err = capsys.readouterr()
    last = [json.loads(line) for line in out.splitlines()][-1]
    assert (last["kind"], last["step"], last["data"]["state"]) == ("status", 2, "finished")
    assert (folder / "adapter" / "adapter_config.json").is_file()
    assert json.loads((folder / "verdict.json").read_text())["advice"]
    assert "broken.pdf: broken.pdf is damaged" in err


def test_documents_too_few_are_said_before_anything_is_made(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PRETEXT_HOME", str(tmp_path / "home"))
    (tmp_path / "given").mkdir()
    (tmp_path / "given" / "one.txt").write_text("The goat of Ostrel.")
    (tmp_path / "given" / "broken.pdf").write_bytes(b"%PDF-1.7\n")
    words = ["finetune", "--model", "tiny-next-en", "--docs", str(tmp_path / "given")]
    assert run(*words, "--run-dir", str(tmp_path / "run"), "--json") == 2
    out, err = capsys.readouterr()
    assert json.loads(out)["error"]["key"] == "too_few_tokens"
    assert "broken.pdf is damaged" in err
    assert not (tmp_path / "run").exists()


def test_pictures_too_few_are_said_before_anything_is_made(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A picture model finds the preset for pictures by itself."""
    monkeypatch.setenv("PRETEXT_HOME", str(tmp_path / "home"))
    (tmp_path / "given").mkdir()
    Image.new("RGB", (40, 40), "red").save(tmp_path / "given" / "one.png")
    (tmp_path / "given" / "film.mp4").write_bytes(b"x")
    words = ["finetune", "--model", "tiny-image", "--docs", str(tmp_path / "given")]
    assert run(*words, "--run-dir", str(tmp_path / "run")) == 2
    told = capsys.readouterr().err
    assert "film.mp4: The lab reads no pictures" in told
    assert "At least 8 are needed" in told
    assert not (tmp_path / "run").exists()
