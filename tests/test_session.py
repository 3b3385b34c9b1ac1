"""The one door: what an ask must hold, and predictions followed, stopped, saved and forgotten."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

import lab.session
from lab.config import Size
from lab.session import Ask, Session, check
from lab.types import LabError, Step

SMALL = Size(layers=1, width=32, heads=2)


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Session:
    return Session(tmp_path_factory.mktemp("home"))


def asking(objective: str, seed: int = 0, **prompt: Any) -> Ask:
    """An ask to the small model from scratch that serves `objective`."""
    model = "scratch-masked" if objective == "diffusion" else f"scratch-{objective}"
    return Ask(model=model, objective=objective, prompt=prompt, size=SMALL, seed=seed)


def followed(session: Session, name: str) -> list[Step]:
    steps: list[Step] = []
    ended = False
    while not ended:
        fresh, ended = session.follow(name, len(steps), 10.0)
        steps += fresh
    return steps


@pytest.mark.parametrize(
    ("objective", "prompt", "key"),
    [
        ("sing", {"text": "a"}, "unknown_objective"),
        ("next", {}, "bad_setting"),
        ("next", {"text": "a", "top": 0}, "setting_too_small"),
        ("next", {"text": "a", "ratio": 0.5}, "setting_unknown"),
    ],
)
def test_an_ask_is_checked_before_anything_is_loaded(
    objective: str, prompt: dict[str, Any], key: str
) -> None:
    with pytest.raises(LabError) as caught:
        check(Ask(model="nobody", objective=objective, prompt=prompt))
    assert caught.value.key == key


def test_an_unknown_model_is_told(session: Session) -> None:
    with pytest.raises(LabError, match="unknown_model"):
        session.read(Ask(model="nobody", objective="next", prompt={"text": "a"}))


def test_a_model_is_not_asked_for_what_it_cannot_do(session: Session) -> None:
    with pytest.raises(LabError, match="model_cannot"):
        session.read(Ask(model="scratch-next", objective="masked", prompt={"text": "a"}))


@pytest.mark.parametrize("objective", ["next", "masked", "span", "diffusion"])
def test_following_a_prediction_gives_what_asking_at_once_gives(
    session: Session, objective: str
) -> None:
    ask = asking(objective, text="The old king lived in a [MASK] castle.", seed=3)
    steps = followed(session, session.start(ask))
    assert tuple(steps) == session.predict(ask).steps
    assert steps


def test_a_prediction_can_be_read_again_and_saved(session: Session) -> None:
    name = session.start(asking("next", text="Once upon", steps=3))
    steps = followed(session, name)
    assert followed(session, name) == steps == list(session.said(name))


def test_a_stopped_prediction_keeps_what_it_said(session: Session) -> None:
    name = session.start(asking("next", text="Once upon", steps=2000))
    session.follow(name, 0, 10.0)
    session.stop(name)
    said = followed(session, name)
    assert 1 <= len(said) < 2000


def test_two_seeds_draw_differently_and_one_seed_the_same(session: Session) -> None:
    def written(seed: int) -> list[int]:
        ask = asking("next", text="Once upon", steps=8, seed=seed)
        return [step.tokens[0].id for step in session.predict(ask).steps]

    assert written(1) == written(1)
    assert written(1) != written(2)


def test_a_prediction_nobody_knows_is_told(session: Session) -> None:
    with pytest.raises(LabError, match="prediction_gone"):
        session.follow("never-started", 0)


def test_old_predictions_are_forgotten(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lab.session, "MOST_PLAYBACKS", 2)
    names = []
    for seed in range(5):
        names.append(session.start(asking("next", text="a", steps=1, seed=seed)))
        followed(session, names[-1])
    with pytest.raises(LabError, match="prediction_gone"):
        session.said(names[0])
    assert session.said(names[-1])


def test_users_share_one_model(session: Session) -> None:
    ask = asking("masked", text="The old [MASK] lived.")
    before = len(session.pool.models)
    answers: list[Any] = []
    threads = [threading.Thread(target=lambda: answers.append(session.read(ask))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 4
    assert all(answer == answers[0] for answer in answers)
    assert len(session.pool.models) <= before + 1


def test_each_objective_shows_what_the_model_sees(session: Session) -> None:
    for objective in ("next", "masked", "span", "diffusion"):
        sees = session.sees(asking(objective, text="The old king lived in a castle.", seed=1))
        assert len(sees.inputs) == len(sees.targets) == len(sees.weights) == len(sees.visible)


def test_attention_rows_sum_to_one(session: Session) -> None:
    attention = session.attend(asking("next", text="The old king"), 1)
    assert len(attention.weights) == SMALL.layers
    assert all(len(layer) == SMALL.heads for layer in attention.weights)
    for layer in attention.weights:
        for head in layer:
            assert sum(head) == pytest.approx(1, abs=1e-4)


def test_a_fetch_that_has_nothing_to_do_ends(session: Session) -> None:
    name = session.fetch("scratch-next")
    items = followed(session, name)
    assert all(item.what for item in items)


def test_the_home_is_the_one_given(tmp_path: Path) -> None:
    assert Session(tmp_path / "there").catalogue.home == tmp_path / "there"
