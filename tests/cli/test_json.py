"""What `--json` prints, and the options that settings become."""

from __future__ import annotations

import io

import pytest
from bits_of_commands import run
from PIL import Image

from lab.cli import _json
from lab.cli._options import settings
from lab.config import Frozen
from lab.texts import LANGUAGES, texts
from lab.types import Notice, Picture, Step, TokenScore

pytestmark = pytest.mark.usefixtures("english", "home")


def test_a_step_as_json() -> None:
    token = TokenScore("a", "predicted", id=3, p=0.5, top=((" a", 0.5), ("b", 0.25)), entropy=1.5)
    assert _json.step(Step(index=2, level=0.25, tokens=(token,), end="eos")) == {
        "index": 2,
        "level": 0.25,
        "end": "eos",
        "tokens": [
            {
                "text": "a",
                "p": 0.5,
                "top": [[" a", 0.5], ["b", 0.25]],
                "state": "predicted",
                "id": 3,
                "entropy": 1.5,
                "step": -1,
            }
        ],
    }


def test_a_picture_keeps_every_byte() -> None:
    picture = Picture(2, 3, bytes(range(18)))
    read = Image.open(io.BytesIO(_json.png(picture)))
    assert (read.size, read.mode, read.tobytes()) == ((2, 3), "RGB", picture.pixels)


def test_a_notice_is_a_sentence() -> None:
    said = _json.notice(Notice("cut_short", {"read": 5, "dropped": 2}))
    assert said["key"] == "cut_short"
    assert "5" in said["sentence"]


def test_every_setting_of_every_prompt_is_an_option_with_help() -> None:
    known = settings()
    assert {"steps", "top", "temperature", "top_k", "top_p", "repetition", "ratio"} <= set(known)
    assert {"order", "remask", "scheduler", "label", "guidance", "start"} <= set(known)
    for language in LANGUAGES:
        assert not [name for name in known if f"cli.predict.{name}" not in texts(language)]


def test_options_follow_the_prompts(monkeypatch: pytest.MonkeyPatch) -> None:
    from lab import prompts

    class NewPrompt(Frozen):
        newly_wished: float = 1.0

    monkeypatch.setattr(prompts, "NewPrompt", NewPrompt, raising=False)
    assert "newly_wished" in settings()


@pytest.mark.parametrize("command", [[], ["predict"], ["models"], ["doctor"], ["ui"], ["bench"]])
def test_help_is_written_in_texts(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    assert run(*command, "--help") == 0
    shown = capsys.readouterr().out
    assert "cli." not in shown
    assert "--help" in shown
