"""Source code, as it was written: nothing in it is mended, cut between its definitions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from lab.documents.base import Dropped, Reader, Section
from lab.documents.parts import Headings, parts
from lab.documents.readers._plain import checked


class Unmarked(Headings):
    """A text in which nothing is a heading."""

    def find(self, text: str) -> Iterator[object]:  # type: ignore[override]
        return iter(())


class Code(Reader):
    """Programs and their settings."""

    name: ClassVar[str] = "code"
    suffixes: ClassVar[tuple[str, ...]] = (
        ".py", ".pyi", ".js", ".mjs", ".jsx", ".ts", ".tsx", ".c", ".h", ".cc", ".cpp", ".hpp",
        ".java", ".kt", ".scala", ".cs", ".swift", ".rs", ".go", ".rb", ".php", ".pl", ".lua",
        ".r", ".jl", ".hs", ".ml", ".clj", ".ex", ".dart", ".sh", ".bash", ".zsh", ".ps1", ".bat",
        ".sql", ".css", ".scss", ".vue", ".toml", ".yaml", ".yml", ".ini", ".cfg", ".conf",
        ".xml", ".cmake", ".diff", ".patch",
    )  # fmt: skip
    plain: ClassVar[bool] = True
    verbatim: ClassVar[bool] = True

    def read(self, path: Path, dropped: Dropped) -> Iterator[Section]:
        return parts(checked(path, dropped), Unmarked())


READER = Code()
