"""What safetensors files say in their headers, and whether they are whole.

A file is eight bytes of header length, a JSON header (name -> dtype, shape,
offsets), then the numbers: https://huggingface.co/docs/safetensors. Nothing
here loads the numbers.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lab.models.layout import read_json
from lab.types import LabError

BITS = {
    **dict.fromkeys(("F64", "I64", "U64"), 64),
    **dict.fromkeys(("F32", "I32", "U32"), 32),
    **dict.fromkeys(("F16", "BF16", "I16", "U16"), 16),
    **dict.fromkeys(("F8_E4M3", "F8_E5M2", "I8", "U8", "BOOL"), 8),
}
DIGESTS = "weights.sha256.json"
"""Beside weights the lab made: {file name: sha256}."""
LONGEST_HEADER = 100_000_000


@dataclass(frozen=True, slots=True)
class Tensor:
    """One array of a file, without its numbers."""

    name: str
    dtype: str
    shape: tuple[int, ...]

    @property
    def numbers(self) -> int:
        return math.prod(self.shape)


def tensors(file: Path) -> tuple[Tensor, ...]:
    """Every array `file` holds. Raises `LabError("weights_broken")` when it is cut or altered."""
    try:
        size = file.stat().st_size
        with file.open("rb") as stream:
            length = int.from_bytes(stream.read(8), "little")
            if not 2 <= length <= min(LONGEST_HEADER, size - 8):
                raise ValueError("header longer than the file")
            header = json.loads(stream.read(length))
        return tuple(_tensors(header, size - 8 - length))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise LabError("weights_broken", file=file.name) from error


def _tensors(header: dict[str, dict[str, list[int]]], room: int) -> Iterator[Tensor]:
    """The arrays of a header, which must fill `room` bytes one after another without a gap."""
    spans = []
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        tensor = Tensor(name, str(entry["dtype"]), tuple(entry["shape"]))
        begin, end = entry["data_offsets"]
        if tensor.dtype in BITS and (end - begin) * 8 != tensor.numbers * BITS[tensor.dtype]:
            raise ValueError(f"{name} does not fit its place")
        spans.append((begin, end))
        yield tensor
    reached = 0
    for begin, end in sorted(spans):
        if begin != reached:
            raise ValueError("a gap between arrays")
        reached = end
    if reached != room:
        raise ValueError("the file does not end where its header says")


def check(files: tuple[Path, ...], known: str = "") -> None:
    """Refuse files that are cut or altered: `LabError("weights_broken")` names the first.

    The header is held against the size, and the bytes against a SHA-256 where one
    is known: `known` for a model of one file, a list the lab left beside weights it
    made, or the name the hub's cache gives a blob.
    """
    for file in files:
        tensors(file)
        expected = _digest(file) or (known if len(files) == 1 else "")
        if expected and sha256(file) != expected:
            raise LabError("weights_broken", file=file.name)


def sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def write_digests(folder: Path) -> None:
    """Leave the SHA-256 of every safetensors file in `folder` beside them."""
    found = {file.name: sha256(file) for file in sorted(folder.glob("*.safetensors"))}
    (folder / DIGESTS).write_text(json.dumps(found, indent=1), encoding="utf-8")


def _digest(file: Path) -> str:
    listed = file.parent / DIGESTS
    if listed.is_file():
        return str(read_json(listed).get(file.name, ""))
    blob = file.resolve().name
    return blob if re.fullmatch(r"[0-9a-f]{64}", blob) else ""
