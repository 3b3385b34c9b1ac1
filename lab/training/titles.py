"""Documents of the shelf called what their owner calls them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from lab.papers import Gallery, Readiness, Reading
from lab.types import LabError

Said = Reading | Readiness | Gallery


def titled(said: Said, title: Callable[[str], str]) -> Said:
    """What was said of documents or pictures by their files' names, said by their titles: each
    once, though two may have the same one."""
    if isinstance(said, Reading):
        return replace(said, name=title(said.name))
    if isinstance(said, Gallery):
        names = _once([photo.name for photo in said.photos], title)
        photos = tuple(
            replace(photo, name=names[photo.name], like=names.get(photo.like, ""),
                    why=photo.why and _with_facts(photo.why, title))
            for photo in said.photos
        )  # fmt: skip
        return replace(said, photos=photos)
    names = _once([paper.name for paper in said.papers], title)
    papers = tuple(
        replace(
            paper,
            name=names[paper.name],
            like=tuple(names[name] for name in paper.like),
            why=paper.why and _with_facts(paper.why, title),
        )
        for paper in said.papers
    )
    shares = tuple(replace(share, name=names[share.name]) for share in said.shares)
    return replace(said, papers=papers, shares=shares)


def _once(names: Sequence[str], title: Callable[[str], str]) -> dict[str, str]:
    found: dict[str, str] = {}
    taken: set[str] = set()
    for own in names:
        name = wanted = title(own)
        number = 1
        while name in taken:
            number += 1
            name = f"{wanted} ({number})"
        found[own] = name
        taken.add(name)
    return found


def _with_facts(error: LabError, title: Callable[[str], str]) -> LabError:
    facts = {k: title(v) if isinstance(v, str) else v for k, v in error.facts.items()}
    return LabError(error.key, **facts)
