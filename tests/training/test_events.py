"""The history survives what can happen to a file that is being written."""

from __future__ import annotations

from pathlib import Path

from lab.training.events import EventLog, as_lived, read_events


def test_what_is_written_is_read(tmp_path: Path) -> None:
    log = EventLog(tmp_path / "e")
    log.add("status", 0, state="running")
    log.add("metric", 1, loss=0.123456789, held_out={"loss": float("nan")})
    events, end = read_events(tmp_path / "e")
    assert [(e.kind, e.step) for e in events] == [("status", 0), ("metric", 1)]
    assert events[1].data == {"loss": 0.123457, "held_out": {"loss": None}}
    assert read_events(tmp_path / "e", end) == ([], end)


def test_a_half_written_line_waits_for_its_rest(tmp_path: Path) -> None:
    path = tmp_path / "e"
    EventLog(path).add("metric", 1, loss=1.0)
    whole = path.read_bytes()
    path.write_bytes(whole + whole[: len(whole) // 2])
    events, end = read_events(path)
    assert len(events) == 1
    path.write_bytes(whole + whole)
    assert len(read_events(path, end)[0]) == 1


def test_a_line_that_a_power_cut_left_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "e"
    EventLog(path).add("metric", 1, loss=1.0)
    path.write_bytes(path.read_bytes() + b'{"step": 2, "ti')
    EventLog(path).add("metric", 3, loss=3.0)
    path.write_bytes(path.read_bytes() + b"\x00\x00\xff\n[1]\n")
    EventLog(path).add("metric", 4, loss=4.0)
    assert [e.step for e in read_events(path)[0]] == [1, 3, 4]


def test_steps_taken_again_count_once(tmp_path: Path) -> None:
    log = EventLog(tmp_path / "e")
    log.add("status", 0, state="running")
    for step in range(1, 6):
        log.add("metric", step, loss=float(step))
    log.add("sample", 5, prompt=0)
    log.add("status", 3, state="running")
    log.add("metric", 4, loss=40.0)
    lived = as_lived(read_events(tmp_path / "e")[0])
    assert [(e.step, e.data["loss"]) for e in lived if e.kind == "metric"] == [
        (1, 1.0),
        (2, 2.0),
        (3, 3.0),
        (4, 40.0),
    ]
    assert not [e for e in lived if e.kind == "sample"]


def test_no_file_is_no_history(tmp_path: Path) -> None:
    assert read_events(tmp_path / "nothing") == ([], 0)
