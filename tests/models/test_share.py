"""Adapters on one base: it is loaded once, and stays what it was whatever stands on it."""

from __future__ import annotations

import gc
import json
import shutil
import weakref
from pathlib import Path
from typing import Any

import pytest
import torch

from lab.config import Precision
from lab.models.catalogue import Catalogue
from lab.models.pool import Pool
from lab.models.share import held, twin
from lab.models.stack import stack
from lab.objectives.base import objectives
from lab.types import LabError
from tests.models.conftest import spec

NAMES = ("first", "second")


@pytest.fixture(scope="module")
def adapters(llama: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of two LoRA adapters that say different things, on one tiny Llama."""
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    room = tmp_path_factory.mktemp("adapters")
    for seed, name in enumerate(NAMES):
        base = AutoModelForCausalLM.from_pretrained(llama)
        told = LoraConfig(r=4, target_modules=["q_proj", "v_proj"], init_lora_weights=False)
        torch.manual_seed(seed)
        get_peft_model(base, told).save_pretrained(room / name)
        path = room / name / "adapter_config.json"
        config = json.loads(path.read_text()) | {"base_model_name_or_path": str(llama)}
        path.write_text(json.dumps(config))
    return room


@pytest.fixture
def catalogue(llama: Path, adapters: Path, home: Path) -> Catalogue:
    places = {"base": llama, **{name: adapters / name for name in NAMES}}
    known = {n: spec(id=n, source="local", location=str(place)) for n, place in places.items()}
    return Catalogue(known, home)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every body that is read from the disk."""
    import lab.models.load as loading

    seen: list[str] = []
    real = loading._transformer

    def counted(spec: Any, *given: Any) -> Any:
        seen.append(spec.id)
        return real(spec, *given)

    monkeypatch.setattr(loading, "_transformer", counted)
    return seen


def says(model: Any) -> torch.Tensor:
    with torch.inference_mode():
        found: torch.Tensor = model.module(torch.tensor([[5, 9, 11, 40]])).logits
    return found


@pytest.mark.parametrize("precision", ["fp32", "bf16", "int8", "nf4"])
@pytest.mark.parametrize("order", [("base", *NAMES), (*NAMES, "base")])
def test_one_body_under_three_models(
    catalogue: Catalogue, made: list[str], precision: Precision, order: tuple[str, ...]
) -> None:
    pool = Pool(catalogue)
    got = {name: pool.get(name, precision, None, objectives()["next"]) for name in order}
    assert len(made) == 1, "the base is read once, whoever comes first"
    alone = Pool(catalogue).get("base", precision, None, objectives()["next"])
    torch.testing.assert_close(says(got["base"]), says(alone), rtol=0, atol=0)
    said = {name: says(model) for name, model in got.items()}
    assert not torch.allclose(said["first"], said["second"])
    assert not torch.allclose(said["first"], said["base"])
    for name in NAMES:  # alone on a base of its own it says the very same
        lone = Pool(catalogue).get(name, precision, None, objectives()["next"])
        torch.testing.assert_close(says(lone), said[name], rtol=0, atol=0)
    assert pool.held < 1.2 * alone.bytes, "what is shared counts once"


def test_the_base_goes_with_the_last_that_stands_on_it(catalogue: Catalogue) -> None:
    pool = Pool(catalogue)
    first = pool.get("first", "fp32", None, objectives()["next"])
    body = weakref.ref(first.body)  # type: ignore[arg-type]
    pool.get("second", "fp32", None, objectives()["next"])
    del first
    pool.limit = 0
    pool._evict(1)
    gc.collect()
    assert body() is None
    assert pool.held == 0


def test_another_adapter_fits_where_another_model_would_not(catalogue: Catalogue) -> None:
    base = Pool(catalogue).get("base", "fp32", None, objectives()["next"]).bytes
    pool = Pool(catalogue, limit=int(1.3 * base))
    for name in ("base", *NAMES):
        pool.get(name, "fp32", None, objectives()["next"])
    assert [m.spec.id for m in pool.models] == ["base", *NAMES]


def test_a_hook_in_one_is_not_in_the_other() -> None:
    body = torch.nn.Sequential(torch.nn.Linear(4, 4), torch.nn.Linear(4, 4))
    other = twin(body)
    assert held(body, other) == held(body)
    other[0].register_forward_hook(lambda *_: torch.zeros(1, 4))
    x = torch.ones(1, 4)
    assert not torch.equal(body(x), other(x))


class TestStacks:
    @pytest.fixture
    def home_of_runs(self, llama: Path, adapters: Path, home: Path) -> Catalogue:
        """The two adapters as what two runs left."""
        for name in NAMES:
            folder = home / "runs" / name / "adapter"
            shutil.copytree(adapters / name, folder)
            recipe = {"title": name.title(), "base": "base", "objective": "next"}
            told = {"objective": "next", "recipe": recipe, "sources": [{"name": f"{name}.md"}]}
            (folder / "passport.json").write_text(json.dumps(told))
        return Catalogue({"base": spec(id="base", source="local", location=str(llama))}, home)

    def test_runs_stand_in_the_list_with_what_they_came_from(self, home_of_runs: Catalogue) -> None:
        found = {entry.id: entry for entry in home_of_runs.entries()}
        assert set(found) == {"base", "run:first", "run:second"}
        assert found["run:first"].base == "base"
        assert found["run:first"].title == "First · first"
        assert found["run:first"].ready
        hidden = Catalogue({}, home_of_runs.home, listed=True)
        assert hidden.entries() == ()

    def test_a_stack_is_the_sum_of_its_parts(self, home_of_runs: Catalogue) -> None:
        from peft import PeftModel
        from transformers import AutoModelForCausalLM

        name = stack(home_of_runs, ["run:first", "run:second"])
        pool = Pool(home_of_runs)
        summed = says(pool.get(name, "fp32", None, objectives()["next"]))
        folder = home_of_runs.locate("run:first")
        body = AutoModelForCausalLM.from_pretrained(home_of_runs.locate("base"))
        both: Any = PeftModel.from_pretrained(body, folder, adapter_name="first")
        both.load_adapter(home_of_runs.locate("run:second"), adapter_name="second")
        both.base_model.set_adapter(["first", "second"])
        with torch.inference_mode():
            expected = both(torch.tensor([[5, 9, 11, 40]])).logits
        torch.testing.assert_close(summed, expected, rtol=0, atol=1e-5)
        entry = home_of_runs.entry(name)
        assert entry.title.startswith("First + Second")
        assert entry.base == "base"
        assert entry.data == ("first.md", "second.md")

    def test_what_cannot_be_stacked_is_said(self, home_of_runs: Catalogue) -> None:
        def key(*models: str) -> str:
            with pytest.raises(LabError) as caught:
                stack(home_of_runs, models)
            return caught.value.key

        assert key("run:first") == "stack_count"
        assert key("run:first", "run:first") == "stack_count"
        assert key("run:first", "base") == "stack_kind"
        path = home_of_runs.home / "runs" / "second" / "adapter" / "adapter_config.json"
        plain = path.read_text()
        path.write_text(json.dumps(json.loads(plain) | {"use_dora": True}))
        assert key("run:first", "run:second") == "stack_kind"
        path.write_text(plain)
        passport = path.with_name("passport.json")
        told = json.loads(passport.read_text())
        told["objective"] = "span"
        passport.write_text(json.dumps(told))
        assert key("run:first", "run:second") == "stack_other_base"
