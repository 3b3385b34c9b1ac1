"""A picture model taught one's own pictures: what learns, what is read, what comes of it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from painting import drawing
from PIL import Image
from safetensors.torch import load_file

from lab.evaluation.judge import judge
from lab.models.catalogue import Catalogue
from lab.models.pool import Pool
from lab.objectives.base import objectives
from lab.prompts import ImagePrompt
from lab.recipe import Recipe
from lab.training import checkpoint
from lab.training.cost import guess
from lab.training.engine import Engine
from lab.training.export import export
from lab.training.fitting import suggest
from lab.training.folder import RunFolder
from lab.training.foundation import Foundation
from lab.training.kept import whole
from lab.training.preview import gallery
from lab.training.setup import set_up
from lab.training.worker import work
from lab.types import LabError

MakeEngine = Callable[..., Engine]
Told = Callable[..., Recipe]
LAYERS = ["to_q", "to_out.0"]
pytestmark = pytest.mark.usefixtures("quick")


def test_only_the_adapter_learns_and_it_begins_as_its_base(
    told: Told, engine: MakeEngine, painter: Path
) -> None:
    from diffusers import UNet2DModel

    found = engine(told())
    plain: Any = UNet2DModel.from_pretrained(painter)
    given = {"sample": torch.randn(2, 3, 32, 32), "timestep": torch.tensor([3, 60]),
             "class_labels": torch.tensor([0, 2])}  # fmt: skip
    with torch.inference_mode():
        said = plain.eval()(**given).sample
        assert torch.allclose(found.inner.eval()(**given).sample, said, atol=1e-5)
    before = {n: p.detach().clone() for n, p in found.inner.named_parameters()}
    found.train()
    moved = {n for n, p in found.inner.named_parameters() if not torch.equal(p, before[n])}
    assert moved
    assert all("lora_" in name for name in moved)
    kinds = {name.split(".lora_")[0].rsplit(".", 1)[-1] for name in moved}
    assert {"conv1", "time_emb_proj", "to_q", "0"} <= kinds, "convolutions learn too"
    assert "conv_out" not in kinds
    weights = dict(plain.named_parameters())
    rests = {n.replace(".base_layer", ""): p for n, p in found.inner.named_parameters()}
    assert all(torch.equal(p, rests[n]) for n, p in weights.items()), "the base is unchanged"


def test_folders_named_as_a_class_teach_it_and_all_else_is_any(told: Told, home: Path) -> None:
    work_ = set_up(told(rows=16), home)
    assert work_.taught == (-1, 0)
    labels = torch.cat([work_.batches(n).labels for n in range(4)])  # type: ignore[misc]
    assert set(labels.tolist()) == {0, 2}, "cat, and what stands for any picture"
    assert work_.classes == ("cat", "boat")
    assert work_.objective.timesteps == 100, "the noising is the base's own"
    plain = set_up(told(data__paths=[str(Path(told().data.paths[0]) / "holiday")]), home)
    assert plain.taught == (-1,)


def test_every_picture_comes_once_an_epoch_and_none_that_is_held_out(
    told: Told, home: Path
) -> None:
    work_ = set_up(told(rows=13, data__mirror=False), home)
    assert work_.pictures is not None
    sides = [[*work_.pictures.each(side, 99)] for side in ("learnt", "held")]
    assert [len(side) for side in sides] == [13, 3]
    learnt, held = ({one.pictures.numpy().tobytes() for one in side} for side in sides)
    for number in range(3):
        batch = work_.batches(number)
        assert {row.numpy().tobytes() for row in batch.pictures} == learnt
    assert not learnt & held
    assert torch.equal(work_.batches(1).pictures, set_up(work_.recipe, home).batches(1).pictures)
    twice = set_up(told(rows=13), home)
    seen = {row.numpy().tobytes() for n in range(20) for row in twice.batches(n).pictures}
    assert len(seen) == 26, "mirrored too, each"
    held_ones = torch.cat([batch.pictures for batch in work_.held(20)])
    assert len(held_ones) == 24
    assert {row.numpy().tobytes() for row in held_ones} == held


def test_a_run_goes_on_with_what_it_began_with(
    told: Told, home: Path, album: Path, tmp_path: Path
) -> None:
    own = shutil.copytree(album, tmp_path / "own")
    recipe, kept = told(data__paths=[str(own)]), tmp_path / "data.json"
    first = set_up(recipe, home, kept).batches(0).pictures
    shutil.rmtree(own)
    assert torch.equal(set_up(recipe, home, kept).batches(0).pictures, first)
    with pytest.raises(LabError, match="no_pictures"):
        set_up(recipe, home)


def test_a_cut_run_goes_on_from_the_adapter_alone(told: Told, engine: MakeEngine) -> None:
    recipe = told(dropout=0.1, optimiser__average=0.9)
    uncut = engine(recipe, "whole")
    uncut.train()
    cut = engine(recipe, "cut")
    cut.step()
    cut.step()
    cut._save()
    (saved,) = whole(cut.run.checkpoints)
    assert all("lora_" in name for name in load_file(saved / "model.safetensors"))
    resumed = engine(recipe, "cut")
    resumed.train()
    for name, value in checkpoint.weights(uncut.inner).items():
        assert torch.equal(value, checkpoint.weights(resumed.inner)[name]), name


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_what_it_leaves_opens_here_and_outside(
    told: Told, engine: MakeEngine, painter: Path, tmp_path: Path, precision: str
) -> None:
    """With PEFT on the plain UNet of diffusers, and as a model of the lab that draws."""
    from diffusers import UNet2DModel
    from peft import PeftModel

    found = engine(told(optimiser__rate=0.05, precision=precision))
    found.train()
    folder = tmp_path / "left"
    export(found.work, found.progress, folder)
    plain: Any = UNet2DModel.from_pretrained(painter)
    given = {"sample": torch.randn(2, 3, 32, 32), "timestep": torch.tensor([3, 60]),
             "class_labels": torch.tensor([0, 2])}  # fmt: skip
    with torch.inference_mode():
        ours = found.inner.eval()(**given).sample
        base = plain.eval()(**given).sample
        theirs = PeftModel.from_pretrained(plain, folder).eval()(**given).sample
    scale = (ours - base).abs().mean()
    assert scale > 1e-3
    assert (theirs - ours).abs().mean() < 0.02 * scale

    catalogue = Catalogue.load(tmp_path / "home")
    entry = catalogue.entry(f"local:{folder}")
    assert (entry.kind, entry.objectives, entry.classes) == ("unet", ("image",), ("cat", "boat"))
    image = objectives()["image"]
    for held in ("fp32", "bf16"):
        loaded = Pool(catalogue).get(f"local:{folder}", held, None, image)  # type: ignore[arg-type]
        assert loaded.schedule["num_train_timesteps"] == 100
        prompt = ImagePrompt.model_validate({"steps": 3, "label": 0})
        steps = [*image.serving(loaded).trajectory(loaded, prompt, torch.Generator())]
        assert steps[-1].sample is not None


def test_every_weight_may_learn(told: Told, home: Path, tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path / "run", told(learns="all"))
    assert work([run], home) == 0
    assert run.model.name == "model"
    entry = Catalogue.load(home).entry(f"local:{run.model}")
    assert (entry.kind, entry.classes) == ("unet", ("cat", "boat"))
    assert judge(run, home).gain is not None


def test_random_weights_show_what_the_base_was_worth(told: Told, home: Path, painter: Path) -> None:
    from diffusers import UNet2DModel

    drawn = set_up(told(start="random", learns="all"), home).model
    plain: Any = UNet2DModel.from_pretrained(painter)
    weights = dict(plain.named_parameters())
    assert {n: p.shape for n, p in drawn.named_parameters()} == {
        n: p.shape for n, p in weights.items()
    }
    assert any(not torch.equal(p, weights[n]) for n, p in drawn.named_parameters())


@pytest.mark.parametrize("targets", [[], LAYERS])
def test_what_it_costs_is_told_from_the_files(told: Told, home: Path, targets: list[str]) -> None:
    recipe = told(lora__targets=targets)
    model = set_up(recipe, home).model
    learns = sum(p.numel() for p in model.parameters() if p.requires_grad)
    every = sum(p.numel() for p in model.parameters())
    assert Foundation.of(recipe, "unet", home).count() == (every - learns, learns)
    few, many = guess(recipe, home), guess(told(rows=64), home)
    assert few.parameters == every
    assert few.memory < many.memory
    offer = suggest(told(rows=64), 1, home)
    assert offer is not None
    assert set(offer.changes) <= {"recompute", "rows"}, "no bits to spare, no length"


@pytest.mark.parametrize("weights", ["bf16", "int8", "nf4"])
def test_a_picture_model_rests_whole(told: Told, weights: str) -> None:
    with pytest.raises(ValueError, match="rests in fp32"):
        told(weights=weights)


def test_samples_are_drawn_from_the_same_noise_from_the_base_on(
    told: Told, home: Path, painter: Path, tmp_path: Path
) -> None:
    run = RunFolder.create(tmp_path / "run", told(optimiser__rate=0.05))
    assert work([run], home) == 0
    events = run.events()[0]
    samples = [e for e in events if e.kind == "sample"]
    assert [e.step for e in samples] == [0, 1, 2, 4]
    assert samples[0].data["classes"] == ["", "cat"] * 4
    sheets = [Image.open(run.path / "samples" / e.data["file"]).tobytes() for e in samples]
    assert sheets[0] != sheets[-1]
    other = RunFolder.create(tmp_path / "other", told(seed=9))
    assert work([other], home) == 0
    assert Image.open(other.path / "samples/step-00000000.png").tobytes() == sheets[0]
    looks = [e.data["general"] for e in events if "general" in e.data]
    assert looks
    assert all(set(look) == {"drawings"} for look in looks)


def test_a_gallery_tells_what_will_be_learnt(told: Told, home: Path, tmp_path: Path) -> None:
    found = gallery(told(), home)
    assert (found.learnt, found.held, found.width, found.height) == (13, 3, 32, 32)
    assert found.taught == ("", "cat")
    assert found.why is None
    assert all(one.small and len(one.small.pixels) == 32 * 32 * 3 for one in found.photos)
    drawing(1).save(tmp_path / "one.png")
    (tmp_path / "film.mp4").write_bytes(b"x")
    few = gallery(told(data__paths=[str(tmp_path)]), home)
    assert few.why is not None
    assert few.why.key == "too_few_pictures"
    assert [one.why.key for one in few.photos if one.why] == ["picture_kind"]
