"""Zips among what a person names: opened by the reading process, gone when all has been read."""

from __future__ import annotations

import contextlib
import os
import shutil
from dataclasses import replace
from pathlib import Path

from filelock import FileLock, Timeout

from lab.documents.base import refused, withheld
from lab.documents.find import Found, visible
from lab.documents.kept import error_from
from lab.documents.process import Process
from lab.types import LabError

ZIP = ".zip"


class Zips:
    """Within it, what was in a zip lies below `place`, under a lock: what no lock holds was left
    by a process that died."""

    def __init__(self, place: Path, process: Process) -> None:
        self.process = process
        self.folder = place / f"unpacked.{os.getpid()}.{id(self)}"
        self.lock = _lock(self.folder)

    def __enter__(self) -> Zips:
        for left in filter(Path.is_dir, self.folder.parent.glob("unpacked.*")):
            with contextlib.suppress(Timeout, OSError), _lock(left):
                _clear(left)
        return self

    def __exit__(self, *_: object) -> None:
        if self.lock.is_locked:
            _clear(self.folder)
            self.lock.release()

    def is_one(self, document: Found) -> bool:
        """Whether it is a zip, by the end of its name."""
        return document.why is None and document.file.suffix.lower() == ZIP

    def inside(self, document: Found) -> list[Found]:
        """What is in a zip, or the zip itself with the reason why not."""
        if self.folder in document.file.parents:
            why = refused("paper_zip_inside", name=document.name)
            return [replace(document, why=why)]
        into = self.folder / f"{len(list(self.folder.glob('*'))):05d}"
        try:
            self.folder.parent.mkdir(parents=True, exist_ok=True)
            if not self.lock.is_locked:
                self.lock.acquire()
            into.mkdir(parents=True)
            size = document.file.stat().st_size
            question = {"do": "unpack", "file": str(document.file.absolute()), "into": str(into)}
            said = self.process.ask(question, size)
            if "why" in said:
                raise error_from(said["why"])
        except OSError as error:
            return [_refused(document, withheld(error))]
        except LabError as error:
            return [_refused(document, error)]
        found = [
            Found(visible(f"{document.name}/{name}"), into / file, places=(into / name,))
            for name, file in said["files"]
        ]
        return found + [_refused(document, error_from(left)) for left in said["left"]]


def _lock(folder: Path) -> FileLock:
    return FileLock(folder.with_name(f"{folder.name}.lock"), timeout=0)


def _clear(folder: Path) -> None:
    """The folder and then its lock, which is held meanwhile."""
    shutil.rmtree(folder, ignore_errors=True)
    with contextlib.suppress(OSError):  # some systems let nobody remove what is open
        folder.with_name(f"{folder.name}.lock").unlink()


def _refused(document: Found, error: LabError) -> Found:
    why = LabError(error.key, **{**error.facts, "name": document.name})
    return replace(document, why=why)
