"""Unpack a zip that nobody vouches for: bounded in every way, and under names of our own."""

from __future__ import annotations

import lzma
import stat
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from lab.documents.base import fact, refused
from lab.documents.find import is_hidden, visible

MOST = 20_000
"""Files in one zip."""
LARGEST = 500_000_000
"""Bytes of one file unpacked."""
TOTAL = 2_000_000_000
"""Bytes of all files unpacked together."""
TIGHTEST = 250
"""How many times larger than packed a file may be: text is some four times, a log some fifty."""
SMALL = 5_000_000
"""Bytes below which no file is a bomb, however tightly packed."""
BLOCK = 1 << 20
DAMAGED = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, NotImplementedError, ValueError,
    MemoryError, OSError,
)  # fmt: skip
"""What unpacking raises at a damaged entry. LZMA's header may ask for any amount of memory; bz2
raises an `OSError`, without the number that those of the system have."""


def unpack(file: Path, into: Path) -> dict[str, Any]:
    """Every file of the zip into the folder `into`, numbered there.

    Answers `files`, pairs of the name in the zip and the name on the disk, and `left`, what
    was left out, as errors in JSON.

    Raises `LabError`: paper_bomb, paper_encrypted, paper_broken, paper_many_inside.
    """
    work = _Unpacking(into)
    try:
        with zipfile.ZipFile(file) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            refuse_bomb(entries, file.stat().st_size)
            for entry in sorted(entries, key=lambda entry: entry.filename):
                work.take(archive, entry)
    except (zipfile.BadZipFile, EOFError, ValueError, NotImplementedError) as error:
        raise refused("paper_broken", why=fact(error)) from error
    return {"files": work.files, "left": work.left()}


def refuse_bomb(entries: list[zipfile.ZipInfo], size: int) -> None:
    """Refuse a zip that would burst, by what it says of itself.

    size  of the zip itself, in bytes

    Raises `LabError`: paper_many_inside, paper_bomb, paper_encrypted.
    """
    if len(entries) > MOST:
        facts: dict[str, str | int] = {"count": len(entries), "most": MOST}
        raise refused("paper_many_inside", **facts)
    if any(entry.flag_bits & 1 for entry in entries):
        raise refused("paper_encrypted")
    # Entries that share their packed bytes say more of them than there are.
    overlap = sum(entry.compress_size for entry in entries) > size
    tight = any(
        entry.file_size > max(SMALL, TIGHTEST * entry.compress_size) or entry.file_size > LARGEST
        for entry in entries
    )
    if overlap or tight or sum(entry.file_size for entry in entries) > TOTAL:
        raise refused("paper_bomb", most=TOTAL // 1_000_000)


@dataclass(slots=True)
class _Unpacking:
    into: Path
    files: list[tuple[str, str]] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)
    written: int = 0

    def take(self, archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
        """Unpack one entry, or say why not."""
        name = entry.filename.replace("\\", "/")
        parts = PurePosixPath(name).parts
        if stat.S_ISLNK(entry.external_attr >> 16):
            self.links.append(visible(name))
        elif not parts or name.startswith("/") or ".." in parts or ":" in parts[0]:
            self.outside.append(visible(name))
        elif any(is_hidden(part) for part in parts):
            self.hidden.append(visible(name))
        else:
            # Only the end of its name decides anything, and only letters of it are used.
            suffix = PurePosixPath(name).suffix
            suffix = suffix if suffix[1:].isascii() and suffix[1:].isalnum() else ""
            own = f"{len(self.files):06d}{suffix[:12]}"
            try:
                self._write(archive, entry, self.into / own)
                self.files.append((name, own))
            except DAMAGED as error:
                (self.into / own).unlink(missing_ok=True)
                if isinstance(error, OSError) and error.errno is not None:
                    raise
                self.damaged.append(visible(name))

    def _write(self, archive: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path) -> None:
        size = 0
        with archive.open(entry) as packed, target.open("xb") as out:
            while block := packed.read(BLOCK):
                size += len(block)
                self.written += len(block)
                # What an entry says of its size is only what it says.
                if size > LARGEST or self.written > TOTAL:
                    raise refused("paper_bomb", most=TOTAL // 1_000_000)
                out.write(block)

    def left(self) -> list[dict[str, Any]]:
        """What was left out, an error each kind."""
        kinds = {
            "papers_hidden": self.hidden,
            "papers_outside": self.outside,
            "papers_linked": self.links,
            "papers_damaged": self.damaged,
        }
        return [
            {"key": key, "facts": {"count": len(passed), "first": passed[0]}}
            for key, passed in kinds.items()
            if passed
        ]
