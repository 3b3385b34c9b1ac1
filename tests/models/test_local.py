"""Folders of one's own: layouts, adapters, and what is refused."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from lab.models.catalogue import Catalogue
from lab.models.layout import layout
from lab.models.pool import Pool
from lab.objectives.base import objectives
from lab.types import LabError

Make = Callable[[str, Path], Path]


@pytest.fixture
def pool(home: Path) -> Pool:
    return Pool(Catalogue.load(home))


def refused(pool: Pool, folder: Path, objective: str = "next") -> str:
    with pytest.raises(LabError) as caught:
        pool.get(f"local:{folder}", "fp32", None, objectives()[objective])
    return caught.value.key


def copy(folder: Path, to: Path) -> Path:
    return Path(shutil.copytree(folder, to))


@pytest.mark.parametrize(
    ("kind", "objective"),
    [("causal", "next"), ("masked", "masked"), ("seq2seq", "span"), ("llama", "next")],
)
def test_text_models_load(
    pool: Pool, make: Make, tmp_path: Path, kind: str, objective: str
) -> None:
    folder = make(kind, tmp_path / "a folder with spaces")
    loaded = pool.get(f"local:{folder}", "fp32", None, objectives()[objective])
    assert loaded.context > 0
    assert not loaded.module.training
    assert not any(p.requires_grad for p in loaded.module.parameters())
    assert loaded.vocabulary.alphabet.size == len(loaded.vocabulary.tokenizer)


def test_a_passport_widens_what_a_masked_model_serves(make: Make, tmp_path: Path) -> None:
    folder = make("masked", tmp_path / "m")
    assert layout(folder).objectives == ("masked",)
    (folder / "passport.json").write_text('{"objective": "diffusion"}')
    assert layout(folder).objectives == ("masked", "diffusion")


def test_pictures_with_schedule_and_classes(pool: Pool, make: Make, tmp_path: Path) -> None:
    from diffusers import DDPMPipeline, DDPMScheduler, UNet2DModel

    unet = UNet2DModel.from_pretrained(make("unet", tmp_path / "unet"))
    folder = tmp_path / "pipeline"
    DDPMPipeline(unet, DDPMScheduler(num_train_timesteps=77)).save_pretrained(folder)
    (folder / "classes.json").write_text('{"names": ["house", "tree"]}')
    loaded = pool.get(f"local:{folder}", "bf16", None, objectives()["image"])
    assert loaded.schedule["num_train_timesteps"] == 77
    assert loaded.classes == ("house", "tree")
    assert loaded.words is None
    flat = make("unet", tmp_path / "flat")
    shutil.copy(folder / "scheduler" / "scheduler_config.json", flat)
    loaded = pool.get(f"local:{flat}", "fp32", None, objectives()["image"])
    assert loaded.schedule["num_train_timesteps"] == 77
    assert refused_precision(pool, flat) == "precision_needs_card"


def refused_precision(pool: Pool, folder: Path) -> str:
    with pytest.raises(LabError) as caught:
        pool.get(f"local:{folder}", "nf4", None, objectives()["image"])
    return caught.value.key


class TestAdapters:
    @pytest.fixture
    def adapter(self, llama: Path, tmp_path: Path) -> Path:
        """A LoRA adapter that changes what the model says, beside its base."""
        import torch
        from peft import LoraConfig, get_peft_model
        from transformers import AutoModelForCausalLM

        copy(llama, tmp_path / "base")
        base = AutoModelForCausalLM.from_pretrained(llama)
        torch.manual_seed(0)
        settings = LoraConfig(r=4, target_modules="all-linear", init_lora_weights=False)
        adapted = get_peft_model(base, settings)
        adapted.save_pretrained(tmp_path / "adapter")
        path = tmp_path / "adapter" / "adapter_config.json"
        config = json.loads(path.read_text()) | {"base_model_name_or_path": "../base"}
        path.write_text(json.dumps(config))
        return tmp_path / "adapter"

    def test_changes_what_the_model_says(self, pool: Pool, adapter: Path, llama: Path) -> None:
        import torch
        from peft import PeftModel
        from transformers import AutoModelForCausalLM

        ids = torch.tensor([[5, 6, 7, 8]])
        loaded = pool.get(f"local:{adapter}", "fp32", None, objectives()["next"])
        plain = pool.get(f"local:{llama}", "fp32", None, objectives()["next"])
        direct = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(llama), adapter)
        with torch.inference_mode():
            ours, theirs = loaded.module(ids).logits, direct(ids).logits
            bare = plain.module(ids).logits
        assert torch.allclose(ours, theirs, atol=1e-5)
        assert not torch.allclose(ours, bare, atol=1e-2)
        assert type(loaded.module) is type(plain.module)

    def test_stands_on_a_quantised_base(self, pool: Pool, adapter: Path) -> None:
        loaded = pool.get(f"local:{adapter}", "nf4", None, objectives()["next"])
        whole = pool.get(f"local:{adapter}", "fp32", None, objectives()["next"])
        assert loaded.bytes < whole.bytes

    def test_base_not_here(self, pool: Pool, adapter: Path) -> None:
        shutil.rmtree(adapter.parent / "base")
        assert refused(pool, adapter) == "base_missing"

    def test_pickled_adapter(self, pool: Pool, adapter: Path) -> None:
        weights = adapter / "adapter_model.safetensors"
        weights.rename(adapter / "adapter_model.bin")
        assert refused(pool, adapter) == "only_pickles"

    def test_truncated_adapter(self, pool: Pool, adapter: Path) -> None:
        weights = adapter / "adapter_model.safetensors"
        weights.write_bytes(weights.read_bytes()[:-10])
        assert refused(pool, adapter) == "weights_broken"


class TestRefusals:
    def test_no_folder(self, pool: Pool, tmp_path: Path) -> None:
        assert refused(pool, tmp_path / "nowhere") == "folder_missing"

    def test_an_empty_folder(self, pool: Pool, tmp_path: Path) -> None:
        assert refused(pool, tmp_path) == "folder_broken"

    def test_settings_that_are_no_json(self, pool: Pool, llama: Path, tmp_path: Path) -> None:
        folder = copy(llama, tmp_path / "m")
        (folder / "config.json").write_text("{")
        assert refused(pool, folder) == "folder_broken"

    def test_the_wrong_objective(self, pool: Pool, llama: Path) -> None:
        assert refused(pool, llama, "masked") == "model_cannot"

    def test_an_architecture_the_lab_has_no_lane_for(
        self, pool: Pool, llama: Path, tmp_path: Path
    ) -> None:
        folder = copy(llama, tmp_path / "m")
        config = json.loads((folder / "config.json").read_text())
        config["architectures"] = ["LlamaForSequenceClassification"]
        (folder / "config.json").write_text(json.dumps(config))
        assert refused(pool, folder) == "unknown_architecture"

    def test_code_of_its_own_never_runs(self, pool: Pool, llama: Path, tmp_path: Path) -> None:
        folder = copy(llama, tmp_path / "m")
        config = json.loads((folder / "config.json").read_text())
        config |= {"model_type": "novel", "auto_map": {"AutoConfig": "novel.Config"}}
        (folder / "config.json").write_text(json.dumps(config))
        trace = tmp_path / "ran"
        (folder / "novel.py").write_text(f"open({str(trace)!r}, 'w')")
        assert refused(pool, folder) == "remote_code"
        assert not trace.exists()

    def test_native_code_wins_over_code_of_its_own(
        self, pool: Pool, llama: Path, tmp_path: Path
    ) -> None:
        folder = copy(llama, tmp_path / "m")
        config = json.loads((folder / "config.json").read_text())
        config["auto_map"] = {"AutoModelForCausalLM": "novel.Model"}
        (folder / "config.json").write_text(json.dumps(config))
        trace = tmp_path / "ran"
        (folder / "novel.py").write_text(f"open({str(trace)!r}, 'w')")
        loaded = pool.get(f"local:{folder}", "fp32", None, objectives()["next"])
        assert type(loaded.module).__name__ == "LlamaForCausalLM"
        assert not trace.exists()

    def test_pickles(self, pool: Pool, llama: Path, tmp_path: Path) -> None:
        folder = copy(llama, tmp_path / "m")
        (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
        assert refused(pool, folder) == "only_pickles"

    def test_a_truncated_file(self, pool: Pool, llama: Path, tmp_path: Path) -> None:
        folder = copy(llama, tmp_path / "m")
        file = folder / "model.safetensors"
        file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
        assert refused(pool, folder) == "weights_broken"

    def test_weights_that_lack_a_layer(self, pool: Pool, llama: Path, tmp_path: Path) -> None:
        from safetensors.torch import load_file, save_file

        folder = copy(llama, tmp_path / "m")
        kept = load_file(folder / "model.safetensors")
        del kept["model.layers.1.mlp.up_proj.weight"]
        save_file(kept, folder / "model.safetensors", metadata={"format": "pt"})
        assert refused(pool, folder) == "weights_missing"

    def test_weights_of_another_shape(self, pool: Pool, llama: Path, tmp_path: Path) -> None:
        folder = copy(llama, tmp_path / "m")
        config = json.loads((folder / "config.json").read_text()) | {"intermediate_size": 512}
        (folder / "config.json").write_text(json.dumps(config))
        assert refused(pool, folder) == "load_failed"

    def test_without_a_tokenizer(self, pool: Pool, llama: Path, tmp_path: Path) -> None:
        folder = copy(llama, tmp_path / "m")
        for path in folder.glob("tokenizer*"):
            path.unlink()
        assert refused(pool, folder) == "load_failed"
