"""From files to tokens on the disk, held-out documents apart; made once for the same data.

What is made lies in the lab's own folder, under the hash of what it was made from: a run
goes on when the files themselves are gone.
"""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock

from lab.documents.store import Tokens, TokenWriter
from lab.documents.text import LARGEST, pieces, stream
from lab.documents.tokens import Count, write_text
from lab.recipe import Data
from lab.texts import ASSETS
from lab.training.folder import write_atomically
from lab.types import LabError

SUFFIXES = frozenset({".txt", ".md", ".rst", ".text", ".py", ".tex", ".csv", ".tsv", ".srt"})
OWN = ASSETS / "corpus"
VERSION = 3
"""Of what lies on the disk: what an earlier lab left is made anew."""
LEARNT = 20_000_000
"""Bytes of text a tokenizer is made from, about."""
HELD_OUT_SHARE = 0.05


@dataclass(frozen=True, slots=True)
class Document:
    """One text: where it came from, what it is, whether it is held out."""

    name: str
    sha256: str
    characters: int
    bytes: int
    held_out: bool


@dataclass(frozen=True, slots=True)
class Corpus:
    """Tokens ready to train on.

    tokenizer  a folder in the Hugging Face layout
    """

    folder: Path
    documents: tuple[Document, ...]
    train_tokens: int
    held_tokens: int

    @property
    def tokenizer(self) -> Path:
        return self.folder / "tokenizer"

    def tokens(self, held: bool) -> Tokens:
        """The documents of one side behind one another, read from the disk as they are needed."""
        return Tokens(_file(self.folder, held))

    def bytes(self, held: bool) -> int:
        return sum(d.bytes for d in self.documents if d.held_out == held)


def prepare(data: Data, home: Path, tokenizer: Any = None) -> Corpus:
    """Read, split, train the tokenizer and tokenise; at once when it has been done before.

    tokenizer  a fast one of transformers to use instead of one made from the text

    Raises `LabError`: no_such_path, no_text, text_too_short, held_out_unknown, all_held_out.
    """
    files = find(data)
    hashes = [_hash(file) for file in files]
    held = _held_out(files, hashes, data.held_out)
    folder = _place(hashes, data, home, tokenizer)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.with_suffix(".lock")):
        if not (folder / "corpus.json").exists():
            _make(folder, files, hashes, held, data, tokenizer)
    corpus = load(folder)
    if corpus.train_tokens <= data.length:
        raise LabError("text_too_short", tokens=corpus.train_tokens, length=data.length)
    return corpus


def made(data: Data, home: Path) -> Corpus | None:
    """What `prepare` made of the same data, if it has; nothing is computed but hashes.

    Raises as `find` does.
    """
    folder = _place([_hash(file) for file in find(data)], data, home)
    return load(folder) if (folder / "corpus.json").exists() else None


def find(data: Data) -> list[Path]:
    """Every text file the paths name, folders with all that is in them.

    Raises `LabError`: no_such_path, no_text.
    """
    return list(_times(data))


def _times(data: Data) -> dict[Path, int]:
    """Every file, and how often an epoch reads it: as the first path that holds it asks."""
    paths = [Path(p).expanduser() for p in data.paths] or [OWN / data.language]
    times: dict[Path, int] = {}
    for path, count in zip(paths, data.repeat or [1] * len(paths), strict=True):
        if not path.exists():
            raise LabError("no_such_path", path=str(path))
        inside = [path] if path.is_file() else [f for f in path.rglob("*") if _is_text(f)]
        for file in sorted(inside):
            times.setdefault(file, count)
    if not times:
        raise LabError("no_text", path=", ".join(map(str, paths))[:200])
    return times


def _is_text(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES and path.is_file()


def _make(
    folder: Path,
    files: Sequence[Path],
    hashes: Sequence[str],
    held: set[Path],
    data: Data,
    tokenizer: Any,
) -> None:
    """Into a folder beside, then given its name: half-made data is never taken for whole."""
    partial = folder.with_suffix(".partial")
    partial.mkdir(parents=True, exist_ok=True)
    times = _times(data)
    if tokenizer is None:
        tokenizer = _tokenizer([file for file in files if file not in held], data.vocabulary)
    tokenizer.save_pretrained(partial / "tokenizer")
    documents: list[Document] = []
    with (
        TokenWriter(_file(partial, held=False), len(tokenizer)) as train,
        TokenWriter(_file(partial, held=True), len(tokenizer)) as out,
    ):
        for file, sha in zip(files, hashes, strict=True):
            for start, stop, last in _cuts(file, file in held, alone=len(files) == 1):
                characters = sum(map(len, _span(file, start, stop)))
                if not any(run.strip() for run in _span(file, start, stop)):
                    continue
                for _ in range(1 if last else times[file]):
                    count, text = Count(), pieces(_span(file, start, stop))
                    write_text(out if last else train, len(documents), text, tokenizer, count)
                documents.append(Document(file.stem, sha, characters, count.bytes, last))
    if not documents:
        raise LabError("no_text", path=", ".join(map(str, data.paths))[:200])
    found = {
        "documents": [asdict(d) for d in documents],
        "train_tokens": train.tokens,
        "held_tokens": out.tokens,
    }
    write_atomically(partial / "corpus.json", json.dumps(found, indent=1, ensure_ascii=False))
    partial.rename(folder)


def _file(folder: Path, held: bool) -> Path:
    return folder / ("held.arrow" if held else "train.arrow")


def _place(hashes: Sequence[str], data: Data, home: Path, tokenizer: Any = None) -> Path:
    cut: object = data.vocabulary
    if tokenizer is not None:
        cut = [tokenizer.backend_tokenizer.to_str(), tokenizer.eos_token_id]
    what: list[object] = [VERSION, sorted(hashes), sorted(data.held_out), cut]
    if data.repeat:
        what.append(sorted(zip(hashes, _times(data).values(), strict=True)))
    return home / "corpora" / hashlib.sha256(json.dumps(what).encode()).hexdigest()[:24]


def load(folder: Path) -> Corpus:
    """What `prepare` left in a folder. Raises `ValueError` for what an earlier lab left there."""
    if not _file(folder, held=False).is_file():
        raise ValueError("made by an earlier lab")
    found = json.loads((folder / "corpus.json").read_text(encoding="utf-8"))
    documents = tuple(Document(**d) for d in found.pop("documents"))
    return Corpus(folder=folder, documents=documents, **found)


def _held_out(files: Sequence[Path], hashes: Sequence[str], named: Sequence[str]) -> set[Path]:
    """Whole documents: those named, with or without their ends or by their hashes, or about one
    in twenty, chosen by their hash.

    A single document is cut at its end instead.
    """
    by_hash = sorted(zip(hashes, files, strict=True))
    if not named:
        few = 0 if len(files) < 2 else max(1, round(HELD_OUT_SHARE * len(files)))
        return {file for _, file in by_hash[:few]}
    names = {file: {file.name, file.stem, sha} for sha, file in by_hash}
    if lost := set(named).difference(*names.values()):
        raise LabError("held_out_unknown", name=min(lost))
    held = {file for file in files if names[file] & set(named)}
    if len(held) == len(files):
        raise LabError("all_held_out")
    return held


def _tokenizer(files: Sequence[Path], vocabulary: int) -> Any:
    from lab.models.tokenizer import train_tokenizer

    return train_tokenizer(_sample(files), vocabulary)


def _sample(files: Sequence[Path]) -> Iterator[str]:
    """At most about LEARNT characters, evenly spread: more of them change no merge."""
    every = max(1, -(-sum(file.stat().st_size for file in files) // LEARNT))
    found = (piece for file in files for piece in pieces(stream(file)))
    return itertools.islice(found, 0, None, every)


def _cuts(file: Path, held: bool, alone: bool) -> list[tuple[int, int, bool]]:
    """(first character, the one behind the last, whether it is held out) of each part."""
    if not alone:
        return [(0, LARGEST, held)]
    at = int(sum(map(len, stream(file))) * (1 - HELD_OUT_SHARE))
    return [(0, at, held), (at, LARGEST, True)]


def _span(file: Path, start: int, stop: int) -> Iterator[str]:
    """The characters from `start` up to `stop` of a file."""
    at = 0
    for run in stream(file):
        if part := run[max(0, start - at) : max(0, stop - at)]:
            yield part
        at += len(run)


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
