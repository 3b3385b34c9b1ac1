"""What whoever gave a document of the shelf calls it, and what lay beside it: its card says.

On the disk a document is called by its hash. The path that it had when it was given, in a folder
that was dropped, tells which licence is its own and which class a picture is of; nothing is ever
opened by it.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SHA = re.compile(r"[0-9a-f]{64}")
CARD = ".card"
"""The end of the name of a file beside each document: a kind that no document is of."""
LONGEST = 200
"""Characters of a path that are kept: the last, whole names as far as they go."""
MOST = 200
"""Places of one document that are remembered: one licence may lie in many folders."""
DRIVE = re.compile(r"[A-Za-z]:")


@dataclass(frozen=True, slots=True)
class Shelved:
    """title   a relative path, its folders before its name
    places  where it would lie if all that was given at once had been put into one folder"""

    title: str
    places: tuple[Path, ...]


def shelved(file: Path) -> Shelved | None:
    """What is known of a file of the shelf; `None` of any other."""
    if not SHA.fullmatch(file.stem):
        return None
    card = read_card(file.with_suffix(CARD))
    title, places = card.get("title"), card.get("places", [])
    if not isinstance(title, str) or not isinstance(places, list):
        return None
    return Shelved(tidy(title), tuple(_below(file.parent, str(one)) for one in places[-MOST:]))


def _below(folder: Path, place: str) -> Path:
    drop, _, title = place.partition("/")
    return folder / tidy(drop) / tidy(title)


def read_card(file: Path) -> dict[str, Any]:
    """What a card says; nothing where there is none."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def tidy(path: str) -> str:
    """A path made relative, that leads nowhere but down."""
    names = [name.strip() for name in re.split(r"[/\\\0]+", path)]
    kept = [name for name in names if name not in ("", ".", "..") and not DRIVE.fullmatch(name)]
    while len(kept) > 1 and len("/".join(kept)) > LONGEST:
        kept.pop(0)
    return "/".join(kept)[-LONGEST:]
