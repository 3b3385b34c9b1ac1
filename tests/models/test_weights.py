"""Safetensors headers: read without the numbers, and refused when anything is off."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lab.models import weights
from lab.models.layout import weight_files
from lab.types import LabError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    import torch
    from safetensors.torch import save_file

    path = tmp_path / "model.safetensors"
    save_file({"a": torch.ones(2, 3), "b": torch.ones(5, dtype=torch.bfloat16)}, path)
    return path


def test_reads_names_types_and_shapes(file: Path) -> None:
    found = {t.name: (t.dtype, t.shape, t.numbers) for t in weights.tensors(file)}
    assert found == {"a": ("F32", (2, 3), 6), "b": ("BF16", (5,), 5)}


def header(length: int, text: bytes, body: int = 0) -> bytes:
    return length.to_bytes(8, "little") + text + bytes(body)


def entry(begin: int, end: int, dtype: str = "F32", shape: tuple[int, ...] = (1,)) -> bytes:
    found = {"a": {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}}
    return json.dumps(found).encode()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"abc",
        header(2**60, b"{}"),
        header(3, b"{}"),
        header(2, b"[]"),
        header(9, b"not json!"),
        header(8, b'{"a": 1}'),
        header(len(entry(0, 4)), entry(0, 4), 3),
        header(len(entry(0, 4)), entry(0, 4), 5),
        header(len(entry(4, 8)), entry(4, 8), 8),
        header(len(entry(0, 8)), entry(0, 8), 8),
    ],
)
def test_refuses_what_does_not_hold_together(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(data)
    with pytest.raises(LabError, match="weights_broken"):
        weights.tensors(path)


@pytest.mark.parametrize("lost", [1, 10, 40])
def test_refuses_a_truncated_file(file: Path, lost: int) -> None:
    file.write_bytes(file.read_bytes()[:-lost])
    with pytest.raises(LabError, match="weights_broken"):
        weights.check((file,))


def test_an_altered_byte_shows_against_a_known_digest(file: Path) -> None:
    known = weights.sha256(file)
    weights.check((file,), known)
    weights.write_digests(file.parent)
    data = file.read_bytes()
    file.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    with pytest.raises(LabError, match="weights_broken"):
        weights.check((file,))
    (file.parent / weights.DIGESTS).unlink()
    with pytest.raises(LabError, match="weights_broken"):
        weights.check((file,), known)


def test_a_missing_shard_is_named(file: Path) -> None:
    index = {"weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}}
    (file.parent / "model.safetensors.index.json").write_text(json.dumps(index))
    file.rename(file.parent / "model-1.safetensors")
    with pytest.raises(LabError) as caught:
        weight_files(file.parent)
    assert caught.value.facts["file"] == "model-2.safetensors"


def test_an_index_cannot_point_outside_the_folder(file: Path) -> None:
    index = {"weight_map": {"a": "../elsewhere/model.safetensors"}}
    (file.parent / "model.safetensors.index.json").write_text(json.dumps(index))
    inside = file.parent / "sub"
    inside.mkdir()
    (file.parent / "model.safetensors.index.json").rename(inside / "model.safetensors.index.json")
    with pytest.raises(LabError, match="weights_missing"):
        weight_files(inside)
