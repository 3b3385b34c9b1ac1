"""The checker: a sound file has no flaw, and each flaw is found and named."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bits_of_lessons import ASKED, WORDS

from lab.lessons.check import flaws
from lab.session import Session

Values = Callable[..., dict[str, Any]]
ASK = {"kind": "figures", "title": WORDS, "source": {"asks": [ASKED]}}


def written(folder: Path, values: dict[str, Any]) -> Path:
    """The values as TOML: JSON's strings, numbers and lists are TOML's too."""
    file = folder / "mine.toml"
    lines = [f"{key} = {_toml(value)}" for key, value in values.items()]
    file.write_text("\n".join(lines), encoding="utf-8")
    return file


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k} = {_toml(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value)


def test_a_sound_lesson_has_no_flaw(values: Values, session: Session, tmp_path: Path) -> None:
    told = values(values()["part"][0], ASK, {"kind": "read", "say": WORDS})
    assert flaws(written(tmp_path, told), session) == []


def test_settings_may_differ_by_language(values: Values, session: Session, tmp_path: Path) -> None:
    places = {"en": [[15, 19]], "fr": [[15, 20]]}
    to = {"kind": "try", "page": "predict", "say": WORDS, "button": WORDS}
    told = values(to | {"settings": {"hidden": places, "text": WORDS}})
    assert flaws(written(tmp_path, told), session) == []


@pytest.mark.parametrize(
    ("part", "key"),
    [
        ({"kind": "growth", "title": WORDS, "runs": ["nobody"]}, "no_such_run"),
        ({"kind": "figures", "title": WORDS, "source": {"runs": ["nobody"]}}, "no_such_run"),
        ({"kind": "figures", "title": WORDS, "source": {"asks": [ASKED | {"model": "nobody"}]}},
         "unknown_model"),
        ({"kind": "figures", "title": WORDS, "source": {"asks": [ASKED | {"objective": "sing"}]}},
         "unknown_objective"),
        ({"kind": "figures", "title": WORDS, "source": {
            "probe": "cloze", "models": ["scratch-next"], "languages": ["en"]}},
         "lesson_no_finding"),
        ({"kind": "guess", "ask": WORDS, "rule": "range", "source": {"runs": ["tiny-next-en"]},
          "option": [{"say": WORDS, "below": 0.1}, {"say": WORDS, "least": 90.0}], "after": WORDS},
         "lesson_untold"),
        (ASK | {"reader": "fr"}, "lesson_one_language"),
        ({"kind": "read", "say": WORDS | {"en": "a <b>bold</b> claim"}}, "lesson_marked"),
        ({"kind": "read", "say": WORDS | {"en": "[here](https://example.org)"}}, "lesson_marked"),
        ({"kind": "read", "say": WORDS | {"fr": "Vraiment ? Oui."}}, "lesson_spacing"),
        ({"kind": "read", "say": WORDS | {"fr": "Vraiment? Oui."}}, "lesson_spacing"),
        ({"kind": "read", "say": WORDS | {"fr": "Ceci: cela."}}, "lesson_spacing"),
        ({"kind": "read", "say": WORDS | {"fr": "« oui\u00a0»"}}, "lesson_spacing"),
    ],
)  # fmt: skip
def test_each_flaw_is_found(
    values: Values, session: Session, tmp_path: Path, part: dict[str, Any], key: str
) -> None:
    found = flaws(written(tmp_path, values(part)), session)
    assert key in {flaw.why.key for flaw in found}


@pytest.mark.parametrize(
    "text",
    [
        "Quoi\u202f? Oui\u00a0: «\u00a0oui\u00a0»\u202f!",
        "à 9:30, 40\u202f% de 3:1",
        "«\u00a0a\u00a0».",
    ],
)
def test_french_as_french_is_set_is_no_flaw(
    values: Values, session: Session, tmp_path: Path, text: str
) -> None:
    told = values({"kind": "read", "say": WORDS | {"fr": text}})
    assert flaws(written(tmp_path, told), session) == []


def test_a_file_that_is_none(session: Session, tmp_path: Path) -> None:
    (flaw,) = flaws(tmp_path / "gone.toml", session)
    assert flaw.why.key == "file_unreadable"
    (tmp_path / "bad.toml").write_bytes(b"\xff\xff")
    (flaw,) = flaws(tmp_path / "bad.toml", session)
    assert flaw.why.key == "preset_broken"
