"""By what weights are known: the SHA-256 over their files, taken once for as long as they lie."""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path

from lab.config import ModelSpec
from lab.models.catalogue import Catalogue
from lab.models.layout import adapter, layout, weight_files
from lab.models.sources.local import ADAPTER, stands_on
from lab.models.weights import sha256


def digest(catalogue: Catalogue, spec: ModelSpec) -> str:
    """SHA-256 over the hashes of all files of weights, an adapter's base among them; for random
    weights, of the size they are drawn for."""
    return _over(_files(catalogue, spec), spec)


def digest_of(folder: Path, home: Path) -> str:
    """The same of the weights in a folder. Raises as `layout` and `weight_files` do."""
    return _hashed("".join(map(sha256, _within(folder, home))))


class Digests:
    """The same, remembered while the files stay as they are. Safe for several threads."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._known: dict[str, tuple[tuple[object, ...], str]] = {}
        self._lock = threading.Lock()

    def of(self, spec: ModelSpec) -> str:
        """Raises as `layout` and `weight_files` do where the files are not whole."""
        files = _files(self._catalogue, spec)
        stamp = tuple((file, *_stamp(file)) for file in files)
        with self._lock:
            known = self._known.get(spec.id)
        if known is not None and known[0] == stamp:
            return known[1]
        found = _over(files, spec)
        with self._lock:
            self._known[spec.id] = (stamp, found)
        return found


def _files(catalogue: Catalogue, spec: ModelSpec) -> list[Path]:
    folder = catalogue.locate(spec.id)
    return [] if folder is None else _within(folder, catalogue.home)


def _within(folder: Path, home: Path) -> list[Path]:
    body = layout(stands_on(folder, home)).body
    return [*weight_files(body), *(weight_files(folder, ADAPTER) if adapter(folder) else ())]


def _over(files: list[Path], spec: ModelSpec) -> str:
    return _hashed("".join(map(sha256, files)) if files else f"{spec.id} {spec.size}")


def _hashed(told: str) -> str:
    return hashlib.sha256(told.encode()).hexdigest()


def _stamp(file: Path) -> tuple[int, int]:
    found = file.stat()
    return found.st_mtime_ns, found.st_size
