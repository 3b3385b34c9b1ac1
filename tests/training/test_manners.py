"""People who predict go first; a training computes with the cores that nobody else uses."""

from __future__ import annotations

import os
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from lab.machine import PREDICTING, say_predicting, someone_predicts
from lab.models.turn import Turn
from lab.training import manners
from lab.training.manners import Crowd, Manners


def test_a_prediction_is_seen_for_a_moment(tmp_path: Path) -> None:
    assert not someone_predicts(tmp_path)
    say_predicting(tmp_path)
    assert someone_predicts(tmp_path)
    past = time.time() - 5
    os.utime(tmp_path / PREDICTING, (past, past))
    assert not someone_predicts(tmp_path)


def test_every_turn_tells_that_somebody_predicts() -> None:
    told: list[int] = []
    turn = Turn(lambda: told.append(1))
    with turn, turn:
        pass
    assert len(told) == 2


def test_on_a_card_a_training_waits_but_not_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    clock = iter(range(100))
    monkeypatch.setattr(manners.time, "sleep", slept.append)
    monkeypatch.setattr(manners.time, "monotonic", lambda: float(next(clock)))
    polite = Manners(torch.device("cuda"), tmp_path)
    with polite:
        assert not slept
    monkeypatch.setattr(manners, "someone_predicts", lambda _: True)
    with polite:
        pass
    assert 0 < len(slept) <= manners.LONGEST


def test_cores_that_others_use_are_left_to_them(monkeypatch: pytest.MonkeyPatch) -> None:
    state = {"now": 0.0, "busy": 0.0, "own": 0.0}

    class Me:
        def cpu_times(self) -> Any:
            return SimpleNamespace(user=state["own"], system=0.0)

    class Times(tuple[float, ...]):
        idle, iowait = 0.0, 0.0

    monkeypatch.setattr(manners.psutil, "Process", Me)
    monkeypatch.setattr(manners.psutil, "cpu_times", lambda: Times((state["busy"],)))
    monkeypatch.setattr(manners.time, "monotonic", lambda: state["now"])
    monkeypatch.setattr(torch, "get_num_threads", lambda: 4)
    crowd = Crowd()
    rooms = []
    for others in (0.0, 0.2, 1.0, 2.5, 9.0, 0.0):
        state["now"] += 2
        state["own"] += 2 * 1.5
        state["busy"] += 2 * (1.5 + others)
        rooms.append(crowd.room())
    assert rooms == [4, 4, 3, 1, 1, 4]
