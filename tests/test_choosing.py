"""The rules by which models are ranked, one by one."""

from __future__ import annotations

from dataclasses import replace

from lab.choosing import Candidate, Choice, Wish, rank
from lab.findings import Figure, Finding

GIGA = 10**9


def model(id: str, **changes: object) -> Candidate:
    plain = Candidate(
        id=id,
        title=id,
        kind="causal",
        objectives=("next",),
        parameters=100,
        languages=("en",),
        licences=("MIT",),
        takes={"fp32": 4 * GIGA, "bf16": 2 * GIGA, "int8": GIGA, "nf4": GIGA // 2},
        ready=True,
        download=0,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def found(value: float, name: str = "en", items: int = 200, **changes: object) -> Finding:
    figure = Figure(name, "right", "share", value, items, value - 0.05, value + 0.05)
    plain = Finding("cloze", "m", "fp32", "d", "own", "left", (figure,))
    return replace(plain, **changes)  # type: ignore[arg-type]


def order(wish: Wish, *models: Candidate) -> list[str]:
    return [one.model for one in rank(wish, models)]


def keys(choice: Choice) -> set[str]:
    return {reason.key for reason in choice.reasons}


def test_nothing_asked_leaves_size_alone() -> None:
    small, large = model("small", parameters=1), model("large", parameters=9)
    choices = rank(Wish(), [small, large])
    assert [one.model for one in choices] == ["large", "small"]
    assert all(one.fits for one in choices)
    assert keys(choices[0]) == {"ready"}


def test_a_task_never_taught_comes_last_whatever_else() -> None:
    wish = Wish(task="write", language="fr")
    masked = model("masked", objectives=("masked",), languages=("fr",), parameters=9)
    foreign = model("foreign")
    assert order(wish, masked, foreign) == ["foreign", "masked"]
    assert not any(one.fits for one in rank(wish, [masked, foreign]))


def test_languages_are_those_declared() -> None:
    wish = Wish(language="fr")
    declared, unsaid = model("declared", languages=("en", "fr")), model("unsaid", languages=None)
    many, other = model("many", languages=("en", "mul")), model("other")
    choices = {one.model: one for one in rank(wish, [declared, unsaid, many, other])}
    assert "language_declared" in keys(choices["declared"])
    assert "language_unknown" in keys(choices["unsaid"])
    assert "language_many" in keys(choices["many"])
    assert [name for name, one in choices.items() if not one.fits] == ["other"]
    assert next(iter(choices)) == "declared", "unknown stands below yes"


def test_pictures_speak_no_language() -> None:
    painter = model("painter", kind="unet", objectives=("image",), languages=None)
    [choice] = rank(Wish(language="fr", task="draw"), [painter])
    assert choice.fits
    assert keys(choice) == {"task_draw", "ready"}


def test_memory_takes_the_most_exact_that_leaves_a_quarter() -> None:
    def precision(memory: int) -> object:
        [choice] = rank(Wish(memory=memory), [model("m")])
        [reason] = [one for one in choice.reasons if one.key.startswith("memory")]
        return reason.key, reason.facts.get("precision")

    assert precision(6 * GIGA) == ("memory_fits", "fp32")
    assert precision(4 * GIGA) == ("memory_fits", "bf16")
    assert precision(GIGA) == ("memory_fits", "nf4")
    assert precision(GIGA // 2) == ("memory_not", "nf4")


def test_what_few_bits_spare_is_known_of_weights_that_are_here() -> None:
    away = model("away", takes={"fp32": 4 * GIGA, "bf16": 2 * GIGA}, ready=False, download=GIGA)
    [perhaps] = rank(Wish(memory=GIGA), [away])
    assert perhaps.fits
    assert {"memory_perhaps", "fetch"} == keys(perhaps)
    [never] = rank(Wish(memory=GIGA // 10), [away])
    assert not never.fits
    [untold] = rank(Wish(memory=GIGA), [model("m", takes={})])
    assert "memory_unknown" in keys(untold)


def test_licences_by_their_families_the_base_s_too() -> None:
    def answer(freedom: str, *licences: str) -> set[str]:
        wish = Wish.model_validate({"licence": freedom})
        [choice] = rank(wish, [model("m", licences=licences)])
        return {key.removeprefix("licence_") for key in keys(choice) - {"ready"}}

    assert answer("any", "CC-BY-NC-4.0") == set()
    assert answer("open", "Apache-2.0") == {"open"}
    assert answer("open", "CC-BY-NC-4.0") == {"not_open"}
    assert answer("open", "gemma") == {"not_open"}
    assert answer("commercial", "gemma") == {"limits"}
    assert answer("commercial", "MIT", "CC-BY-NC-4.0") == {"commercial", "not_commercial"}
    assert answer("commercial", "") == {"unstated"}
    assert answer("commercial", "my-terms") == {"unknown"}


def test_figures_of_the_same_questions_overrule_size() -> None:
    wish = Wish(task="write", language="en")
    large = model("large", parameters=9, findings=(found(0.2),))
    middle = model("middle", parameters=5)
    small = model("small", parameters=1, findings=(found(0.6),))
    assert order(wish, large, middle, small) == ["small", "middle", "large"]


def test_figures_that_cannot_be_compared_move_nobody() -> None:
    wish = Wish(task="write", language="en")
    large = model("large", parameters=9, findings=(found(0.2),))
    others = {
        "language": found(0.9, name="fr"),
        "questions": found(0.9, items=60),
        "reading": found(0.9, measure="both"),
        "own data": found(0.9, data="mine.csv"),
        "probe": found(0.9, probe="bias"),
    }
    for why, finding in others.items():
        small = model("small", parameters=1, findings=(finding,))
        assert order(wish, large, small) == ["large", "small"], why


def test_fewer_bits_a_byte_are_better() -> None:
    def bits(value: float) -> Finding:
        figure = Figure("en", "bits_per_byte", "bits", value, 200)
        return found(0).__class__("bits-per-byte", "m", "fp32", "d", "own", "exact", (figure,))

    wish = Wish(task="write", language="en")
    large = model("large", parameters=9, findings=(bits(2.0),))
    small = model("small", parameters=1, findings=(bits(1.0),))
    assert order(wish, large, small) == ["small", "large"]


def test_a_figure_never_lifts_what_fails() -> None:
    wish = Wish(task="write", language="en", licence="open")
    shut = model("shut", licences=("CC-BY-NC-4.0",), findings=(found(0.9),))
    free = model("free", findings=(found(0.1),))
    assert order(wish, shut, free) == ["free", "shut"]
