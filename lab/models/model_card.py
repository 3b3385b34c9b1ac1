"""What a README.md, on the hub or in a folder, declares of its model: its front matter alone.

Whoever wrote it is a stranger: little of it is read, every value stays the plain text it is
(YAML's other types would make `no`, Norwegian, a falsehood), and what is off counts as not said.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MOST_BYTES = 64 * 1024
"""Of the file, from its beginning. The longest front matters list some hundred languages."""
LONGEST = 200
"""Characters of one value."""
MOST_VALUES = 200
DEEPEST = 8
"""Lists and mappings in one another; PyYAML takes a minute for some thousands of them."""
FENCE = "---"


@dataclass(frozen=True, slots=True)
class ModelCard:
    """The metadata of a model card (huggingface.co/docs/hub/model-cards), "" or empty where unsaid.

    licence  its identifier; for the identifier "other", the name the author gives it
    """

    licence: str = ""
    languages: tuple[str, ...] = ()
    datasets: tuple[str, ...] = ()
    base: tuple[str, ...] = ()


def read_card(path: Path) -> ModelCard:
    """The front matter of a README.md; nothing said where there is none that can be read."""
    found = _parsed(_front_matter(path))
    licence = _first(found.get("license"))
    if licence.lower() == "other":
        licence = _first(found.get("license_name")) or licence
    return ModelCard(
        licence=licence,
        languages=_texts(found.get("language")),
        datasets=_texts(found.get("datasets")),
        base=_texts(found.get("base_model")),
    )


def plain(value: object) -> str:
    """A stranger's value as one line of text, without characters that steer a terminal or turn
    the direction of reading; "" for what is no text."""
    if not isinstance(value, str):
        return ""
    line = " ".join(value[: 4 * LONGEST].split())
    return "".join(c for c in line if c.isprintable())[:LONGEST]


def _front_matter(path: Path) -> str:
    """What stands between the first two fences; "" where the file begins otherwise."""
    try:
        with path.open("rb") as file:
            text = file.read(MOST_BYTES).decode("utf-8", "replace").lstrip("\ufeff")
    except OSError:
        return ""
    first, *lines = text.splitlines() or [""]
    fences = [i for i, line in enumerate(lines) if line.rstrip() == FENCE]
    return "\n".join(lines[: fences[0]]) if first.rstrip() == FENCE and fences else ""


def _parsed(text: str) -> dict[str, Any]:
    """Texts, lists and mappings alone; without aliases nothing grows beyond what is written."""
    import yaml

    try:
        if not _plain_enough(yaml.parse(text, Loader=yaml.BaseLoader)):
            return {}
        found = yaml.load(text, Loader=yaml.BaseLoader)
    except (yaml.YAMLError, ValueError, TypeError):
        return {}
    return found if isinstance(found, dict) else {}


def _plain_enough(events: Iterable[Any]) -> bool:
    """Whether there is no alias and no deep nest; the first of either ends the reading."""
    import yaml

    depth = 0
    for event in events:
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if isinstance(event, yaml.AliasEvent) or depth > DEEPEST:
            return False
    return True


def _texts(value: object) -> tuple[str, ...]:
    """One text or a list of them; what is no text is left out."""
    many: Iterable[object] = value if isinstance(value, list) else [value]
    found = [text for one in many if (text := plain(one))]
    return tuple(dict.fromkeys(found))[:MOST_VALUES]


def _first(value: object) -> str:
    return next(iter(_texts(value)), "")
