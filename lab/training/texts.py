"""The texts a run learnt from, as they lie on this machine, and those that came with the lab."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from lab.documents import dataset as datasets
from lab.documents.kept import SECTIONS, Text, place, sections
from lab.documents.nearest import passages
from lab.documents.reading import read_all
from lab.documents.split import split
from lab.papers import Passage
from lab.recipe import Data
from lab.texts import LANGUAGES
from lab.training import corpus as corpora
from lab.training.folder import RunFolder
from lab.training.shelf import EXAMPLE, Shelf, examples
from lab.types import LabError

OWN = "own:"
"""Before a language: the lab's own texts, which a run reads that names no others."""


def lent(name: str) -> Path | None:
    """The folder of texts that ship with the lab; `None` for any other name.

    Raises `LabError("no_such_run")` for a language that has none.
    """
    for before, folder in ((OWN, lambda code: corpora.OWN / code), (EXAMPLE, examples().get)):
        if name.startswith(before):
            code = name.removeprefix(before)
            found: Path | None = folder(code) if code in LANGUAGES else None
            if found is None:
                raise LabError("no_such_run", run=name[:100])
            return found
    return None


def of_folder(folder: Path, home: Path) -> Iterator[Passage]:
    """Every passage of the texts in a folder."""
    for text in read_all([folder], home):
        yield from passages(text.paper.name, sections(text.file))


def learnt(run: RunFolder, shelf: Shelf, home: Path) -> Iterator[Passage]:
    """The passages that a run learnt from: nothing of what was held out.

    What was read for it is kept, so that it can be looked through when the documents are gone.
    Raises `LabError`: near_pictures, near_elsewhere, near_gone.
    """
    recipe = run.recipe
    if recipe.objective == "image":
        raise LabError("near_pictures")
    if any("source" in one for one in run.about.get("sources", ())):
        raise LabError("near_elsewhere", run=run.name)
    data = recipe.data.model_copy(update={"paths": _files(recipe.data, shelf)})
    found = _apart(run, data, home) if data.apart else _running(run, data, home)
    first = next(found, None)
    if first is None:
        raise LabError("near_gone", run=run.name)
    yield first
    yield from found


def _files(data: Data, shelf: Shelf) -> tuple[str, ...]:
    try:
        return shelf.files(data.paths, only=False)
    except LabError:  # of what is gone, the text may be left
        return data.paths


def _apart(run: RunFolder, data: Data, home: Path) -> Iterator[Passage]:
    """Documents read each for itself, divided as they were for the training."""
    texts = _kept(run, home) or read_all([Path(p) for p in data.paths or _own(data)], home)
    try:
        parts = split(texts, datasets.HELD_OUT, data.held_out).train
    except LabError:  # a document that was held out by its name is gone
        return
    for part in parts:
        yield from passages(part.text.paper.name, part.sections())


def _kept(run: RunFolder, home: Path) -> list[Text]:
    """The texts as the run read them; none where the lab's folder was tidied meanwhile."""
    try:
        dataset = datasets.load(Path(json.loads((run.path / "data.json").read_text())["folder"]))
    except (OSError, ValueError, KeyError, TypeError):
        return []
    read = [paper for paper in dataset.papers if paper.why is None]
    texts = [Text(paper, place(home, paper.sha256, paper.kind) / SECTIONS) for paper in read]
    return texts if all(text.file.is_file() for text in texts) else []


def _running(run: RunFolder, data: Data, home: Path) -> Iterator[Passage]:
    """Texts that run on, whole ones held out by what they hold."""
    about = run.about.get("sources", ())
    learns = {one["sha256"] for one in about if "sha256" in one and not one.get("held_out")}
    for text in read_all([Path(p) for p in data.paths or _own(data)], home):
        if text.paper.sha256 in learns:
            yield from passages(text.paper.name, sections(text.file))


def _own(data: Data) -> list[str]:
    return [str(corpora.OWN / data.language)]
