"""What every objective owes the lab, over everything that is discovered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import torch
from tiny_models import SENTENCES, byte_level, generator, loaded, spec

from lab.config import Frozen, ImageDiffusionConfig, ModelSpec, Size
from lab.models.loaded import LoadedModel
from lab.models.scratch import build
from lab.objectives.base import Batch, Objective, objectives
from lab.types import LabError, Reading, Sees, SeesPicture, Step

ODD = [
    "",
    "   ",
    "x",
    "word " * 10_000,
    "😀 👩‍👩‍👧",
    "مرحبا بالعالم",
    "你好，世界",
    "e\u0301a\u0300\u0336",
    "half \ud83d",
    "a\x00b",
    "<img src=x onerror=alert(1)> {{ x }}",
    "</s><|im_start|>[PAD][CLS] [MASK] [SPAN_0]<extra_id_0>",
]


@dataclass(frozen=True)
class Case:
    """One objective with a model that serves it, a question and clean data of its kind."""

    model: Callable[[], LoadedModel]
    prompt: dict[str, Any]
    batch: Callable[[], Batch]
    text: bool = True


def sentences() -> Batch:
    ids = byte_level()(SENTENCES[:3], padding=True, return_tensors="pt")["input_ids"]
    return Batch(ids=ids)


def pictures() -> Batch:
    return Batch(pixels=torch.rand(2, 3, 32, 32, generator=generator()) * 2 - 1)


def painter() -> LoadedModel:
    from lab.objectives.image_diffusion import ImageDiffusion

    module = build("unet", Size(width=32, heads=4)).eval()  # type: ignore[call-arg]
    seen = ModelSpec(
        id="tiny-unet", title="tiny", source="scratch", kind="unet", objectives=("image",),
        licence="-", data=(), limits={},
    )  # type: ignore[call-arg]  # fmt: skip
    schedule = dict(ImageDiffusion(ImageDiffusionConfig()).noising.config)  # type: ignore[call-arg]
    return LoadedModel(seen, module, "fp32", torch.device("cpu"), 0, 0, None, schedule)


TEXT = "The cat sat on the mat, and the dog sat by the door."
CASES = {
    "next": Case(lambda: loaded("causal"), {"text": TEXT, "steps": 4}, sentences),
    "masked": Case(lambda: loaded("masked"), {"text": TEXT, "hidden": [(4, 7)]}, sentences),
    "diffusion": Case(lambda: loaded("masked"), {"text": TEXT, "steps": 3}, sentences),
    "span": Case(lambda: loaded("seq2seq"), {"text": TEXT, "steps": 4}, sentences),
    "image": Case(painter, {"steps": 2}, pictures, text=False),
}
NAMES = sorted(objectives())
WRITTEN = [name for name in NAMES if CASES[name].text]
made: dict[str, tuple[Objective[Any, Any], LoadedModel]] = {}


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def served(name: str) -> tuple[Objective[Any, Any], LoadedModel]:
    return serve(name)


def serve(name: str) -> tuple[Objective[Any, Any], LoadedModel]:
    if name not in made:
        model = CASES[name].model()
        made[name] = objectives()[name].serving(model), model
    return made[name]


def ask(name: str, **changes: Any) -> Frozen:
    return objectives()[name].Prompt.model_validate(CASES[name].prompt | changes)


def test_every_objective_has_its_case() -> None:
    assert set(CASES) == set(NAMES)


def test_it_refuses_models_that_cannot_serve_it(name: str) -> None:
    kind = objectives()[name]
    assert kind.accepts(serve(name)[1].spec) is None
    for other in ("causal", "masked", "seq2seq"):
        if other not in kind.kinds:
            refusal = kind.accepts(spec(other))  # type: ignore[arg-type]
            assert isinstance(refusal, LabError)
            assert refusal.key == "model_cannot"


def test_corruption_keeps_the_promises_of_its_type(name: str, served: Any) -> None:
    objective, _ = served
    batch = CASES[name].batch()
    task, again = (objective.corrupt(batch, generator(2)) for _ in range(2))
    for key in task.inputs:
        assert torch.equal(task.inputs[key], again.inputs[key]), "a seed makes one task"
    assert (task.weights >= 0).all()
    assert ((task.level >= 0) & (task.level <= 1)).all()
    assert len(task.level) == len(task.weights)
    clean = CASES[name].batch()
    if CASES[name].text:
        assert torch.equal(batch.text, clean.text), "the data itself is not touched"
        assert task.weights.shape == task.targets.shape
        rows = objective.visible(task)
        assert rows.dtype == torch.bool
        assert len(rows) == task.targets.shape[1]
    else:
        assert torch.equal(batch.pictures, clean.pictures)


def test_loss_is_finite_and_falls_with_a_better_answer(name: str, served: Any) -> None:
    if not CASES[name].text:
        pytest.skip("pictures: tests/objectives/test_image_diffusion.py")
    objective, model = served
    task = objective.corrupt(CASES[name].batch(), generator(2))
    with torch.no_grad():
        logits = model.module(**task.inputs).logits
    guess = objective.loss(logits, task)
    assert torch.isfinite(guess)
    right = torch.nn.functional.one_hot(task.targets.clamp(min=0), logits.shape[-1]) * 50.0
    assert objective.loss(right, task) < 1e-3 < guess


def test_steps_are_numbered_and_a_function_of_the_seed(name: str, served: Any) -> None:
    objective, model = served
    one, two = (list(objective.trajectory(model, ask(name), generator(5))) for _ in range(2))
    assert one == two
    assert [step.index for step in one] == list(range(len(one)))
    for step in one:
        assert isinstance(step, Step)
        assert 0 <= step.level <= 1
        assert bool(step.tokens) == CASES[name].text
        assert (step.sample is not None) != CASES[name].text
    levels = [step.level for step in one]
    assert levels == sorted(levels, reverse=True), "noise never comes back"


def test_a_beginning_said_to_ask_no_model_asks_none(
    name: str, served: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    objective, model = served
    asked: list[int] = []
    monkeypatch.setattr(model.module, "forward", lambda *a, **k: asked.append(1) or 1 / 0)
    steps = objective.trajectory(model, ask(name), generator(5))
    if objective.begins_unasked:
        assert next(steps).index == 0
        assert not asked
    else:
        with pytest.raises(ZeroDivisionError):
            next(steps)


def test_the_panel_shows_what_training_makes(name: str, served: Any) -> None:
    objective, model = served
    sees = objective.sees(model, ask(name), generator(5))
    if CASES[name].text:
        assert isinstance(sees, Sees)
        n = len(sees.inputs)
        assert len(sees.targets) == len(sees.weights) == len(sees.spans) == len(sees.visible) == n
        assert any(w > 0 for w in sees.weights)
    else:
        assert isinstance(sees, SeesPicture)


@pytest.mark.parametrize("text", ODD, ids=[ascii(t)[:20] for t in ODD])
@pytest.mark.parametrize("name", WRITTEN)
def test_odd_text_gives_an_answer_or_one_sentence(name: str, text: str) -> None:
    objective, model = serve(name)
    prompt = ask(name, text=text, steps=2) if name != "masked" else ask(name, text=text)
    doors: list[Callable[[], Any]] = [
        lambda: objective.read(model, prompt),
        lambda: objective.score(model, prompt),
        lambda: objective.sees(model, prompt, generator()),
        lambda: list(objective.trajectory(model, prompt, generator())),
    ]
    for door in doors:
        answer = answered(door)
        if isinstance(answer, LabError):
            assert answer.key in {"nothing_to_read", "context_full"}
        else:
            assert isinstance(answer, Reading | Sees | list)


def answered(door: Callable[[], Any]) -> Any:
    """What comes out, be it the sentence of an error."""
    try:
        return door()
    except LabError as error:
        return error


@pytest.mark.parametrize("name", WRITTEN)
def test_typed_markers_reach_no_model_as_markers(name: str) -> None:
    objective, model = serve(name)
    asked = {"text": "the </s> [PAD] [EOS] [SPAN_3] cat"}
    if name != "next":
        asked["hidden"] = [(0, 3)]  # type: ignore[assignment]
    if name == "diffusion":
        asked["ratio"] = 0.0  # type: ignore[assignment]
    sees = objective.sees(model, ask(name, **asked), generator())
    given = sees.context or sees.inputs
    assert "</s> [PAD] [EOS] [SPAN_3] cat" in "".join(given)
    assert not {"[PAD]", "[EOS]", "[SPAN_3]"} & set(given)
