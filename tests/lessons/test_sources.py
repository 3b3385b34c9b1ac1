"""From a source to what is shown: recorded, found here, or asked now; what is missing is told."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from bits_of_lessons import ASKED, WORDS

from lab.config import checked
from lab.evaluation.examine import keep
from lab.findings import Figure, Finding
from lab.lessons.schema import Source
from lab.lessons.sources import exhibit
from lab.session import Session
from lab.types import LabError

PROBE = {"probe": "cloze", "models": ["tiny-next-en", "tiny-masked-en"], "languages": ["en"]}


def source(**told: Any) -> Source:
    return checked(Source, told)


def finding(model: str, value: float, digest: str = "d" * 64) -> Finding:
    figures = (
        Figure("en", "right", "share", value, 100, value - 0.1, value + 0.1, 0.001),
        Figure("en", "top5", "share", 0.9, 100),
        Figure("en/law", "right", "share", 0.1, 12),
    )
    return Finding(
        "cloze", model, "fp32", digest, "own", "left", figures, made="2026-11-30T10:00:00",
        settings={"languages": "en", "most": 0},
    )  # fmt: skip


@pytest.fixture
def nothing_recorded(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setattr("lab.examinations.RECORDED", tmp_path / "recorded")


@pytest.mark.usefixtures("nothing_recorded")
class TestProbes:
    def found(self, session: Session, *findings: Finding) -> None:
        for one in findings:
            keep(one, session.catalogue.home / "findings")

    def recorded(self, tmp_path: Any, *findings: Finding) -> None:
        for one in findings:
            keep(one, tmp_path / "recorded")

    def test_nothing_found_is_told_and_nothing_is_invented(self, session: Session) -> None:
        shown = exhibit(source(**PROBE), session)
        assert shown.bars == ()
        assert [name for name, _ in shown.missing] == PROBE["models"]
        assert shown.missing[0][1].key == "lesson_no_finding"
        assert shown.commands == (
            "pretext-lab evaluate tiny-next-en tiny-masked-en --probe cloze --language en",
        )

    def test_whom_a_probe_cannot_be_put_to_is_refused_and_not_missing(
        self, session: Session
    ) -> None:
        told = {"probe": "minimal-pairs", "models": ["tiny-span-en"], "languages": ["en"]}
        shown = exhibit(source(**told), session)
        assert shown.missing == ()
        assert [(name, why.key) for name, why in shown.refused] == [
            ("tiny-span-en", "probe_cannot")
        ]

    def test_a_model_that_nobody_knows_is_missing(self, session: Session) -> None:
        shown = exhibit(source(**PROBE | {"models": ["nobody"]}), session)
        assert [why.key for _, why in shown.missing] == ["lesson_no_finding"]

    def test_speed_names_its_machine_where_it_was_noted(
        self, session: Session, tmp_path: Any
    ) -> None:
        rate = (Figure("fp32", "speed", "rate", 6040.0, 900),)
        old = dataclasses.replace(finding("tiny-next-en", 0.3), figures=rate)
        self.recorded(tmp_path, old)
        told = source(**PROBE | {"models": ["tiny-next-en"]})
        assert exhibit(told, session).computers == (None,)
        session.examinations.ship(old)
        (noted,) = exhibit(told, session).computers
        assert noted is not None
        assert noted.processor
        assert noted.cores > 0
        assert noted.torch

    def test_a_share_is_of_no_machine(self, session: Session, tmp_path: Any) -> None:
        self.recorded(tmp_path, finding("tiny-next-en", 0.3))
        assert exhibit(source(**PROBE | {"models": ["tiny-next-en"]}), session).computers == ()

    def test_models_stand_side_by_side_by_the_whole(self, session: Session) -> None:
        self.found(session, finding("tiny-next-en", 0.3), finding("tiny-masked-en", 0.5, "e" * 64))
        shown = exhibit(source(**PROBE), session)
        assert [(bar.key, bar.value, bar.look) for bar in shown.bars] == [
            ("tiny-next-en", 0.3, "next"), ("tiny-masked-en", 0.5, "masked"),
        ]  # fmt: skip
        assert (shown.key, shown.whence, shown.made) == ("right", "here", "2026-11-30")
        assert (shown.bars[0].low, shown.bars[0].neutral) == (pytest.approx(0.2), 0.001)

    def test_rows_of_one_model_and_another_measure(self, session: Session) -> None:
        self.found(session, finding("tiny-next-en", 0.3))
        told = PROBE | {"models": ["tiny-next-en"]}
        rows = exhibit(source(**told, rows=["en", "en/law"], labels=[WORDS, WORDS]), session)
        assert [(bar.key, bar.label["fr"]) for bar in rows.bars] == [
            ("en", "Un mot."), ("en/law", "Un mot."),
        ]  # fmt: skip
        other = exhibit(source(**told, figure="top5"), session)
        assert [bar.value for bar in other.bars] == [0.9]

    @pytest.mark.parametrize(
        "change",
        [{"precision": "nf4"}, {"data": "mine.csv"}, {"probe": "bias"}, {"model": "tiny-next-fr"},
         {"settings": {"languages": "en, fr", "most": 0}},
         {"settings": {"languages": "en", "most": 60}}],
    )  # fmt: skip
    def test_what_was_asked_otherwise_is_not_shown(
        self, session: Session, change: dict[str, Any]
    ) -> None:
        self.found(session, dataclasses.replace(finding("tiny-next-en", 0.3), **change))
        assert exhibit(source(**PROBE | {"models": ["tiny-next-en"]}), session).bars == ()

    def test_strangers_see_what_ships_alone(self, session: Session) -> None:
        self.found(session, finding("tiny-next-en", 0.3))
        told = source(**PROBE | {"models": ["tiny-next-en"]})
        assert exhibit(told, session).bars
        assert exhibit(told, Session(session.catalogue.home, listed=True)).bars == ()

    @pytest.mark.parametrize(("digest", "value"), [("d" * 64, 0.7), ("e" * 64, 0.3)])
    def test_this_machine_s_own_is_shown_unless_of_other_weights(
        self, session: Session, tmp_path: Any, digest: str, value: float
    ) -> None:
        self.recorded(tmp_path, finding("tiny-next-en", 0.3))
        self.found(session, finding("tiny-next-en", 0.7, digest))
        shown = exhibit(source(**PROBE | {"models": ["tiny-next-en"]}), session)
        assert shown.bars[0].value == value
        assert shown.whence == ("here" if value == 0.7 else "recorded")


class TestRuns:
    def test_a_recorded_run_by_the_look_that_is_wanted(self, session: Session) -> None:
        last, best, first = (
            exhibit(source(runs=["tiny-next-en"], at=at), session) for at in ("last", "best", 0)
        )
        assert last.key == "bits_per_byte"
        assert (last.whence, last.made) == ("history", "2026-11-25")
        assert best.bars[0].value <= last.bars[0].value < first.bars[0].value
        assert last.bars[0].measure == "exact"
        assert not last.repeatable
        assert last.commands == ("pretext-lab pretrain tiny-next-en --data FOLDER",)
        assert [n.key for n in last.notices] == ["their_texts"], "what FOLDER stands for"
        assert not exhibit(source(runs=["lanterns-en"]), session).notices

    def test_several_looks_of_one_run_are_bars_by_their_steps(self, session: Session) -> None:
        shown = exhibit(source(runs=["tiny-next-en"], at=[0, 100, 10**9]), session)
        assert [bar.key for bar in shown.bars] == ["0", "100", str(10**9)]
        first, early, end = (bar.value for bar in shown.bars)
        assert first > early > end
        assert end == exhibit(source(runs=["tiny-next-en"]), session).bars[0].value

    def test_a_run_that_is_not_here(self, session: Session) -> None:
        shown = exhibit(source(runs=["nobody", "tiny-next-en"]), session)
        assert [bar.key for bar in shown.bars] == ["tiny-next-en"]
        assert shown.missing[0][1].key == "no_such_run"

    def test_a_look_that_no_run_took(self, session: Session) -> None:
        shown = exhibit(source(runs=["tiny-next-en"], general="fr"), session)
        assert shown.missing[0][1].key == "lesson_no_look"


class TestAnswers:
    def test_what_comes_next_and_what_stands_in_a_gap(self, session: Session) -> None:
        gap = ASKED | {"model": "tiny-masked-en", "objective": "masked",
                       "prompt": {"text": "The [MASK] sat on the mat."}}  # fmt: skip
        shown = exhibit(source(asks=[ASKED, gap]), session)
        assert [answer.look for answer in shown.answers] == ["next", "masked"]
        assert all(0 < p < 1 for answer in shown.answers for _, p in answer.top)
        assert shown.answers[0].top[0][0] == " time"
        assert shown.whence == "now"

    def test_what_is_written_is_told_from_what_was_given(self, session: Session) -> None:
        told = {"text": "Once upon a", "steps": 4, "temperature": 0}
        first = exhibit(source(asks=[ASKED | {"prompt": told}], show="text"), session).answers[0]
        assert first.tokens[0] == ("Once upon a", False)
        assert [written for _, written in first.tokens[1:]] == [True] * 4
        again = exhibit(source(asks=[ASKED | {"prompt": told}], show="text"), session).answers[0]
        assert again == first

    def test_bits_say_what_they_are(self, session: Session) -> None:
        asked = ASKED | {"prompt": {"text": "Once upon a time there was a king."}}
        (answer,) = exhibit(source(asks=[asked], show="bits"), session).answers
        assert answer.measure == "exact"
        assert answer.bits is not None
        assert 5 < answer.bits < 60

    def test_a_picture_is_drawn(self, session: Session) -> None:
        asked = ASKED | {"model": "tiny-image", "objective": "image", "prompt": {"steps": 2}}
        (answer,) = exhibit(source(asks=[asked], show="picture"), session).answers
        assert answer.picture is not None
        assert answer.picture.width == 32
        assert answer.start is not None
        assert answer.start.pixels != answer.picture.pixels
        assert answer.nearest is None

    def test_a_picture_stands_beside_the_drawing_it_is_nearest_to(self, session: Session) -> None:
        asked = ASKED | {"model": "tiny-image", "objective": "image"}
        cats = [asked | {"prompt": {"steps": 4, "label": 9, "start": s}} for s in (0.1, 1.0)]
        shown = exhibit(source(asks=cats, show="nearest"), session)
        assert shown.key == "distance"
        assert [bar.key for bar in shown.bars] == [answer.key for answer in shown.answers]
        assert all(answer.nearest for answer in shown.answers)
        near, far = shown.bars
        assert near.neutral is not None
        assert near.value < near.neutral / 2
        assert near.value < far.value

    def test_among_texts_a_picture_model_shows_its_picture(self, session: Session) -> None:
        picture = ASKED | {"model": "tiny-image", "objective": "image", "prompt": {"steps": 1}}
        text = ASKED | {"prompt": {"text": "Once upon a", "steps": 1}}
        shown = exhibit(source(asks=[text, picture], show="text"), session)
        assert [bool(one.tokens) for one in shown.answers] == [True, False]
        assert [one.picture is not None for one in shown.answers] == [False, True]

    @pytest.mark.parametrize(
        ("change", "key"),
        [
            ({"model": "nobody"}, "unknown_model"),
            ({"prompt": {"text": "a", "x": 1}}, "setting_unknown"),
        ],
    )
    def test_what_cannot_be_asked_is_told(
        self, session: Session, change: dict[str, Any], key: str
    ) -> None:
        shown = exhibit(source(asks=[ASKED | change, ASKED]), session)
        assert len(shown.answers) == 1
        assert [error.key for _, error in shown.missing] == [key]


VERDICT = {"runs": ["lanterns-en"], "verdict": "gain"}


class TestVerdicts:
    def test_base_and_tuned_stand_beside_one_another(self, session: Session) -> None:
        shown = exhibit(source(**VERDICT), session)
        base, tuned = shown.bars
        (verdict,) = session.trainings.verdicts("lanterns-en")
        assert verdict.gain is not None
        assert (base.key, base.value, base.low) == ("base", verdict.gain.base, None)
        assert (tuned.key, tuned.value) == ("lanterns-en", verdict.gain.tuned)
        assert tuned.low == pytest.approx(verdict.gain.base + verdict.gain.low)
        assert [notice.key for notice in shown.notices] == ["verdict_interval"]
        assert (shown.founded, shown.repeatable) == (True, True)
        assert "--docs example:en" in shown.commands[0]

    def test_the_base_stands_there_once(self, session: Session) -> None:
        told = VERDICT | {"runs": ["lanterns-en", "lanterns-heart-en"]}
        shown = exhibit(source(**told, general="fr"), session)
        assert [bar.key for bar in shown.bars] == ["base", "lanterns-en", "lanterns-heart-en"]

    def test_what_is_said_by_heart_of_either_side(self, session: Session) -> None:
        told = {"runs": ["lanterns-heart-en"], "verdict": "heart"}
        learnt, held = exhibit(source(**told), session).bars
        assert (learnt.key, held.key) == ("lanterns-heart-en", "lanterns-heart-en held")
        assert learnt.value > held.value
        assert (learnt.unit, learnt.label["fr"].split(" · ")[-1]) == ("share", "documents appris")

    def test_a_run_without_one_is_told(self, session: Session) -> None:
        shown = exhibit(source(runs=["tiny-next-en"], verdict="gain"), session)
        assert shown.bars == ()
        assert [error.key for _, error in shown.missing] == ["lesson_no_verdict"]

    def test_only_runs_have_one(self) -> None:
        with pytest.raises(LabError):
            source(**PROBE, verdict="gain")


class TestNear:
    def near(self, of: str, text: str = "The keeper holds the green key") -> Source:
        return source(near=[{"of": of, "text": text, "label": WORDS}])

    def test_passages_are_shown_with_what_they_do_not_say(self, session: Session) -> None:
        shown = exhibit(self.near("example:en"), session)
        (answer,) = shown.answers
        assert any("green" in text and both for p in answer.passages for text, both in p.pieces)
        assert [notice.key for notice in shown.notices] == ["similar_not_causal"]
        command = "pretext-lab runs near example:en 'The keeper holds the green key' --most 2"
        assert shown.commands == (command,)

    def test_a_recorded_run_is_asked_for_what_it_learnt(self, session: Session) -> None:
        shown = exhibit(self.near("lanterns-en"), session)
        learnt = {one["name"] for one in session.trainings.runs.look("lanterns-en").about["sources"]
                  if not one["held_out"]}  # fmt: skip
        assert {p.document for p in shown.answers[0].passages} <= learnt

    @pytest.mark.parametrize(
        ("of", "key"), [("tiny-next-en", "near_elsewhere"), ("own:xx", "no_such_run")]
    )
    def test_what_cannot_be_asked_is_told(self, session: Session, of: str, key: str) -> None:
        shown = exhibit(self.near(of), session)
        assert [error.key for _, error in shown.missing] == [key]
