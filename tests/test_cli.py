"""The command line: what it prints, what it refuses, and that it parses before it loads."""

from __future__ import annotations

import base64
import io
import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import lab
from lab.cli import _json, main
from lab.cli._options import settings
from lab.config import Frozen
from lab.texts import LANGUAGES, texts
from lab.types import Notice, Picture, Step, TokenScore

ROOT = Path(__file__).parent.parent
SMALL = ["--layers", "1", "--width", "32", "--heads", "2"]
SENTENCE = "The old king lived in a [MASK] castle."

pytestmark = pytest.mark.usefixtures("english", "home")


def run(*words: str) -> int:
    """Run a command in this process; its exit code."""
    try:
        main(list(words))
    except SystemExit as left:
        return int(left.code or 0)
    return 0


def predicted(capsys: pytest.CaptureFixture[str], objective: str, *more: str) -> dict[str, Any]:
    """What `predict --json` prints for the small model from scratch."""
    model = "scratch-masked" if objective == "diffusion" else f"scratch-{objective}"
    words = ["predict", "--model", model, "--objective", objective, *SMALL, *more, "--json"]
    assert run(*words) == 0, capsys.readouterr().err
    said: dict[str, Any] = json.loads(capsys.readouterr().out)
    return said


# -- predict -----------------------------------------------------------------------


def test_next_reads_the_text_then_writes(capsys: pytest.CaptureFixture[str]) -> None:
    said = predicted(capsys, "next", "--text", "The old king", "--steps", "3", "--top", "5")
    assert (said["model"], said["objective"]) == ("scratch-next", "next")
    reading, *written = said["steps"]
    assert [step["index"] for step in said["steps"]] == [0, 1, 2, 3]
    *given, coming = reading["tokens"]
    assert "".join(token["text"] for token in given).endswith("The old king")
    assert all(token["state"] == "given" for token in given)
    assert (coming["state"], coming["text"], coming["p"]) == ("masked", "", None)
    assert len(coming["top"]) == 5
    chances = [p for _, p in coming["top"]]
    assert chances == sorted(chances, reverse=True)
    assert 0 < sum(chances) <= 1
    for step in written:
        assert [token["state"] for token in step["tokens"]] == ["predicted"]
        assert 0 < step["tokens"][0]["p"] <= 1


def test_what_comes_next_is_the_distribution_the_first_token_is_drawn_from(
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = ("--text", "The old king", "--steps", "1", "--temperature", "0")
    reading, written = predicted(capsys, "next", *words)["steps"]
    ahead, drawn = reading["tokens"][-1]["top"], written["tokens"][0]
    assert drawn["text"] == ahead[0][0]
    assert drawn["p"] == pytest.approx(ahead[0][1], rel=1e-3)


def test_next_without_steps_only_reads(capsys: pytest.CaptureFixture[str]) -> None:
    said = predicted(capsys, "next", "--text", "The old king", "--steps", "0")
    assert len(said["steps"]) == 1


def test_a_mask_is_a_mask_in_masked_and_text_in_next(capsys: pytest.CaptureFixture[str]) -> None:
    masked = predicted(capsys, "masked", "--text", SENTENCE, "--steps", "4", "--top", "3")
    hidden = [t for t in masked["steps"][-1]["tokens"] if t["state"] != "given"]
    assert len(hidden) == 1
    assert len(hidden[0]["top"]) == 3
    read = predicted(capsys, "next", "--text", SENTENCE, "--steps", "0")["steps"][0]["tokens"]
    assert "[MASK]" in "".join(token["text"] for token in read)
    assert sum(token["state"] == "masked" for token in read) == 1


def test_diffusion_hides_only_the_masks_unless_told(capsys: pytest.CaptureFixture[str]) -> None:
    def hidden(*more: str) -> int:
        first = predicted(capsys, "diffusion", "--text", SENTENCE, *more)["steps"][0]
        return sum(token["state"] == "masked" for token in first["tokens"])

    assert hidden() == 1
    assert hidden("--ratio", "0.9") > 1


def test_diffusion_goes_from_hidden_to_none_hidden(capsys: pytest.CaptureFixture[str]) -> None:
    said = predicted(
        capsys, "diffusion", "--text", "The old king lived in a castle.", "--ratio", "1"
    )
    levels = [step["level"] for step in said["steps"]]
    assert levels[0] == 1
    assert levels[-1] == 0
    assert levels == sorted(levels, reverse=True)
    assert not [t for t in said["steps"][-1]["tokens"] if t["state"] == "masked"]


def test_span_writes_what_was_cut(capsys: pytest.CaptureFixture[str]) -> None:
    said = predicted(capsys, "span", "--text", SENTENCE, "--steps", "4")
    assert any(t["state"] == "predicted" for t in said["steps"][-1]["tokens"])


def test_pictures_come_as_png_data(capsys: pytest.CaptureFixture[str]) -> None:
    said = predicted(capsys, "image", "--steps", "2", "--seed", "4")
    for step in said["steps"]:
        assert step["tokens"] == []
        data = base64.b64decode(step["image"].removeprefix("data:image/png;base64,"))
        assert Image.open(io.BytesIO(data)).size == (32, 32)
    assert any("estimate" in step for step in said["steps"])


def test_pictures_are_written_into_a_folder(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    said = predicted(capsys, "image", "--steps", "2", "--out", str(tmp_path / "kept"))
    for step in said["steps"]:
        assert Image.open(step["image"]).size == (32, 32)


def test_a_seed_repeats_and_another_differs(capsys: pytest.CaptureFixture[str]) -> None:
    first, again, other = (
        predicted(capsys, "next", "--text", "The old", "--steps", "6", "--seed", seed)
        for seed in ("1", "1", "2")
    )
    assert first == again
    assert first != other


def test_text_comes_from_standard_input(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("The old king"))
    said = predicted(capsys, "next", "--text", "-", "--steps", "0")
    assert "".join(t["text"] for t in said["steps"][0]["tokens"]).endswith("The old king")


def test_a_long_text_is_cut_and_said_so(capsys: pytest.CaptureFixture[str]) -> None:
    said = predicted(capsys, "next", "--text", "The old king lived. " * 2500)
    assert len(said["steps"]) == 1
    assert len(said["notices"]) == 1
    assert "{" not in said["notices"][0]["sentence"]


@pytest.mark.parametrize("objective", ["next", "masked", "span", "diffusion", "image"])
def test_a_person_can_read_it(capsys: pytest.CaptureFixture[str], objective: str) -> None:
    model = "scratch-masked" if objective == "diffusion" else f"scratch-{objective}"
    text = [] if objective == "image" else ["--text", SENTENCE]
    words = ["predict", "--model", model, "--objective", objective, "--steps", "2"]
    assert run(*words, *SMALL, *text) == 0
    shown = capsys.readouterr().out
    assert texts("en")[f"cli.show.{objective}"] in shown
    assert ("▀" if objective == "image" else "king") in shown


# -- the shapes that need no model --------------------------------------------------


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


# -- options ------------------------------------------------------------------------


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


# -- models -------------------------------------------------------------------------


def test_the_catalogue_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("models", "--json") == 0
    entries = {entry["id"]: entry for entry in json.loads(capsys.readouterr().out)}
    wanted = {"id", "source", "objectives", "ready", "path", "size_bytes", "parameters"}
    assert wanted | {"licence", "languages"} <= set(entries["smollm2-135m"])
    assert entries["smollm2-135m"]["ready"] is False, "the home of this test is empty"
    assert entries["smollm2-135m"]["path"] is None
    assert entries["scratch-next"]["ready"] is True


def test_the_catalogue_for_a_person(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert run("models") == 0
    shown = capsys.readouterr().out
    assert "smollm2-135m" in shown
    assert max(len(line) for line in shown.splitlines()) <= 80


def test_getting_what_is_there_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("models", "get", "scratch-next") == 0
    assert "scratch-next" in capsys.readouterr().out


# -- what goes wrong ----------------------------------------------------------------

NEXT = ["predict", "--model", "scratch-next", "--objective", "next"]


@pytest.mark.parametrize(
    ("words", "key"),
    [
        (["sing"], "command_unknown"),
        (["predict"], "option_missing"),
        (NEXT, "option_missing"),
        ([*NEXT, "--text", "a", "--bogus", "1"], "option_unknown"),
        ([*NEXT, "--text", "a", "--top", "nine"], "option_bad"),
        ([*NEXT, "--text", "a", "--top", "0"], "setting_too_small"),
        ([*NEXT, "--text", "a", "--ratio", "0.5"], "setting_unknown"),
        ([*NEXT, "--text", "a", "--precision", "fp8"], "setting_choice"),
        ([*NEXT, "--text", "a", "--width", "33", "--heads", "2"], "heads_do_not_divide"),
        (["predict", "--model", "x", "--objective", "next", "--text", "a"], "unknown_model"),
        (["predict", "--model", "x", "--objective", "sing", "--text", "a"], "unknown_objective"),
        (["models", "get", "nobody"], "unknown_model"),
        (["models", "frob"], "command_unclear"),
        (["models", "stack", "scratch-next"], "stack_count"),
        (["models", "stack", "scratch-next", "tiny-next-en"], "stack_kind"),
        (["--lang", "xx"], "unknown_language"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_mistake_is_one_sentence(
    capsys: pytest.CaptureFixture[str], words: list[str], key: str
) -> None:
    assert run(*words, "--json") == 2
    out, err = capsys.readouterr()
    error = json.loads(out)["error"]
    assert error["key"] == key
    assert err.strip() == error["sentence"]
    assert "{" not in error["sentence"]
    assert "\n" not in error["sentence"]


def test_a_picture_that_cannot_be_read_is_named(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    missing = str(tmp_path / "nothing.png")
    words = ["predict", "--model", "scratch-image", "--objective", "image", "--picture", missing]
    assert run(*words) == 2
    assert missing in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_is_named(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    words = ["predict", "--model", "scratch-image", "--objective", "image", "--steps", "1"]
    assert run(*words, *SMALL, "--out", str(tmp_path / "file"), "--json") == 2
    assert json.loads(capsys.readouterr().out)["error"]["key"] == "folder_unwritable"


def test_a_port_that_is_taken_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        assert run("ui", "--port", port, "--no-browser") == 2
    assert port in capsys.readouterr().err


def test_an_unforeseen_failure_is_told_without_a_traceback(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr("lab.session.Session.models", broken)
    assert run("models") == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert "ZeroDivisionError: by zero" in err
    assert "Traceback" not in err


def test_benchmarks_are_missed_where_there_are_none(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(lab, "__file__", str(tmp_path / "lab" / "__init__.py"))
    assert run("bench", "predict", "--json") == 2
    assert json.loads(capsys.readouterr().out)["error"]["key"] == "no_benchmarks"


def test_the_page_is_started_as_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, Any] = {}
    monkeypatch.setattr("lab.ui.launch", lambda **how: asked.update(how))
    assert run("--host", "127.0.0.1", "--no-browser", "--lang", "fr") == 0
    assert asked == {
        "host": "127.0.0.1",
        "port": None,
        "open_browser": False,
        "language": "fr",
    }


# -- languages ----------------------------------------------------------------------


@pytest.mark.parametrize("where", ["before", "after"])
def test_lang_may_stand_anywhere(capsys: pytest.CaptureFixture[str], where: str) -> None:
    lang, words = ["--lang", "fr"], ["models", "get", "nobody"]
    assert run(*(lang + words if where == "before" else words + lang)) == 2
    french = capsys.readouterr().err
    os.environ["PRETEXT_LANG"] = "en"
    assert run(*words) == 2
    assert french != capsys.readouterr().err


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({"LANG": "fr_FR.UTF-8"}, "fr"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LC_ALL": "en_GB", "LANG": "fr_FR"}, "en"),
        ({"PRETEXT_LANG": "fr", "LC_ALL": "en_GB"}, "fr"),
    ],
)
def test_the_system_says_which_language(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], language: str
) -> None:
    from lab.cli import _language

    for name in _language.VARIABLES:
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert _language.language() == language


# -- before anything heavy ----------------------------------------------------------


def test_parsing_loads_nothing_heavy() -> None:
    code = (
        "import sys\nfrom lab.cli import main\n"
        "try:\n    main(['models', '--json'])\n"
        "except SystemExit as left:\n    assert not left.code\n"
        "heavy = {'torch', 'transformers', 'diffusers', 'gradio', 'numpy'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_python_m_lab_is_the_command() -> None:
    words = [sys.executable, "-m", "lab", "--version"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.strip() == lab.__version__
