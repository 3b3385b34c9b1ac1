"""From what a person names to the files there are: folders walked, names made visible."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lab.documents.base import withheld
from lab.documents.shelved import shelved
from lab.types import LabError

MOST = 50_000
"""Files taken from one folder at most."""
DEEPEST = 60
"""Folders within one another that are gone down."""
JUNK = frozenset({"__MACOSX", "__pycache__", "node_modules", "Thumbs.db", "desktop.ini"})
"""Names that systems and tools leave behind: hidden for all they tell."""
LONGEST = 200
"""Characters of a name that is shown."""


@dataclass(frozen=True, slots=True)
class Found:
    """A file, or something that was left out: `why` then says so.

    name    what it is called on the page: odd characters visible
    places  where it would lie if the zip it came in had been unpacked by hand, or where it lay when
            it was given through the page
    title   what whoever gave it through the page calls it, its folders with it
    """

    name: str
    file: Path
    why: LabError | None = None
    places: tuple[Path, ...] = ()
    title: str = ""


@dataclass(slots=True)
class _Walk:
    """One folder being walked, and what was passed by."""

    root: Path
    files: int = 0
    hidden: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    special: list[str] = field(default_factory=list)
    deep: list[str] = field(default_factory=list)
    more: list[str] = field(default_factory=list)


def find(paths: Sequence[Path]) -> list[Found]:
    """Every file the paths name, folders with all that is in them, in a fixed order.

    Nothing is raised for what is missing or left out: it is found with the reason why.
    """
    found: list[Found] = []
    for path in (Path(p).expanduser() for p in paths):
        name = visible(path.name or str(path))
        if path.is_dir():
            found += _within(path)
        elif path.is_file():
            found.append(_given(name, path))
        elif os.path.lexists(path) and not path.is_symlink():
            found.append(Found(name, path, LabError("paper_special", name=name)))
        else:
            found.append(Found(name, path, LabError("no_such_path", path=visible(str(path)))))
    return found


def _given(name: str, file: Path) -> Found:
    known = shelved(file)
    if known is None:
        return Found(name, file)
    return Found(name, file, places=known.places, title=visible(known.title))


def _within(root: Path) -> list[Found]:
    """A folder's files, then a sentence for each kind of thing that was left out."""
    walk = _Walk(Path(os.path.realpath(root)))
    found = list(_files(walk.root, walk, 0))
    name = visible(root.resolve().name) + "/"
    for key, passed in (
        ("papers_hidden", walk.hidden),
        ("papers_linked", walk.links),
        ("papers_special", walk.special),
        ("papers_deep", walk.deep),
        ("papers_many", walk.more),
    ):
        if passed:
            facts: dict[str, str | int] = {"name": name, "count": len(passed), "first": passed[0]}
            found.append(Found(name, root, LabError(key, most=MOST, **facts)))
    return found


def _files(folder: Path, walk: _Walk, depth: int) -> Iterator[Found]:
    try:
        with os.scandir(folder) as entries:
            here = sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        name = _name(folder, walk)
        why = withheld(error)
        yield Found(name, folder, LabError(why.key, **{**why.facts, "name": name}))
        return
    for entry in here:
        path = Path(entry.path)
        if is_hidden(entry.name):
            walk.hidden.append(_name(path, walk))
        elif entry.is_symlink():
            # What a link inside shows is met at its own place.
            if not Path(os.path.realpath(path)).is_relative_to(walk.root):
                walk.links.append(_name(path, walk))
        elif entry.is_dir(follow_symlinks=False):
            if depth < DEEPEST:
                yield from _files(path, walk, depth + 1)
            else:
                walk.deep.append(_name(path, walk))
        elif not entry.is_file(follow_symlinks=False):
            walk.special.append(_name(path, walk))
        elif walk.files < MOST:
            walk.files += 1
            yield Found(_name(path, walk), path)
        else:
            walk.more.append(_name(path, walk))


def is_hidden(name: str) -> bool:
    """Whether a file or folder is not meant to be seen."""
    return name.startswith((".", "~$")) or name in JUNK


def _name(path: Path, walk: _Walk) -> str:
    return visible(path.relative_to(walk.root).as_posix())


def visible(name: str) -> str:
    """A name as it may be shown: line ends, controls and marks of direction written out."""
    if not name.isprintable():
        name = "".join(c if c.isprintable() or c in "\u00a0\u202f" else _escaped(c) for c in name)
    return name if len(name) <= LONGEST else f"{name[: LONGEST // 2]}…{name[-LONGEST // 2 :]}"


def _escaped(letter: str) -> str:
    return letter.encode("unicode_escape").decode("ascii")
