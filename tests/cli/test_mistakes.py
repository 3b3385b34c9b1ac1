"""What goes wrong is one sentence."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

import pytest
from bits_of_commands import SMALL, run

import lab

pytestmark = pytest.mark.usefixtures("english", "home")


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
