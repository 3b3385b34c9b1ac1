"""Texts that people give the lab through its page: kept by their content, bounded, never run.

A text comes in pieces. It is named by the hash of what arrived, so that what a browser
calls it never becomes a name on the disk.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import secrets
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from lab.training.folder import write_atomically
from lab.types import LabError

LARGEST = 32_000_000
"""Bytes of one text."""
FULL = 1_000_000_000
"""Bytes of all texts together."""
PIECE = 1_000_000
"""Bytes that come at once."""
FORGOTTEN = 3600.0
"""Seconds after which a text that never came to its end is thrown away."""
PREFIX = "document:"
SHA = re.compile(r"[0-9a-f]{64}")
TICKET = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Given:
    """One text on the shelf. `path` is what a recipe calls it."""

    path: str
    title: str
    bytes: int


class Shelf:
    """The texts below HOME/documents. Safe for several threads: each text has its own file."""

    def __init__(self, home: Path) -> None:
        self.folder = home / "documents"

    def begin(self) -> str:
        """A ticket under which the pieces of a new text come. Raises `LabError("shelf_full")`."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for partial in self.folder.glob("*.partial"):
            if time.time() - partial.stat().st_mtime > FORGOTTEN:
                partial.unlink(missing_ok=True)
        if sum(file.stat().st_size for file in self.folder.iterdir()) > FULL:
            raise LabError("shelf_full", most=FULL // 1_000_000)
        ticket = secrets.token_hex(16)
        self._partial(ticket).touch()
        return ticket

    def add(self, ticket: str, piece: str) -> None:
        """The next piece, in base 64. Raises `LabError`: document_gone, document_too_large."""
        partial = self._partial(ticket)
        if not partial.is_file():
            raise LabError("document_gone")
        try:
            raw = base64.b64decode(piece, validate=True)
        except ValueError as error:
            raise LabError("document_gone") from error
        if len(raw) > PIECE or partial.stat().st_size + len(raw) > LARGEST:
            partial.unlink(missing_ok=True)
            raise LabError("document_too_large", most=LARGEST // 1_000_000)
        with partial.open("ab") as file:
            file.write(raw)

    def end(self, ticket: str, title: str) -> Given:
        """The text is whole. Raises `LabError`: document_gone, document_empty."""
        partial = self._partial(ticket)
        if not partial.is_file():
            raise LabError("document_gone")
        raw = partial.read_bytes()
        if not raw.strip():
            partial.unlink(missing_ok=True)
            raise LabError("document_empty", title=title[:100])
        sha = hashlib.sha256(raw).hexdigest()
        partial.replace(self._file(sha))
        given = Given(PREFIX + sha, title[:200], len(raw))
        write_atomically(self.folder / f"{sha}.json", json.dumps(asdict(given)))
        return given

    def given(self, path: str) -> Given | None:
        """What is known of a text by its name in a recipe; `None` when it is not here."""
        sha = path.removeprefix(PREFIX)
        if not SHA.fullmatch(sha) or not self._file(sha).is_file():
            return None
        try:
            found = json.loads((self.folder / f"{sha}.json").read_text(encoding="utf-8"))
            return Given(path, str(found["title"]), int(found["bytes"]))
        except (OSError, ValueError, KeyError):
            return Given(path, sha[:8], self._file(sha).stat().st_size)

    def files(self, paths: Sequence[str], only: bool) -> tuple[str, ...]:
        """A recipe's paths as files of this machine.

        only  refuse whatever is not on the shelf: for a page that strangers can reach

        Raises `LabError`: document_gone, documents_only.
        """
        return tuple(self._found(path, only) for path in paths)

    def names(self, paths: Sequence[str]) -> tuple[str, ...]:
        """The other way round: files on the shelf by their name, others as they are."""
        return tuple(
            PREFIX + Path(path).stem if self._holds(Path(path)) else path for path in paths
        )

    def _found(self, path: str, only: bool) -> str:
        if path.startswith(PREFIX):
            sha = path.removeprefix(PREFIX)
            if not SHA.fullmatch(sha) or not self._file(sha).is_file():
                raise LabError("document_gone")
            return str(self._file(sha))
        if only and not self._holds(Path(path)):
            raise LabError("documents_only", path=path[:200])
        return path

    def _holds(self, path: Path) -> bool:
        """Whether it is one of the shelf's own files, by its whole path; links lead nowhere."""
        return (
            path.parent == self.folder
            and path == self._file(path.stem)
            and (SHA.fullmatch(path.stem) is not None)
        )

    def _file(self, sha: str) -> Path:
        return self.folder / f"{sha}.txt"

    def _partial(self, ticket: str) -> Path:
        """Raises `LabError("document_gone")` for what is no ticket."""
        if not TICKET.fullmatch(ticket):
            raise LabError("document_gone")
        return self.folder / f"{ticket}.partial"
