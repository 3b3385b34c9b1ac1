"""The reading process: read once, kept by content, bounded in time and memory, never fatal."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import made
import pytest
from made import MORE, SAID

from lab.documents import process, worker
from lab.documents.base import by_suffix
from lab.documents.kept import known
from lab.documents.reading import Limits, read_all, sections
from lab.documents.worker import read
from lab.types import LabError


def test_a_document_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.md").write_text(f"# Birds\n\n{SAID}")
    (one,) = read_all([tmp_path / "a.md"], tmp_path / "home")
    monkeypatch.setattr(process.Process, "_start", lambda self: pytest.fail("it was asked again"))
    (tmp_path / "a.md").rename(tmp_path / "b.md")
    (two,) = read_all([tmp_path / "b.md"], tmp_path / "home")
    assert two.file == one.file
    assert two.paper.name == "b.md"
    assert two.paper.sha256 == one.paper.sha256
    assert [s.title for s in sections(two.file)] == ["Birds"]


def test_the_same_bytes_are_another_document_in_another_format(tmp_path: Path) -> None:
    for name in ("a.md", "a.py"):
        (tmp_path / name).write_text(f"# Birds\n\n{SAID}\n\n# Boats\n\n{MORE}")
    texts = read_all([tmp_path / "a.md", tmp_path / "a.py"], tmp_path / "home")
    assert [text.paper.sections for text in texts] == [2, 1]


def test_a_broken_document_is_known_as_broken(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(made.pdf(SAID)[:90])
    (first,) = read_all([tmp_path / "a.pdf"], tmp_path / "home")
    (again,) = read_all([tmp_path / "a.pdf"], tmp_path / "home")
    for text in (first, again):
        assert text.paper.why is not None
        assert text.paper.why.facts["name"] == "a.pdf"
    assert list(sections(first.file)) == []


def test_progress_is_told_and_may_end_the_reading(tmp_path: Path) -> None:
    for name in "abc":
        (tmp_path / f"{name}.txt").write_text(f"{SAID} {name}")
    told: list[tuple[int, int, str]] = []
    read_all([tmp_path], tmp_path / "home", lambda *what: told.append(what))
    assert told == [(0, 3, "a.txt"), (1, 3, "b.txt"), (2, 3, "c.txt"), (3, 3, "")]

    def enough(done: int, of: int, name: str) -> None:
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read_all([tmp_path], tmp_path / "other", enough)


def test_names_are_unique_and_copies_are_told(tmp_path: Path) -> None:
    story = "\n\n".join(
        f"On day {i} the ferry carried {i * 7} goats to Ostrel." for i in range(200)
    )
    for name, text in (
        ("one/a.txt", story),
        ("two/a.txt", story),
        ("near.txt", story.replace("On day 9 ", "On day nine ")),
        ("other.txt", SAID * 30),
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    paths = [tmp_path / n for n in ("one/a.txt", "two/a.txt", "near.txt", "other.txt")]
    texts = read_all(paths, tmp_path / "home")
    assert [(t.paper.name, t.paper.like) for t in texts] == [
        ("a.txt", ()),
        ("a.txt (2)", ("a.txt",)),
        ("near.txt", ("a.txt",)),
        ("other.txt", ()),
    ]


@pytest.mark.parametrize("failing", ["line_of", "keep"])
def test_what_the_machine_could_not_do_is_said_and_not_kept(
    failing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    (tmp_path / "a.txt").write_text(SAID)
    out = tmp_path / "out" / "text-1"
    question = {"do": "read", "file": str(tmp_path / "a.txt"), "kind": "text", "into": str(out)}
    with monkeypatch.context() as patch:
        patch.setattr(worker, failing, full)
        why = worker.answer(question)["why"]
    assert (why["key"], why["facts"]["why"]) == ("paper_machine", "No space left on device")
    assert known(out) is None
    assert worker.answer(question) == {"read": True}
    kept = known(out)
    assert kept is not None
    assert kept.paper.why is None


def test_a_library_that_finds_a_file_broken_is_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise OSError("Invalid data stream")

    (tmp_path / "a.txt").write_text(SAID)
    monkeypatch.setattr(worker, "line_of", broken)
    worker.read(tmp_path / "a.txt", by_suffix()[".txt"], tmp_path / "out")
    kept = known(tmp_path / "out")
    assert kept is not None
    assert kept.paper.why is not None
    assert kept.paper.why.key == "paper_broken"


DYING = """
import os, sys, time
from lab.documents import worker
answer = worker.answer
def dying(question):
    with open(question["file"]) as file:
        said = file.read(100)
    if "die" in said:
        os._exit(3)
    if "sleep" in said:
        time.sleep(60)
    if "swell" in said:
        hoard = [b'x' * (10_000_000 + i) for i in range(100)]
        time.sleep(60)
    return answer(question)
worker.answer = dying
worker.limit = lambda memory: None
worker.main()
"""


@pytest.fixture
def dying(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reading process that does what its documents say."""
    start = subprocess.Popen

    def replaced(command: list[str], **options: object) -> object:
        return start([sys.executable, "-c", DYING, *command[3:]], **options)  # type: ignore[call-overload]

    monkeypatch.setattr(process.subprocess, "Popen", replaced)


@pytest.mark.parametrize(
    ("wish", "why"), [("die", "paper_died"), ("sleep", "paper_slow"), ("swell", "paper_memory")]
)
@pytest.mark.usefixtures("dying")
def test_a_document_that_ends_the_process_costs_itself_alone(
    wish: str, why: str, tmp_path: Path
) -> None:
    for name, said in (("a", SAID), ("b", wish), ("c", MORE)):
        (tmp_path / f"{name}.txt").write_text(f"{said} {said}")
    limits = Limits(seconds=5, memory=600_000_000)
    texts = read_all([tmp_path], tmp_path / "home", limits=limits)
    assert [t.paper.why.key if t.paper.why else "" for t in texts] == ["", why, ""]
    # What happened to it says nothing of the document: it is tried again another day.
    assert not list((tmp_path / "home" / "papers" / texts[1].paper.sha256).glob("*"))


def test_the_system_refuses_memory_beyond_the_limit(tmp_path: Path) -> None:
    if sys.platform != "linux":
        pytest.skip("addresses are limited by Linux")
    record = '{"text": "' + "heron " * 100 + '"}'
    (tmp_path / "a.json").write_text("[" + ",".join([record] * 150_000) + "]")
    (tmp_path / "b.txt").write_text(SAID)
    texts = read_all([tmp_path], tmp_path / "home", limits=Limits(memory=350_000_000))
    assert [t.paper.why.key if t.paper.why else "" for t in texts] == ["paper_memory", ""]


def peak(file: Path, home: Path) -> int:
    """Megabytes of memory a process takes that reads one file, as the worker does."""
    if sys.platform != "linux":
        pytest.skip("only Linux tells what a process took since it began")
    code = (
        "import sys; from pathlib import Path; from lab.documents import worker;"
        "from lab.documents.base import reader_of; f = Path(sys.argv[1]);"
        "worker.read(f, reader_of(f), Path(sys.argv[2]));"
        "status = Path('/proc/self/status').read_text();"
        "print(int(status.partition('VmHWM:')[2].split()[0]) // 1024)"
    )
    env = {**os.environ, **process.SINGLE}
    command = [sys.executable, "-c", code, str(file), str(home / "out")]
    done = subprocess.run(command, capture_output=True, check=True, cwd=process.ROOT, env=env)
    return int(done.stdout)


def one_line(file: Path, size: int) -> None:
    block = ("goats and herons " * 60_000).encode()
    with file.open("wb") as out:
        for _ in range(size // len(block)):
            out.write(block)


def test_a_line_of_thirty_million_letters_takes_little_memory(tmp_path: Path) -> None:
    one_line(tmp_path / "a.txt", 30_000_000)
    assert peak(tmp_path / "a.txt", tmp_path) < 220


@pytest.mark.slow
@pytest.mark.parametrize("suffix", [".txt", ".csv", ".jsonl", ".srt", ".py"])
def test_a_line_of_three_hundred_million_takes_no_more(tmp_path: Path, suffix: str) -> None:
    one_line(tmp_path / f"a{suffix}", 300_000_000)
    assert peak(tmp_path / f"a{suffix}", tmp_path) < 350


def test_the_worker_writes_only_where_it_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(SAID)
    read(tmp_path / "a.txt", by_suffix()[".txt"], tmp_path / "out" / "text-1")
    found = {str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*") if p.is_file()}
    assert found == {"a.txt", "out/text-1/paper.json", "out/text-1/sections.jsonl"}


def test_a_process_asked_after_its_end_is_started_anew(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(SAID)
    question = {"do": "read", "kind": "text", "file": str(tmp_path / "a.txt")}
    with process.Process(tmp_path / "log.txt", Limits()) as asked:
        assert asked.ask({**question, "into": str(tmp_path / "one")}, 9) == {"read": True}
        assert asked.child is not None
        asked.child.kill()
        asked.child.wait()
        with pytest.raises(LabError, match="paper_died"):
            asked.ask({**question, "into": str(tmp_path / "two")}, 9)
        assert asked.ask({**question, "into": str(tmp_path / "two")}, 9) == {"read": True}
