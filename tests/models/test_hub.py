"""The hub source against a hub in small on loopback."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lab.models.catalogue import Catalogue, FetchProgress
from lab.types import LabError
from tests.models.conftest import spec
from tests.models.hub_server import COMMIT, SmallHub


@pytest.fixture
def hub(llama: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SmallHub]:
    """A hub that has lab/tiny-llama, and an empty cache."""
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.setattr("lab.models.sources._blobs.PAUSE", 0.0)
    with SmallHub({"lab/tiny-llama": llama}).serving() as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        yield hub


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    known = spec(id="tiny", location="lab/tiny-llama")
    return Catalogue({"tiny": known}, tmp_path / "home")


def fetch(catalogue: Catalogue, model: str = "tiny") -> list[FetchProgress]:
    return list(catalogue.fetch(model))


def failure(catalogue: Catalogue, model: str = "tiny") -> str:
    with pytest.raises(LabError) as caught:
        fetch(catalogue, model)
    return caught.value.key


def blob_of(catalogue: Catalogue) -> Path:
    folder = catalogue.locate("tiny")
    assert folder is not None
    return (folder / "model.safetensors").resolve()


def test_present(hub: SmallHub, catalogue: Catalogue, llama: Path) -> None:
    before = catalogue.entry("tiny")
    assert not before.ready
    assert before.why is not None
    assert before.why.key == "not_fetched"
    steps = fetch(catalogue)
    entry = catalogue.entry("tiny")
    assert entry.ready
    assert entry.path is not None
    got = (Path(entry.path) / "model.safetensors").read_bytes()
    assert got == (llama / "model.safetensors").read_bytes()
    assert steps[-1].what == "done"
    assert max(s.done for s in steps) >= len(got)
    assert all(s.done <= s.total for s in steps if s.what == "download")


def test_a_second_fetch_asks_for_no_weights(hub: SmallHub, catalogue: Catalogue) -> None:
    fetch(catalogue)
    hub.asked.clear()
    fetch(catalogue)
    assert [name for name, _ in hub.asked if name.endswith(".safetensors")] == []


def test_missing(hub: SmallHub, tmp_path: Path) -> None:
    catalogue = Catalogue({"x": spec(id="x", location="lab/none")}, tmp_path / "home")
    assert failure(catalogue, "x") == "model_missing"
    assert failure(catalogue, "hub:lab/none") == "model_missing"
    assert failure(catalogue, "hub:not a name") == "model_missing"


def test_missing_revision(hub: SmallHub, tmp_path: Path) -> None:
    pinned = spec(id="x", location="lab/tiny-llama", revision="f" * 40)
    assert failure(Catalogue({"x": pinned}, tmp_path / "home"), "x") == "revision_missing"


def test_gated(hub: SmallHub, catalogue: Catalogue) -> None:
    hub.gated.add("lab/tiny-llama")
    assert failure(catalogue) == "model_gated"


def test_connection_cut_then_resumed(hub: SmallHub, catalogue: Catalogue, llama: Path) -> None:
    size = (llama / "model.safetensors").stat().st_size
    hub.silent = size // 3
    assert failure(catalogue) == "hub_unreachable"
    assert not catalogue.entry("tiny").ready
    hub.silent = None
    hub.asked.clear()
    steps = fetch(catalogue)
    ranges = [asked for name, asked in hub.asked if name == "model.safetensors"]
    assert ranges == [f"bytes={size // 3}-"]
    assert blob_of(catalogue).read_bytes() == (llama / "model.safetensors").read_bytes()
    assert all(s.done <= s.total for s in steps if s.what == "download")


def test_half_downloaded_by_an_earlier_process(
    hub: SmallHub, catalogue: Catalogue, llama: Path, tmp_path: Path
) -> None:
    fetch(catalogue)
    blob = blob_of(catalogue)
    data = blob.read_bytes()
    blob.unlink()
    blob.with_name(f"{blob.name}.partial").write_bytes(data[: len(data) // 2])
    assert not catalogue.entry("tiny").ready
    hub.asked.clear()
    fetch(catalogue)
    assert ("model.safetensors", f"bytes={len(data) // 2}-") in hub.asked
    assert blob_of(catalogue).read_bytes() == data


def test_altered_on_the_way(hub: SmallHub, catalogue: Catalogue) -> None:
    hub.altered = True
    assert failure(catalogue) == "fetched_altered"
    hub.altered = False
    fetch(catalogue)
    assert catalogue.entry("tiny").ready


def test_altered_on_the_disk_is_fetched_anew(hub: SmallHub, catalogue: Catalogue) -> None:
    fetch(catalogue)
    blob = blob_of(catalogue)
    good = blob.read_bytes()
    blob.chmod(0o644)
    blob.write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
    assert failure(catalogue) == "fetched_altered"
    fetch(catalogue)
    assert blob_of(catalogue).read_bytes() == good


def test_offline_without_a_cached_copy(
    hub: SmallHub, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    why = catalogue.entry("tiny").why
    assert why is not None
    assert why.key == "offline_missing"
    assert failure(catalogue) == "offline_missing"
    assert failure(catalogue, "hub:lab/tiny-llama") == "offline_missing"
    assert hub.asked == []


def test_offline_with_a_cached_copy(
    hub: SmallHub, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch(catalogue)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    hub.asked.clear()
    assert catalogue.entry("tiny").ready
    assert fetch(catalogue)[-1].what == "done"
    assert catalogue.spec("hub:lab/tiny-llama").objectives == ("next",)
    assert hub.asked == []


def test_unreachable(hub: SmallHub, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    fetch(catalogue)
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")  # nothing listens there
    assert fetch(catalogue)[-1].what == "done"
    elsewhere = Catalogue({"x": spec(id="x", location="lab/other")}, catalogue.home)
    assert failure(elsewhere, "x") == "hub_unreachable"


def test_pickles_only(hub: SmallHub, catalogue: Catalogue, llama: Path, tmp_path: Path) -> None:
    folder = tmp_path / "pickled"
    shutil.copytree(llama, folder)
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    hub.repos["lab/tiny-llama"] = folder
    assert failure(catalogue) == "only_pickles"
    assert all(not name.endswith(".bin") for name, _ in hub.asked)


def test_remote_code(hub: SmallHub, catalogue: Catalogue, llama: Path, tmp_path: Path) -> None:
    folder = tmp_path / "coded"
    shutil.copytree(llama, folder)
    config = json.loads((folder / "config.json").read_text())
    config |= {"model_type": "novel", "auto_map": {"AutoConfig": "novel.Config"}}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "novel.py").write_text("raise SystemExit('this must never run')")
    hub.repos["lab/tiny-llama"] = folder
    assert failure(catalogue) == "remote_code"
    assert [n for n, _ in hub.asked if n.endswith((".py", ".safetensors"))] == []


def test_only_what_is_needed_is_fetched(
    hub: SmallHub, catalogue: Catalogue, llama: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "rich"
    shutil.copytree(llama, folder)
    (folder / "onnx").mkdir()
    for extra in ("pytorch_model.bin", "onnx/config.json", "consolidated.safetensors", "run.py"):
        shutil.copy(llama / "model.safetensors", folder / extra)
    hub.repos["lab/tiny-llama"] = folder
    fetch(catalogue)
    fetched = {name for name, _ in hub.asked}
    assert fetched.isdisjoint({"pytorch_model.bin", "consolidated.safetensors", "run.py"})


def test_a_free_name_and_a_pinned_commit(hub: SmallHub, catalogue: Catalogue) -> None:
    known = catalogue.spec("hub:lab/tiny-llama")
    assert (known.kind, known.objectives, known.licence) == ("causal", ("next",), "")
    pinned = f"hub:lab/tiny-llama@{COMMIT}"
    fetch(catalogue, pinned)
    assert catalogue.entry(pinned).ready


def test_a_picture_pipeline(
    hub: SmallHub,
    catalogue: Catalogue,
    make: Callable[[str, Path], Path],
    tmp_path: Path,
) -> None:
    folder = tmp_path / "pictures"
    make("unet", folder / "unet")
    (folder / "scheduler").mkdir()
    (folder / "scheduler" / "scheduler_config.json").write_text('{"num_train_timesteps": 10}')
    hub.repos["lab/pictures"] = folder
    assert catalogue.spec("hub:lab/pictures").kind == "unet"
    fetch(catalogue, "hub:lab/pictures")
    assert catalogue.entry("hub:lab/pictures").ready


def test_the_model_card_comes_along(hub: SmallHub, catalogue: Catalogue, llama: Path) -> None:
    folder = hub.repos["lab/tiny-llama"] = llama.parent / "with-card"
    shutil.copytree(llama, folder, dirs_exist_ok=True)
    (folder / "README.md").write_text("---\nlicense: mit\nlanguage: fr\n---\n")
    (folder / "notes.md").write_text("not wanted")
    assert catalogue.passport("tiny").revision is None
    fetch(catalogue)
    hub.asked.clear()
    told = catalogue.passport("tiny")
    assert told.revision == COMMIT
    assert told.licence is not None
    assert told.licence.lower() == "mit"
    assert hub.asked == [], "a passport asks the hub for nothing"
    assert catalogue.entry("tiny").path is not None
    names = {file.name for file in Path(str(catalogue.entry("tiny").path)).iterdir()}
    assert "README.md" in names
    assert "notes.md" not in names
