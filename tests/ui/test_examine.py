"""What the Examine page may ask, and what strangers may not."""

from __future__ import annotations

import base64
import time
from pathlib import Path
from typing import Any

import pytest

from lab.findings import Finding, Unasked
from lab.session import Session
from lab.texts import sentence
from lab.types import LabError
from lab.ui.pages.examine import LARGEST, Desk
from lab.views.wire import wire

PAIRS = "sentence_good,sentence_bad,UID\nThe cats sit.,The cats sits.,verbs\nA dog.,A dogs.,nouns\n"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(Session(tmp_path / "home"))


@pytest.fixture
def public(tmp_path: Path) -> Desk:
    return Desk(Session(tmp_path / "home", listed=True))


def sent(desk: Desk, text: str, title: str) -> str:
    ticket = desk.document(None)
    desk.piece({"ticket": ticket, "piece": base64.b64encode(text.encode()).decode()})
    return str(desk.whole({"ticket": ticket, "title": title}).path)


def asked(desk: Desk, given: str, probe: str = "minimal-pairs") -> Any:
    ticket = desk.examine({"models": ["tiny-next-en"], "probe": probe, "given": given})
    items: list[Any] = []
    limit = time.monotonic() + 120
    while time.monotonic() < limit:
        said = desk.follow({"name": ticket, "since": len(items)})
        items += said["items"]
        if said["ended"] and not said["items"]:
            return items[-1]
    raise AssertionError("it never ended")


@pytest.mark.parametrize("open_", [False, True])
def test_ones_own_questions_are_asked_by_their_name(
    desk: Desk, public: Desk, open_: bool, tmp_path: Path
) -> None:
    page = public if open_ else desk
    path = sent(page, PAIRS, "grammar.csv")
    found = asked(page, path)
    assert isinstance(found, Finding), found.why
    assert found.data == "grammar.csv"
    assert [figure.name for figure in found.figures] == [
        "grammar", "grammar/verbs", "grammar/nouns",
    ]  # fmt: skip
    assert found.settings["data_sha256"] == path.removeprefix("document:")
    assert str(tmp_path) not in str(wire(found))


def test_a_bad_file_gives_the_sentence_of_the_command_line(desk: Desk) -> None:
    found = asked(desk, sent(desk, "a,b\n1,2\n", "wrong.csv"))
    assert isinstance(found, Unasked)
    assert found.why.key == "probe_columns"
    told = sentence("en", found.why)
    assert "wrong.csv" in told
    assert "sentence_good" in told
    with pytest.raises(LabError) as caught:
        asked(desk, sent(desk, "Some text.", "story.txt"))
    assert (caught.value.key, caught.value.facts["file"]) == ("probe_file", "story.txt")
    text = sent(desk, "A text that is foreseen. " * 20, "story.txt")
    assert isinstance(asked(desk, text, "bits-per-byte"), Finding)
    with pytest.raises(LabError, match="probe_own_only"):
        asked(desk, sent(desk, PAIRS, "grammar.csv"), "languages")


@pytest.mark.parametrize(
    "path", ["{secret}", "example:en", "document:" + "0" * 64, "../secret.csv"]
)
def test_nobody_names_a_file_of_this_machine(
    desk: Desk, public: Desk, tmp_path: Path, path: str
) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text(PAIRS)
    for page in (desk, public):
        with pytest.raises(LabError, match=r"documents_only|document_gone|probe_file"):
            asked(page, path.format(secret=secret))


def test_what_is_given_is_bounded(desk: Desk) -> None:
    piece = base64.b64encode(b"x" * 1_000_000).decode()
    ticket = desk.document(None)
    for _ in range(LARGEST // 1_000_000):
        desk.piece({"ticket": ticket, "piece": piece})
    with pytest.raises(LabError) as caught:
        desk.piece({"ticket": ticket, "piece": piece})
    assert (caught.value.key, caught.value.facts["most"]) == ("document_too_large", 32)
    with pytest.raises(LabError, match="document_gone"):
        desk.whole({"ticket": ticket, "title": "large.csv"})
