"""Foundations that ship: adapters of one model that make it masked, or one that writes back."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from lab.config import ModelSpec
from lab.models import memory
from lab.models.both_ways import BothWays
from lab.models.catalogue import Catalogue
from lab.models.layout import adapter
from lab.models.pool import Pool
from lab.objectives.base import objectives
from lab.recipe import Recipe, shipped
from lab.training.engine import Engine
from lab.training.export import export
from lab.types import LabError

MakeRecipe = Callable[..., Recipe]
MakeEngine = Callable[..., Engine]


class TestOneThatShips:
    """A preset that names an adapter in assets/checkpoints and the model it stands on."""

    @pytest.fixture
    def catalogue(
        self,
        founded: MakeRecipe,
        engine: MakeEngine,
        base: Path,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> Catalogue:
        """The base as the wheel leaves it in the lab's folder, the adapter as one that ships."""
        home, shelf = tmp_path / "home", tmp_path / "checkpoints"
        shutil.copytree(base, home / "models" / "tiny-base")
        monkeypatch.setattr("lab.models.sources.bundled.CHECKPOINTS", shelf)
        plain = {"title": "", "licence": "", "data": (), "limits": {}}
        specs = [
            {"id": "tiny-base", "source": "wheel", "kind": "causal", "objectives": ["next"]},
            {
                "id": "tiny-filled",
                "source": "bundled",
                "kind": "masked",
                "objectives": ["masked", "diffusion"],
                "base": "tiny-base",
            },
        ]
        made = {str(s["id"]): ModelSpec.model_validate(plain | s) for s in specs}
        catalogue = Catalogue(made, home)
        found = engine(founded("diffusion", steps=1))
        export(found.work, found.progress, shelf / "tiny-filled")
        config = shelf / "tiny-filled" / "adapter_config.json"
        settings = json.loads(config.read_text())
        config.write_text(json.dumps(settings | {"base_model_name_or_path": "tiny-base"}))
        return catalogue

    def test_it_stands_on_what_the_lab_fetched(self, catalogue: Catalogue) -> None:
        entry = catalogue.entry("tiny-filled")
        assert entry.ready
        loaded = Pool(catalogue).get("tiny-filled", "fp32", None, objectives()["masked"])
        assert isinstance(loaded.module, BothWays)
        assert not loaded.module.training
        assert loaded.vocabulary.alphabet.mask is not None
        whole, plain = (memory.of_spec(catalogue.spec(n), catalogue.locate(n), None, catalogue.home)
                        for n in ("tiny-filled", "tiny-base"))  # fmt: skip
        assert whole["fp32"] > plain["fp32"]
        objective = objectives()["diffusion"].serving(loaded)
        prompt = objective.Prompt.model_validate({"text": "The cat sat.", "ratio": 1.0, "steps": 2})
        steps = list(objective.trajectory(loaded, prompt, torch.Generator().manual_seed(0)))
        assert steps[-1].level == 0

    def test_quantised_as_well(self, catalogue: Catalogue) -> None:
        loaded = Pool(catalogue).get("tiny-filled", "nf4", None, objectives()["masked"])
        assert isinstance(loaded.module, BothWays)
        objective = objectives()["masked"].serving(loaded)
        prompt = objective.Prompt.model_validate({"text": "The [MASK] sat."})
        assert any(t.top for t in objective.read(loaded, prompt).tokens)

    def test_a_run_that_left_one_is_a_model_too(self, catalogue: Catalogue) -> None:
        run = catalogue.home / "runs" / "some-run"
        folder = catalogue.locate("tiny-filled")
        assert folder is not None
        shutil.copytree(folder, run / "model")
        entry = catalogue.entry("run:some-run")
        assert (entry.kind, entry.objectives) == ("masked", ("masked", "diffusion"))
        assert entry.ready
        loaded = Pool(catalogue).get("run:some-run", "fp32", None, objectives()["diffusion"])
        assert isinstance(loaded.module, BothWays)

    def test_fetching_it_brings_its_base(self, catalogue: Catalogue) -> None:
        assert [p.what for p in catalogue.fetch("tiny-filled")] == ["check", "done", "done"]
        shutil.rmtree(catalogue.home / "models" / "tiny-base")
        with pytest.raises(LabError):  # this wheel does not exist
            list(catalogue.fetch("tiny-filled"))

    def test_without_its_base_it_says_which_to_fetch(self, catalogue: Catalogue) -> None:
        shutil.rmtree(catalogue.home / "models" / "tiny-base")
        why = catalogue.entry("tiny-filled").why
        assert why is not None
        assert why.key == "base_first"
        assert why.facts == {"model": "tiny-filled", "base": "tiny-base"}
        with pytest.raises(LabError) as caught:
            Pool(catalogue).get("tiny-filled", "fp32", None, objectives()["masked"])
        assert caught.value.key == "base_first"


def test_the_presets_name_a_base_that_is_a_preset() -> None:
    catalogue = Catalogue.load()
    adapters = [spec for e in catalogue.entries() if (spec := catalogue.spec(e.id)).base]
    assert {spec.id for spec in adapters} >= {"smollm2-135m-masked", "smollm2-135m-span"}
    for spec in adapters:
        assert catalogue.spec(spec.base).kind == "causal"
        if folder := catalogue.locate(spec.id):
            assert adapter(folder) == spec.base


@pytest.mark.parametrize("name", ["smollm2-masked", "smollm2-span"])
def test_the_recipes_leave_an_adapter_of_16_mb_at_most(name: str) -> None:
    """SmolLM2-135M's layers: 30 blocks, 576 wide, keys and values 192, 1536 inside."""
    told = shipped(name)
    sides = [576 + 576, 576 + 192, 576 + 192, 576 + 576, *[576 + 1536] * 3]
    rows = 13 * 576 if name == "smollm2-span" else 0
    assert 2 * (30 * told.lora.rank * sum(sides) + rows) < 16_000_000
    assert told.base == "smollm2-135m"
