"""The command line as a whole: models, languages, probes, and that it parses before it loads."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from bits_of_commands import run

import lab

ROOT = Path(__file__).parent.parent.parent

pytestmark = pytest.mark.usefixtures("english", "home")


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


def test_probes_are_put_to_models_and_written_down(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PRETEXT_HOME", str(tmp_path))
    asked = ["evaluate", "tiny-next-en", "tiny-image", "--probe", "minimal-pairs"]
    few = [*asked, "--language", "en", "--most", "10"]
    for name in ("a.csv", "a.md", "a.json"):
        assert run(*few, "--json", "--out", str(tmp_path / name)) == 0
    found, unasked = json.loads(capsys.readouterr().out.rpartition("\n[\n")[2].join(["[\n", ""]))
    assert found["figures"][0]["name"] == "en"
    assert found["shows_not"]
    assert unasked["error"]["key"] == "probe_cannot"
    rows = (tmp_path / "a.csv").read_text().splitlines()
    assert rows[0].startswith("probe,model,precision,data,measure,name,key")
    assert len(rows) == 1 + len(found["figures"])
    assert "| en · right |" in (tmp_path / "a.md").read_text()
    assert run(*few) == 0
    shown = capsys.readouterr().out
    assert "tiny-next-en" in shown
    assert "not what the model would write" in " ".join(shown.split())
    assert run("evaluate", "tiny-image", "--probe", "cloze", "--json") == 1
    assert run("evaluate", "tiny-next-en", "--probe", "cloze", "--language", "xx") == 2
    assert run(*few, "--out", str(tmp_path / "a.xls")) == 2
