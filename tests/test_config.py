"""Settings: what is shipped loads, what does not fit is refused in one sentence."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from pydantic import ValidationError

from lab import config, prompts
from lab.config import Frozen, ModelSpec, Size, checked, load_toml
from lab.texts import LANGUAGES, sentence, texts
from lab.types import LabError

PRESETS = sorted((Path(__file__).parent.parent / "presets" / "models").glob("*.toml"))
MODELS = [
    item
    for module in (config, prompts)
    for item in vars(module).values()
    if isinstance(item, type) and issubclass(item, Frozen) and item.__module__ == module.__name__
]


@pytest.mark.parametrize("path", PRESETS, ids=lambda p: p.stem)
def test_every_preset_loads_and_tells_what_it_must(path: Path) -> None:
    spec = load_toml(path, ModelSpec)
    assert spec.id == path.stem
    assert set(spec.limits) == set(LANGUAGES), "known limits in every language"
    assert all(len(limit) > 20 for limit in spec.limits.values())
    for read in spec.data:
        assert isinstance(read, dict), "what it read, in every language"
        assert set(read) == set(LANGUAGES)
    assert spec.source != "wheel" or (spec.revision and spec.sha256), "a wheel is pinned by hash"


def test_there_are_presets() -> None:
    assert len(PRESETS) > 10


@pytest.mark.parametrize("model", MODELS, ids=lambda m: m.__name__)
def test_every_setting_says_what_it_means(model: type[Frozen]) -> None:
    own = set(model.__annotations__)
    plain = {"id", "title", "source", "kind", "objectives", "parameters", "licence", "languages"}
    for name, field in model.model_fields.items():
        if name in own and not (model is ModelSpec and name in plain):
            assert field.description or name in {"written", "hidden"}, f"{model.__name__}.{name}"


def test_settings_never_change() -> None:
    with pytest.raises(ValidationError):
        Size().layers = 5  # type: ignore[misc]


@pytest.mark.parametrize(
    ("data", "key", "limit"),
    [
        ({"layers": 0}, "setting_too_small", "1"),
        ({"layers": 99}, "setting_too_large", "24"),
        ({"layers": "many"}, "bad_setting", None),
        ({"leyers": 2}, "setting_unknown", None),
    ],
)
def test_what_does_not_fit_is_named(data: dict[str, object], key: str, limit: str | None) -> None:
    with pytest.raises(LabError) as caught:
        checked(Size, data)
    assert caught.value.key == key
    assert caught.value.facts["where"] == next(iter(data))
    assert caught.value.facts.get("limit") == limit
    for language in LANGUAGES:
        assert "{" not in sentence(language, caught.value)


@pytest.mark.parametrize(
    ("model", "data", "key"),
    [
        (prompts.NextPrompt, {"text": "x", "top_p": 0.0}, "setting_not_above"),
        (prompts.SpanPrompt, {"text": "x", "ratio": 1.0}, "setting_not_below"),
        (prompts.DiffusionPrompt, {"text": "x", "order": "alphabet"}, "setting_choice"),
        (prompts.TextPrompt, {"text": "x" * 600_000}, "setting_too_long"),
    ],
)
def test_each_bound_has_its_sentence(
    model: type[Frozen], data: dict[str, object], key: str
) -> None:
    with pytest.raises(LabError) as caught:
        checked(model, data)
    assert caught.value.key == key
    assert f"error.{key}" in texts("en")


def test_choices_are_listed_plainly() -> None:
    with pytest.raises(LabError) as caught:
        checked(prompts.ImagePrompt, {"scheduler": "euler"})
    assert caught.value.facts["limit"] == "ddpm, ddim, dpm"


@pytest.mark.parametrize(
    ("text", "where"),
    [("layers = ", "TOML"), ("layers = 99", "layers"), ("colour = 'red'", "colour")],
)
def test_a_broken_file_is_named(tmp_path: Path, text: str, where: str) -> None:
    path = tmp_path / "odd.toml"
    path.write_text(text)
    with pytest.raises(LabError) as caught:
        load_toml(path, Size)
    assert caught.value.key == "preset_broken"
    assert caught.value.facts["file"] == "odd.toml"
    assert caught.value.facts["where"] == where


def test_bytes_that_are_no_text_are_a_broken_file(tmp_path: Path) -> None:
    path = tmp_path / "odd.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(LabError, match="preset_broken"):
        load_toml(path, Size)


def test_the_files_of_texts_are_toml() -> None:
    for path in (Path(__file__).parent.parent / "assets" / "text").glob("*.toml"):
        tomllib.loads(path.read_text(encoding="utf-8"))
