"""What of a run is taken home through a browser: one file each, packed when it is asked for.

    python -m lab.training.parcel RUN_DIR whole --home HOME

It lies in RUN_DIR/home, and is packed anew once the run has gone on.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from lab.history import Parcel
from lab.training.aside import asked
from lab.training.folder import RunFolder
from lab.types import LabError

PARCELS = {"adapter": "adapter.zip", "whole": "whole-model.zip", "gguf": "model.gguf"}
"""What can be had, and the file it comes as."""


def packed(run: RunFolder, home: Path, what: str) -> Iterator[Parcel]:
    """Pack it, unless that has been done since the run last changed.

    Raises `LabError`: no_such_parcel, packing_failed, and as `lab.training.takehome` does.
    """
    if what not in PARCELS:
        raise LabError("no_such_parcel", what=what[:40])
    file = run.path / "home" / PARCELS[what]
    if not _fresh(file, run.model):
        module = "lab.training.parcel"
        asked("packing_failed", module, str(run.path), what, "--home", str(home))
    yield Parcel(file.name, file.stat().st_size)


def where(run: RunFolder, file: str) -> Path:
    """A file that was packed; nothing else of the run. Raises `LabError("no_such_parcel")`."""
    found = run.path / "home" / file
    if file not in PARCELS.values() or not found.is_file():
        raise LabError("no_such_parcel", what=file[:40])
    return found


def _fresh(file: Path, model: Path) -> bool:
    """Whether it was packed after all that lies in the model's folder, its card too."""
    if not file.is_file():
        return False
    newest = max((one.stat().st_mtime for one in model.iterdir()), default=0.0)
    return file.stat().st_mtime >= newest


def pack(run: RunFolder, home: Path, what: str) -> None:
    """Pack it now, in this very process."""
    from lab.training.takehome import as_gguf, merged

    folder = run.path / "home"
    folder.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".packing-") as room:
        made = Path(room) / PARCELS[what]
        if what == "gguf":
            as_gguf(run, home, made)
        elif what == "adapter":
            _zip(run.model, "adapter", made)
        else:
            merged(run, home, Path(room) / "whole")
            _zip(Path(room) / "whole", "whole-model", made)
        shutil.move(made, folder / made.name)


def _zip(folder: Path, name: str, target: Path) -> None:
    """A folder's files below one folder `name`. Weights hardly shrink: they are only stored."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                archive.write(file, f"{name}/{file.relative_to(folder).as_posix()}")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("what", choices=PARCELS)
    parser.add_argument("--home", type=Path, required=True)
    given = parser.parse_args(arguments)
    try:
        pack(RunFolder(given.run.absolute()), given.home, given.what)
        print(json.dumps({}))
    except LabError as error:
        print(json.dumps({"error": {"key": error.key, "facts": error.facts}}))


if __name__ == "__main__":
    main()
