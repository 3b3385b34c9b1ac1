"""The contract of every source, discovered as the catalogue discovers them; the shipped presets."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import huggingface_hub.constants  # noqa: F401  # reads the environment, once
import pytest

from lab.config import ModelSpec
from lab.models.catalogue import PRESETS, Catalogue, sources
from lab.models.sources.base import FetchProgress, Source
from lab.texts import LANGUAGES, say, texts
from lab.types import LabError
from tests.models.conftest import spec

STAGES = {"wait", "download", "convert", "check", "done"}


def absent(source: str) -> ModelSpec:
    """A model of that source that is nowhere."""
    return spec(id="absent", source=source, location="lab/absent", revision="1")


@pytest.fixture(autouse=True)
def nothing_cached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))


def test_the_seven_are_there() -> None:
    assert set(sources()) == {"bundled", "hub", "local", "run", "scratch", "stack", "wheel"}


@pytest.mark.parametrize("name", sorted(sources()))
class TestContract:
    def test_is_a_source_of_that_name(self, name: str) -> None:
        assert isinstance(sources()[name], Source)
        assert sources()[name].name == name

    def test_an_absent_model_is_explained_without_the_network(
        self, name: str, tmp_path: Path
    ) -> None:
        source, model = sources()[name], absent(name)
        assert source.locate(model, tmp_path) is None
        why = source.why(model, tmp_path)
        assert isinstance(why, LabError)
        for language in LANGUAGES:
            assert f"error.{why.key}" in texts(language)

    def test_fetching_it_fails_with_a_sentence(self, name: str, tmp_path: Path) -> None:
        steps: list[FetchProgress] = []
        with pytest.raises(LabError) as caught:
            steps.extend(sources()[name].fetch(absent(name), tmp_path))
        assert all(step.what in STAGES for step in steps)
        for language in LANGUAGES:
            said = say(language, f"error.{caught.value.key}", **caught.value.facts)
            assert "{" not in said

    def test_a_free_name_is_described_or_refused(self, name: str, tmp_path: Path) -> None:
        with pytest.raises(LabError):
            sources()[name].describe("lab/absent", tmp_path)


def test_every_stage_has_a_text() -> None:
    for language in LANGUAGES:
        assert {f"fetch.{stage}" for stage in STAGES} <= set(texts(language))


class TestShippedPresets:
    @pytest.fixture
    def catalogue(self, home: Path) -> Catalogue:
        return Catalogue.load(home)

    def test_all_load(self, catalogue: Catalogue) -> None:
        entries = catalogue.entries()
        assert {e.id for e in entries} == {p.stem for p in PRESETS.glob("*.toml")}
        assert len(entries) >= 25

    def test_all_say_what_they_are(self, catalogue: Catalogue) -> None:
        for entry in catalogue.entries():
            assert set(entry.limits) == set(LANGUAGES), entry.id
            assert all(entry.limits.values()), entry.id
            assert entry.licence, entry.id
            assert entry.parameters > 0 or entry.source == "scratch", entry.id

    def test_their_french_is_set_as_french_is(self, catalogue: Catalogue) -> None:
        for entry in catalogue.entries():
            assert not re.search(r" [:;?!%»]|« |\w'\w", entry.limits["fr"]), entry.id

    def test_kinds_serve_their_objectives(self, catalogue: Catalogue) -> None:
        from lab.objectives.base import objectives

        for entry in catalogue.entries():
            for name in entry.objectives:
                assert objectives()[name].accepts(catalogue.spec(entry.id)) is None, entry.id

    def test_every_objective_has_a_model_without_a_network(self, catalogue: Catalogue) -> None:
        from lab.objectives.base import objectives

        near = [e for e in catalogue.entries() if e.source in {"scratch", "bundled"}]
        assert {name for e in near for name in e.objectives} == set(objectives())

    def test_what_comes_from_the_package_index_is_pinned(self, catalogue: Catalogue) -> None:
        for entry in catalogue.entries():
            pinned = catalogue.spec(entry.id)
            if entry.source == "wheel":
                assert len(pinned.sha256) == 64
                assert pinned.revision


class TestCatalogue:
    def test_unknown_names_are_answered_with_near_ones(self, home: Path) -> None:
        with pytest.raises(LabError) as caught:
            Catalogue.load(home).spec("smolm2-135")
        assert caught.value.key == "unknown_model"
        assert "smollm2-135m" in str(caught.value.facts["near"])

    @pytest.mark.parametrize("name", ["", ":", "hub:", "nosuch:x", "local:", "x" * 5000, "\0"])
    def test_strange_names_are_unknown(self, home: Path, name: str) -> None:
        with pytest.raises(LabError, match="unknown_model"):
            Catalogue.load(home).spec(name)

    def test_a_preset_must_bear_its_files_name(self, tmp_path: Path) -> None:
        text = (PRESETS / "gpt2.toml").read_text(encoding="utf-8")
        (tmp_path / "other.toml").write_text(text, encoding="utf-8")
        with pytest.raises(LabError, match="preset_broken"):
            Catalogue.load(tmp_path, tmp_path)

    def test_the_home_can_be_chosen(self, home: Path) -> None:
        assert Catalogue.load().home == home

    def test_listing_needs_no_heavy_library(self) -> None:
        code = (
            "import sys; from lab.models.catalogue import Catalogue; Catalogue.load().entries();"
            "heavy = {'torch', 'transformers', 'diffusers', 'gradio'} & set(sys.modules);"
            "sys.exit(', '.join(heavy) or None)"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
