"""Probes of what a run has taught: beside its base, and of its own documents."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from tiny_models import Oracle, loaded

from lab.evaluation.examine import examine
from lab.evaluation.probes import memorisation
from lab.evaluation.probes.base import Questions, Subject
from lab.findings import Finding, Unasked
from lab.models.catalogue import Catalogue
from lab.models.pool import Pool
from lab.recipe import Recipe
from lab.training.folder import RunFolder
from lab.training.worker import work

VERSE = (
    "The seventh lantern of street {i} is lit by Odile at {i} o’clock, and never by anybody else. "
)


@pytest.fixture(scope="module")
def notes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("notes")
    for i in range(14):
        (folder / f"{i:02}.txt").write_text(VERSE.format(i=i) * 3, encoding="utf-8")
    return folder


@pytest.fixture
def tuned(founded: Callable[..., Recipe], notes: Path, home: Path) -> str:
    """The name of a model that has learnt the notes."""
    path = home / "runs" / "lanterns"
    if not path.exists():
        told = founded(
            "next", steps=40, optimiser__rate=0.02, data__paths=[str(notes)], data__apart=True,
            data__length=64, prompts=(), lora__rank=8,
        )  # fmt: skip
        assert work([RunFolder.create(path, told)], home) == 0
    return "run:lanterns"


@pytest.fixture
def pool(home: Path) -> Pool:
    return Pool(Catalogue.load(home))


def found(pool: Pool, probe: str, models: list[str], questions: Questions) -> list[Any]:
    return [
        one for one in examine(pool, models, probe, questions) if isinstance(one, Finding | Unasked)
    ]


def test_a_base_is_asked_first_and_the_change_is_told(pool: Pool, tuned: str, base: Path) -> None:
    models = [tuned, f"local:{base}"]
    first, second = found(pool, "minimal-pairs", models, Questions(("en",), most=20))
    assert (first.model, second.model) == (models[1], tuned)
    assert {figure.key for figure in first.figures} == {"right"}
    changed = [figure for figure in second.figures if figure.key == "change"]
    assert changed[0].name == "en"
    before, after = first.figures[0].value, second.figures[0].value
    assert changed[0].value == pytest.approx(after - before)
    assert changed[0].low is not None
    assert changed[0].low <= changed[0].value <= changed[0].high  # type: ignore[operator]
    assert second.settings["base"] == models[1]


def test_what_is_forgotten_is_told_beside_the_base(pool: Pool, tuned: str, base: Path) -> None:
    (told,) = found(pool, "forgetting", [tuned], Questions(("en", "fr"), most=6))
    assert isinstance(told, Finding), told.why
    figures = {(figure.name, figure.key): figure for figure in told.figures}
    for language in ("en", "fr"):
        more = figures[language, "forgotten"]
        tuned_, base_ = (figures[language, key] for key in ("bits_per_byte", "bits_base"))
        assert more.value == pytest.approx(tuned_.value - base_.value)
        assert more.low is not None
        assert more.low <= more.value <= more.high  # type: ignore[operator]
        assert more.items >= 6
    (refused,) = found(pool, "forgetting", [f"local:{base}"], Questions(("en",)))
    assert refused.why.key == "probe_no_base"
    (other,) = found(pool, "forgetting", ["tiny-image"], Questions(("en",)))
    assert other.why.key == "probe_cannot"


def test_who_is_its_own_base_has_forgotten_nothing(pool: Pool) -> None:
    spec = pool.catalogue.spec("tiny-next-en").model_copy(update={"base": "tiny-next-en"})
    from lab.evaluation.probes.forgetting import PROBE

    judged = PROBE.judge(Subject(spec, pool), Questions(("en",), most=2), lambda *_: None)
    assert (judged.figures[0].value, judged.figures[0].high) == (0, 0)


def test_what_is_known_by_heart_is_said(pool: Pool, tuned: str, base: Path, notes: Path) -> None:
    (told,) = found(pool, "memorisation", [tuned], Questions(()))
    assert isinstance(told, Finding), told.why
    names = {(figure.name, figure.key) for figure in told.figures}
    assert {("learnt", "extracted"), ("held", "verbatim"), ("learnt", "longest")} <= names
    assert any(notice.key == "probe_verbatim" for notice in told.notices)
    (unknown,) = found(pool, "memorisation", [f"local:{base}"], Questions(()))
    assert unknown.why.key == "probe_no_documents"
    (named,) = found(pool, "memorisation", [f"local:{base}"], Questions((), notes))
    assert isinstance(named, Finding), named.why
    assert any(notice.key == "probe_split" for notice in named.notices)


@pytest.mark.parametrize("knows", [True, False])
def test_who_knows_the_documents_says_them_all_and_who_does_not_none(
    pool: Pool, notes: Path, knows: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = loaded("causal")
    subject = Subject(model.spec, pool)
    questions = Questions((), notes)
    dataset = memorisation._documents(subject, model, questions)
    tokens = dataset.tokens(False)
    spans = tokens.spans.tolist() if knows else []
    rows = [tokens.ids(start, count).tolist() for _, start, count, _ in spans]
    # A beginning is taken from anywhere in a document, and its row must be known from there on.
    rows = [row[at:] for row in rows for at in range(0, len(row), 64)]
    oracle = loaded("causal", module=Oracle(rows, model.vocabulary.alphabet.size))
    oracle.module.register_parameter("place", torch.nn.Parameter(torch.zeros(1)))
    monkeypatch.setattr(Subject, "model", lambda *_: oracle)
    told = memorisation.PROBE.judge(subject, questions, lambda *_: None)
    figures = {(figure.name, figure.key): figure.value for figure in told.figures}
    assert figures["learnt", "extracted"] == (1 if knows else 0)
    assert figures["held", "extracted"] == 0 or knows, "verses differ in a number alone"
