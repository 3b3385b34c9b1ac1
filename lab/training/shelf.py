"""Documents that people give the lab through its page: kept by their content, bounded, never run.

A document comes in pieces. It is named by the hash of what arrived and by what kind its name
says it is, so that what a browser calls it never becomes a name on the disk.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import secrets
import time
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from lab.documents.find import visible
from lab.documents.shelved import CARD, MOST, SHA, read_card, tidy
from lab.pictures import SUFFIXES
from lab.texts import ASSETS
from lab.training.folder import write_atomically
from lab.types import LabError

LARGEST = 100_000_000
"""Bytes of one document."""
FULL = 1_000_000_000
"""Bytes of all documents together."""
PIECE = 1_000_000
"""Bytes that come at once."""
FORGOTTEN = 3600.0
"""Seconds after which a document that never came to its end is thrown away."""
PREFIX = "document:"
EXAMPLE = "example:"
"""Before a language: the documents that ship with the lab to try it by."""
NAMED = re.compile(r"([0-9a-f]{64})\.\w{1,12}")
"""Where a file of the shelf is named in what was said of it."""
TICKET = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Given:
    """One document on the shelf. `path` is what a recipe calls it; `suffix` says its kind."""

    path: str
    title: str
    bytes: int
    suffix: str = ".txt"


class Shelf:
    """The documents below HOME/documents. Safe for several threads: each has its own file."""

    def __init__(self, home: Path, shared: bool = False) -> None:
        """`shared`: strangers give documents too, and are not told where they lie."""
        self.folder = home / "documents"
        self.shared = shared
        self.largest = LARGEST

    @property
    def suffixes(self) -> tuple[str, ...]:
        """Ends of the names of documents that can be read, zips of them among these."""
        return tuple(sorted(_kinds() - SUFFIXES))

    @property
    def pictures(self) -> tuple[str, ...]:
        """The same of pictures."""
        return (*sorted(SUFFIXES), ".zip")

    def begin(self) -> str:
        """A ticket under which the pieces of a new text come.

        Raises `LabError`: shelf_full, shelf_full_shared.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        for partial in self.folder.glob("*.partial"):
            if time.time() - partial.stat().st_mtime > FORGOTTEN:
                partial.unlink(missing_ok=True)
        if sum(file.stat().st_size for file in self.folder.iterdir()) > FULL:
            most = FULL // 1_000_000
            if self.shared:
                raise LabError("shelf_full_shared", most=most)
            raise LabError("shelf_full", most=most, folder=str(self.folder))
        ticket = secrets.token_hex(16)
        self._partial(ticket).touch()
        return ticket

    def add(self, ticket: str, piece: str, most: int = LARGEST) -> None:
        """The next piece, in base 64, of a document of `most` bytes.

        Raises `LabError`: document_gone, document_too_large.
        """
        most = min(most, LARGEST)
        partial = self._partial(ticket)
        if not partial.is_file():
            raise LabError("document_gone")
        try:
            raw = base64.b64decode(piece, validate=True)
        except ValueError as error:
            raise LabError("document_gone") from error
        if len(raw) > PIECE or partial.stat().st_size + len(raw) > most:
            partial.unlink(missing_ok=True)
            raise LabError("document_too_large", most=most // 1_000_000)
        with partial.open("ab") as file:
            file.write(raw)

    def end(self, ticket: str, title: str, drop: str = "") -> Given:
        """The document is whole.

        title  its name, after those of the folders that it came in
        drop   what all that is given at once has in common: it lay beside these alone

        Raises `LabError`: document_gone, document_empty, paper_kind.
        """
        title = tidy(title)
        partial = self._partial(ticket)
        if not partial.is_file():
            raise LabError("document_gone")
        try:
            suffix = _suffix(title)
            sha, blank = _looked_at(partial)
            if blank:
                raise LabError("document_empty", title=title[:100])
        except LabError:
            partial.unlink(missing_ok=True)
            raise
        given = Given(PREFIX + sha, title, partial.stat().st_size, suffix)
        partial.replace(self.folder / f"{sha}{suffix}")
        before = read_card(self._card(sha)).get("places", [])
        places = [*dict.fromkeys([*before, *([f"{drop}/{title}"] if drop else [])])][-MOST:]
        write_atomically(self._card(sha), json.dumps({**asdict(given), "places": places}))
        return given

    def given(self, path: str) -> Given | None:
        """What is known of a document by its name in a recipe; `None` when it is not here."""
        sha = path.removeprefix(PREFIX)
        if not SHA.fullmatch(sha) or not (file := self._file(sha)).is_file():
            return None
        title = read_card(self._card(sha)).get("title", sha[:8])
        return Given(path, str(title), file.stat().st_size, file.suffix)

    def unused(self, used: Collection[str]) -> tuple[Given, ...]:
        """Documents whose hashes are not among those `used`."""
        kept = {file.stem for file in self.folder.glob("*") if SHA.fullmatch(file.stem)}
        found = (self.given(PREFIX + sha) for sha in sorted(kept.difference(used)))
        return tuple(one for one in found if one is not None)

    def clear(self, used: Collection[str]) -> tuple[Given, ...]:
        """Delete them for good; those that there were."""
        gone = self.unused(used)
        for one in gone:
            sha = one.path.removeprefix(PREFIX)
            self._file(sha).unlink(missing_ok=True)
            self._card(sha).unlink(missing_ok=True)
        return gone

    def titled(self, said: str) -> str:
        """What was said of files of the shelf, with their titles in the place of their names."""

        def title(found: re.Match[str]) -> str:
            given = self.given(PREFIX + found[1])
            return visible(given.title) if given else found[0]

        return NAMED.sub(title, said)

    def files(self, paths: Sequence[str], only: bool) -> tuple[str, ...]:
        """A recipe's paths as files of this machine.

        only  refuse whatever is not on the shelf: for a page that strangers can reach

        Raises `LabError`: document_gone, documents_only.
        """
        return tuple(self._found(path, only) for path in paths)

    def names(self, paths: Sequence[str]) -> tuple[str, ...]:
        """The other way round: files on the shelf by their name, others as they are."""
        lent = {str(folder): EXAMPLE + name for name, folder in examples().items()}
        return tuple(
            PREFIX + Path(path).stem if self._holds(Path(path)) else lent.get(path, path)
            for path in paths
        )

    def _found(self, path: str, only: bool) -> str:
        if path.startswith(EXAMPLE):
            if path.removeprefix(EXAMPLE) not in examples():
                raise LabError("document_gone")
            return str(examples()[path.removeprefix(EXAMPLE)])
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
        """Where a document lies, or would: its card knows of what kind it is."""
        suffix = str(read_card(self._card(sha)).get("suffix"))
        return self.folder / f"{sha}{suffix if suffix in _kinds() else '.txt'}"

    def _card(self, sha: str) -> Path:
        return self.folder / f"{sha}{CARD}"

    def _partial(self, ticket: str) -> Path:
        """Raises `LabError("document_gone")` for what is no ticket."""
        if not TICKET.fullmatch(ticket):
            raise LabError("document_gone")
        return self.folder / f"{ticket}.partial"


def examples() -> dict[str, Path]:
    """The folders of documents that ship with the lab, by language."""
    tried = {name: [ASSETS / "finetune" / name, ASSETS / "corpus" / name] for name in ("en", "fr")}
    return {name: next(f for f in of if f.is_dir()) for name, of in tried.items()}


@cache
def _kinds() -> frozenset[str]:
    from lab.documents.base import by_suffix

    return frozenset({*by_suffix(), *SUFFIXES, ".zip"} - {""})


def _suffix(title: str) -> str:
    """The end of a document’s name, .txt where it has none. Raises `LabError("paper_kind")`."""
    suffix = Path(title).suffix.lower()
    if not suffix:
        return ".txt"
    if suffix not in _kinds():
        raise LabError("paper_kind", name=title[:100], suffix=suffix[:20])
    return suffix


def _looked_at(file: Path) -> tuple[str, bool]:
    """(the hash of what a file holds, whether that is nothing but blanks)."""
    with file.open("rb") as raw:
        sha = hashlib.file_digest(raw, "sha256").hexdigest()
        raw.seek(0)
        return sha, not any(piece.strip() for piece in iter(lambda: raw.read(PIECE), b""))
