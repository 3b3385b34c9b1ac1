"""What a lesson's file may say, and that all else is refused with what is off."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bits_of_lessons import ASKED, OPTIONS, WORDS

from lab.config import checked
from lab.lessons.schema import Lesson, Source, lesson_files, load, sources_of
from lab.types import LabError

Values = Callable[..., dict[str, Any]]
ASKING = {"asks": [ASKED]}
PROBE = {"probe": "cloze", "models": ["tiny-next-en", "tiny-masked-en"], "languages": ["en"]}


def test_a_sound_lesson_is_read(values: Values) -> None:
    told = values(
        {"kind": "read", "say": WORDS},
        {"kind": "figures", "title": WORDS, "source": PROBE},
        {"kind": "figures", "title": WORDS,
         "case": [{"label": WORDS, "source": s} for s in (PROBE, ASKING)]},
        {"kind": "growth", "title": WORDS, "runs": ["tiny-next-en"]},
        {"kind": "try", "say": WORDS, "button": WORDS, "page": "predict"},
    )  # fmt: skip
    lesson = checked(Lesson, told)
    assert [len(sources_of(part)) for part in lesson.part] == [0, 1, 2, 0, 0]


@pytest.mark.parametrize(
    "source",
    [
        {},
        {"probe": "cloze", "languages": ["en"]},
        {"models": ["tiny-next-en"]},
        {"probe": "cloze", "models": ["tiny-next-en"]},
        PROBE | {"runs": ["tiny-next-en"]},
        PROBE | {"labels": [WORDS]},
        PROBE | {"precision": "fp7"},
        {"runs": ["a"], "labels": [WORDS, WORDS]},
        {"asks": [ASKED | {"prompt": "text"}]},
        {"runs": ["a"], "at": "first"},
        {"runs": ["a", "b"], "at": [0, 100]},
        {"runs": ["a"], "at": [0, 100], "labels": [WORDS]},
        {"asks": [ASKED], "show": "nearest"},
    ],
)
def test_what_is_no_source_is_refused(source: dict[str, Any]) -> None:
    with pytest.raises(LabError):
        checked(Source, source)


@pytest.mark.parametrize(
    "change",
    [
        {"rule": "given", "option": [{"say": WORDS}, {"say": WORDS}]},
        {"rule": "given", "source": PROBE},
        {"rule": "highest"},
        {"rule": "highest", "source": PROBE},
        {"rule": "range", "source": PROBE, "option": [{"say": WORDS, "bar": "a"}] * 2},
        {"rule": "words", "source": ASKING, "option": [{"say": WORDS, "words": ["a"]}] * 2},
        {"rule": "luck"},
        {"option": OPTIONS[:1]},
        {"ask": {"en": "Only English?"}},
        {"colour": "red"},
    ],
)  # fmt: skip
def test_what_is_no_question_is_refused(values: Values, change: dict[str, Any]) -> None:
    plain = values()["part"][0]
    checked(Lesson, values(plain))
    with pytest.raises(LabError):
        checked(Lesson, values(plain | change))


@pytest.mark.parametrize(
    "change",
    [{"order": -1}, {"minutes": 0}, {"part": []}, {"limits": None}, {"look": ["blue"]},
     {"further": [{"work": "W", "url": "javascript:alert(1)", "why": WORDS}]}, {"subtitle": WORDS}],
)  # fmt: skip
def test_what_is_no_lesson_is_refused(values: Values, change: dict[str, Any]) -> None:
    with pytest.raises(LabError):
        checked(Lesson, values(**change))


@pytest.mark.parametrize("raw", [b"title = ", b"\xff\xfe\x00", b"order = 1"])
def test_a_broken_file_names_itself(tmp_path: Path, raw: bytes) -> None:
    file = tmp_path / "mine.toml"
    file.write_bytes(raw)
    with pytest.raises(LabError, match="preset_broken") as caught:
        load(file)
    assert caught.value.facts["file"] == "mine.toml"


def test_a_hosts_own_lessons_are_found_and_may_replace_one(tmp_path: Path) -> None:
    own = tmp_path / "lessons"
    own.mkdir()
    for name in ("four-bits", "mine"):
        (own / f"{name}.toml").write_text("")
    found = lesson_files(tmp_path)
    assert found["mine"] == own / "mine.toml"
    assert found["four-bits"] == own / "four-bits.toml"
    assert len(found) > 2
