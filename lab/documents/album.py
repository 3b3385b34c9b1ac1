"""From what a person names to pictures a model can learn from: read once, divided, kept.

They lie below HOME/datasets under the hash of what they were made from:

    pictures-<hash>/album.json   every picture that was named, with the reason where it was not read
                    pixels.npy   (n, H, W, 3) bytes of those that are learnt from or held out
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray

from lab.documents.base import withheld
from lab.documents.find import Found, find, visible
from lab.documents.kept import error_from, error_to
from lab.documents.process import Limits, Process
from lab.documents.reading import Told
from lab.documents.tidy import tidy, used
from lab.documents.zips import ZIP, Zips
from lab.papers import Photo
from lab.pictures import SUFFIXES
from lab.types import LabError

VERSION = 1
"""Of the reading: raised whenever it would make other pixels of a picture."""
FEWEST = 8
"""Pictures that can be read, below which a model learns them by heart or nothing."""
MOST, ROOM = 10_000, 200_000_000
"""Pictures that are read at most, and bytes they may take together once they are small."""
HELD_OUT, FEWEST_HELD, MOST_HELD = 0.15, 3, 200
"""Share of them held out where nobody names what is, and how many at least and at most."""
ALIKE = 0.04
"""Difference, of the whole range of a colour, up to which two small pictures are one."""
COARSE = 16
"""Pixels a side at which they are compared."""
AT_ONCE = 256
"""Pictures compared with all others at once: what that takes stays below 20 MB."""
Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Album:
    """Pictures made ready. `of` gives the pixels of either side, and whose they are."""

    folder: Path
    photos: tuple[Photo, ...]

    def side(self, side: str) -> tuple[Photo, ...]:
        return tuple(photo for photo in self.photos if photo.side == side)

    def pixels(self, side: str) -> Pixels:
        """(n, H, W, 3) of those on a side, in the order of `side`."""
        kept = [photo.side for photo in self.photos if photo.side in ("learnt", "held")]
        every: Pixels = np.load(self.folder / "pixels.npy", mmap_mode="r", allow_pickle=False)
        return np.asarray(every[[i for i, own in enumerate(kept) if own == side]])


def prepare(
    paths: Sequence[Path],
    home: Path,
    size: tuple[int, int],
    held_out: Sequence[str] = (),
    tell: Told | None = None,
    limits: Limits | None = None,
) -> Album:
    """Every picture the paths name, cut and scaled to `size`; at once when it was done before.

    One that cannot be read has a reason in place of pixels; nothing is raised for it.

    What `tell` raises ends the reading.
    """
    home = home.absolute()
    tidy(home)
    process = Process(home / "papers" / "log.txt", limits or Limits())
    with process, Zips(home / "papers", process) as zips:
        found = _found(paths, zips, size)
        folder = _place(found, home, size, held_out)
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(folder.with_suffix(".lock")):
            if not (folder / "album.json").exists():
                photos, pixels = _read(found, process, size, tell)
                _keep(folder, _divided(photos, pixels, held_out), pixels)
    return load(folder)


def require_enough(album: Album, paths: Sequence[str]) -> None:
    """Raises `LabError`: no_pictures, too_few_pictures."""
    many = sum(photo.side in ("learnt", "held") for photo in album.photos)
    if not many:
        raise LabError("no_pictures", path=visible(", ".join(paths)))
    if many < FEWEST or not album.side("learnt"):
        raise LabError("too_few_pictures", count=many, need=FEWEST)


def load(folder: Path) -> Album:
    """What `prepare` left in a folder. Raises `OSError` or `ValueError` where there is none."""
    file = folder / "album.json"
    told: list[dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))
    used(file)
    whys = [None if one["why"] is None else error_from(one["why"]) for one in told]
    photos = (Photo(**{**one, "why": why}) for one, why in zip(told, whys, strict=True))
    return Album(folder, tuple(photos))


# -- finding ----------------------------------------------------------------------------


def _found(paths: Sequence[Path], zips: Zips, size: tuple[int, int]) -> list[tuple[Found, Photo]]:
    """Every file, zips gone into, with what is known of it before it is opened."""
    files: list[Found] = []
    waiting = find(paths)[::-1]
    while waiting:
        document = waiting.pop()
        if zips.is_one(document):
            waiting += zips.inside(document)[::-1]
        else:
            files.append(document)
    most = min(MOST, ROOM // (3 * size[0] * size[1]))
    found: list[tuple[Found, Photo]] = []
    names: Counter[str] = Counter()
    readable = 0
    for file in files:
        photo = _known(file)
        names[file.name] += 1
        if names[file.name] > 1:
            photo = replace(photo, name=f"{file.name} ({names[file.name]})")
        readable += photo.why is None
        if readable > most and photo.why is None:
            # Said once, of the first: those behind it are as many as there may be.
            found.append((file, replace(photo, why=LabError("too_many_pictures", most=most))))
            break
        found.append((file, photo))
    return found


def _known(file: Found) -> Photo:
    photo = Photo(file.name, group=_group(file.title or file.name), why=file.why)
    if file.why is not None:
        return photo
    if file.file.suffix.lower() not in SUFFIXES:
        why = LabError("picture_kind", suffix=visible(file.file.suffix) or "?")
        return replace(photo, why=why)
    try:
        with file.file.open("rb") as raw:
            sha256 = hashlib.file_digest(raw, "sha256").hexdigest()
        return replace(photo, sha256=sha256, bytes=file.file.stat().st_size)
    except OSError as error:
        why = withheld(error)
        return replace(photo, why=LabError(why.key, **{**why.facts, "name": file.name}))


def _group(name: str) -> str:
    """The folder that a picture lies in, by its name; a zip is none."""
    above = PurePosixPath(name).parent.name
    return "" if above.lower().endswith(ZIP) else above


def _place(
    found: Sequence[tuple[Found, Photo]], home: Path, size: tuple[int, int], held_out: Sequence[str]
) -> Path:
    known = [
        (p.name, p.sha256, p.group, None if p.why is None else error_to(p.why)) for _, p in found
    ]
    made_of = json.dumps([VERSION, size, sorted(held_out), known])
    return home / "datasets" / f"pictures-{hashlib.sha256(made_of.encode()).hexdigest()[:24]}"


# -- reading ----------------------------------------------------------------------------


def _read(
    found: Sequence[tuple[Found, Photo]], process: Process, size: tuple[int, int], tell: Told | None
) -> tuple[list[Photo], Pixels]:
    """(every picture, its side still open, the pixels of those that were read).

    Raises `LabError("paper_machine")`: what this machine could not do is not kept of a picture.
    """
    photos: list[Photo] = []
    pixels: list[Pixels] = []
    for number, (file, photo) in enumerate(found):
        if tell is not None:
            tell(number, len(found), photo.name)
        try:
            if photo.why is not None:
                raise photo.why
            question = {"do": "picture", "file": str(file.file.absolute()), "size": size}
            said = process.ask(question, photo.bytes)
            if "why" in said:
                raise error_from(said["why"])
            width, height = said["size"]
            photos.append(replace(photo, width=width, height=height))
            small = np.frombuffer(base64.b64decode(said["pixels"]), np.uint8)
            pixels.append(small.reshape(size[1], size[0], 3))
        except LabError as error:
            facts = {**error.facts, "name": photo.name} if "name" in error.facts else error.facts
            why = LabError(error.key, **facts)
            if why.key == "paper_machine":
                raise why from error
            photos.append(replace(photo, why=why))
    nothing = np.zeros((0, size[1], size[0], 3), np.uint8)
    return photos, np.stack(pixels) if pixels else nothing


def _divided(photos: Sequence[Photo], pixels: Pixels, held_out: Sequence[str]) -> list[Photo]:
    """Copies left out, and about a seventh of the others held out, chosen by their hash."""
    read = [i for i, photo in enumerate(photos) if photo.why is None]
    like = alike(pixels)
    sides: dict[int, Photo] = {}
    own = []
    for place, i in enumerate(read):
        if (first := like[place]) is not None:
            sides[i] = replace(photos[i], side="copy", like=photos[read[first]].name)
        else:
            own.append(i)
    named = {i for i in own if {photos[i].name, photos[i].sha256} & {*held_out}}
    many = min(MOST_HELD, max(FEWEST_HELD, round(HELD_OUT * len(own))))
    by_hash = sorted(own, key=lambda i: hashlib.sha256(photos[i].sha256.encode()).digest())
    held = named or set(by_hash[:many])
    for i in own:
        sides[i] = replace(photos[i], side="held" if i in held else "learnt")
    return [sides.get(i, photo) for i, photo in enumerate(photos)]


def alike(pixels: Pixels) -> list[int | None]:
    """For each picture the first one that it is a copy of, as it lies or mirrored, if any.

    The root of the mean squared difference, coarsely seen, of the whole range: a picture scaled,
    compressed again or saved in another format stays below `ALIKE`.
    """
    looks, mirrored = coarse(pixels), coarse(pixels[:, :, ::-1])
    lengths = np.square(looks).sum(1)
    near = ALIKE**2 * looks.shape[1]
    first = list(range(len(looks)))
    for begin in range(0, len(looks), AT_ONCE):
        some = slice(begin, begin + AT_ONCE)
        said = np.maximum(looks[some] @ looks.T, mirrored[some] @ looks.T)
        gaps = lengths[some, None] + lengths - 2 * said  # |a - b|² = |a|² + |b|² - 2 ab
        for i, row in enumerate(gaps, start=begin):
            if (close := np.flatnonzero(row[:i] < near)).size:
                first[i] = first[int(close[0])]
    return [None if own == i else own for i, own in enumerate(first)]


def coarse(pixels: Pixels) -> NDArray[np.float32]:
    """(n, d) numbers from 0 to 1: pictures of at most about COARSE pixels a side, laid flat."""
    many, height, width, _ = pixels.shape
    step = max(1, min(height, width) // COARSE)
    high, wide = height // step, width // step
    blocks = pixels[:, : high * step, : wide * step].reshape(many, high, step, wide, step, 3)
    flat = blocks.mean((2, 4), dtype=np.float32).reshape(many, high * wide * 3)
    return np.asarray(flat / 255, np.float32)


def _keep(folder: Path, photos: Sequence[Photo], pixels: Pixels) -> None:
    """Into a folder beside, then given its name: half an album is never taken for a whole one."""
    partial = folder.with_suffix(".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    read = [photo for photo in photos if photo.why is None]
    own = [i for i, photo in enumerate(read) if photo.side != "copy"]
    np.save(partial / "pixels.npy", pixels[own], allow_pickle=False)
    told = [asdict(replace(photo, why=None)) for photo in photos]
    for one, photo in zip(told, photos, strict=True):
        one["why"] = None if photo.why is None else error_to(photo.why)
    (partial / "album.json").write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
    os.replace(partial, folder)
