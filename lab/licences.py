"""What licences ask, by families, and whether those of a base and of documents can stand together.

A comparison, no legal advice. Whether a model is an adaptation of what it has read is settled
nowhere; this takes it for one, and asks whether it could then be passed on.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import permutations
from typing import Any, Literal

from lab.types import Fact

Answer = Literal["clear", "conflict", "unclear"]
OWN, FREE, RESERVED = "own", "public-domain", "all-rights-reserved"
CHOICES = (
    *(OWN, FREE, "CC-BY-4.0", "CC-BY-SA-4.0", "CC-BY-NC-4.0", "CC-BY-NC-SA-4.0", "CC-BY-ND-4.0"),
    *("CC-BY-NC-ND-4.0", "MIT", "Apache-2.0", "GPL-3.0", RESERVED),
)
"""Those a person is offered; any other may be typed."""
LONGEST = 80
"""Characters of a name."""

FAMILIES: tuple[tuple[str, str], ...] = (
    (f"{OWN} {FREE} CC0* Unlicense PDDL* 0BSD WTFPL", ""),
    ("MIT MIT-0 BSD-* Apache-* ISC Zlib BSL-1.0 PSF-* CDLA-Permissive*", "notice"),
    ("CC-BY-[0-9]* ODC-By* etalab-* OGL-*", "attribution"),
    ("CC-BY-SA-* ODbL-* GFDL-* CDLA-Sharing*", "attribution share_alike"),
    ("GPL-* LGPL-* AGPL-* MPL-* EUPL-*", "notice share_alike"),
    ("CC-BY-NC-[0-9]*", "attribution non_commercial"),
    ("CC-BY-NC-SA-*", "attribution non_commercial share_alike"),
    ("CC-BY-ND-*", "attribution no_derivatives"),
    ("CC-BY-NC-ND-*", "attribution non_commercial no_derivatives"),
    ("llama-[234]* llama[234]* gemma *openrail* *-rail-* deepseek", "notice use_limits"),
    ("MRL* MNPL* mistral-research*", "non_commercial use_limits"),
    (RESERVED, "reserved"),
)
"""Names of licences, as SPDX or the hub writes them, and what their family asks of whoever passes
on what was made of their works; the rest of a name where a star stands."""
TOGETHER = (("CC-BY-SA", "GPL"), ("LGPL", "GPL"), ("MPL", "GPL"), ("GPL", "AGPL"), ("LGPL", "AGPL"))
"""Share-alike licences of which the first may be passed on under the second."""

SAID: tuple[tuple[str, str], ...] = (
    (r"creativecommons\.org/publicdomain/zero|CC0|CC.Zero", "CC0-1.0"),
    (r"creativecommons\.org/publicdomain/mark|public[ -]domain|domaine public", FREE),
    (r"Apache (?:Software )?License,?\s+(?:Version )?2", "Apache-2.0"),
    (r"\bMIT Licen[sc]e|opensource\.org/licenses?/MIT", "MIT"),
    (r"GNU AFFERO GENERAL PUBLIC LICENSE", "AGPL-3.0"),
    (r"GNU LESSER GENERAL PUBLIC LICENSE", "LGPL-3.0"),
    (r"GNU GENERAL PUBLIC LICENSE\s+Version 2", "GPL-2.0"),
    (r"GNU GENERAL PUBLIC LICENSE|gnu\.org/licenses/gpl", "GPL-3.0"),
    (r"Mozilla Public License", "MPL-2.0"),
    (r"Licence Ouverte|Open Licen[cs]e Etalab", "etalab-2.0"),
    (r"BSD 2-Clause", "BSD-2-Clause"),
    (r"BSD 3-Clause|Redistribution and use in source and binary forms", "BSD-3-Clause"),
    (r"all rights reserved|tous droits r[ée]serv[ée]s", RESERVED),
)
"""Words of a licence's text, or of a notice, and the name it goes by; the first that fits."""
COMMONS = re.compile(
    r"creativecommons\.org/licenses/(?P<code>[a-z-]+)/(?P<at>[\d.]+)"
    r"|\bCC[ -](?P<short>BY(?:[ -](?:NC|ND|SA))*)[ -](?P<of>\d\.\d)"
    r"|Creative Commons (?P<long>Attribution[\w -]*?),? (?P<version>\d\.\d)",
    re.IGNORECASE,
)
WORDS = {"attribution": "BY", "noncommercial": "NC", "noderivatives": "ND", "noderivs": "ND"} | {
    "sharealike": "SA"
}


@dataclass(frozen=True, slots=True)
class Ground:
    """Why: a key of the texts' section `rights`, and its facts."""

    key: str
    facts: Mapping[str, Fact]


@dataclass(frozen=True, slots=True)
class Rights:
    """What the licences come to.

    answer     clear: no conflict is known; conflict; unclear: it cannot be told
    base       the licence of the base; "" where none is known
    documents  those of the documents, the most frequent first; "" for those that state none
    grounds    why, and what the licences ask
    """

    answer: Answer
    base: str
    documents: tuple[str, ...]
    grounds: tuple[Ground, ...]


def rights_of(found: Mapping[str, Any] | None) -> Rights | None:
    """The same from its JSON. Raises `KeyError` or `TypeError` for what is none."""
    if found is None:
        return None
    grounds = tuple(Ground(**one) for one in found["grounds"])
    return Rights(found["answer"], found["base"], tuple(found["documents"]), grounds)


def named(said: str) -> str:
    """A licence by its usual name, from what a document, a page or a person says of it.

    What is not recognised stays as it was said, cut to `LONGEST` characters.
    """
    said = " ".join(said.split())
    if asks(said) is not None:
        return next((name for name in CHOICES if name.lower() == said.lower()), said[:LONGEST])
    if commons := COMMONS.search(said):
        return _commons(commons)
    for pattern, name in SAID:
        if re.search(pattern, said, re.IGNORECASE):
            return name
    return said[:LONGEST]


def asks(licence: str) -> frozenset[str] | None:
    """What a licence asks, by its family; `None` where nothing is known of it."""
    if " " in licence:  # a sentence, or a choice between several
        return None
    for names, found in FAMILIES:
        if any(fnmatchcase(licence.lower(), name.lower()) for name in names.split()):
            return frozenset(found.split())
    return None


def check(base: str, stated: str, found: Iterable[str]) -> Rights:
    """Whether what is made of a base and of documents could be passed on.

    stated  what the person says of their documents
    found   what each document says of itself, "" where it says nothing: that goes first
    """
    base = named(base)
    many = Counter(named(own or stated) for own in found) or Counter([named(stated)])
    documents = tuple(name for name, _ in many.most_common())
    every = tuple(dict.fromkeys(filter(None, (base, *documents))))
    clashes = [*_alone(every), *_clashes(every)]
    unknown = [Ground("unknown", {"licence": one}) for one in every if asks(one) is None]
    if not base:
        unknown.append(Ground("base_unstated", {}))
    if "" in many:
        unknown.append(Ground("documents_unstated", {"count": many[""]}))
    answer: Answer = "conflict" if clashes else "unclear" if unknown else "clear"
    return Rights(answer, base, documents, (*clashes, *unknown, *_duties(every)))


def _alone(every: tuple[str, ...]) -> list[Ground]:
    """Licences that let nothing made of theirs be passed on."""
    return [
        Ground(ask, {"licence": one})
        for one in every
        for ask in ("no_derivatives", "reserved")
        if ask in (asks(one) or ())
    ]


def _clashes(every: tuple[str, ...]) -> list[Ground]:
    """Pairs of which one wants its own terms for the whole, and the other wants more or others."""
    found: dict[frozenset[str], Ground] = {}
    for one, other in permutations(every, 2):
        wants, adds = asks(one), asks(other)
        if wants is None or adds is None or "share_alike" not in wants:
            continue
        facts = {"licence": one, "other": other}
        if (adds - wants) & {"non_commercial", "use_limits"}:
            found.setdefault(frozenset((one, other)), Ground("same_terms", facts))
        elif "share_alike" in adds and not _together(one, other):
            found.setdefault(frozenset((one, other)), Ground("two_terms", facts))
        elif one.upper() in {"GPL-2.0", "GPL-2.0-ONLY"} and other.upper() == "APACHE-2.0":
            found.setdefault(frozenset((one, other)), Ground("same_terms", facts))
    return list(found.values())


def _together(one: str, other: str) -> bool:
    roots = [re.sub(r"-\d.*", "", name).upper() for name in (one, other)]
    return roots[0] == roots[1] or any(tuple(pair) in TOGETHER for pair in (roots, roots[::-1]))


def _duties(every: tuple[str, ...]) -> list[Ground]:
    """What to keep to whoever passes it on."""
    told = ("notice", "attribution", "share_alike", "non_commercial", "use_limits")
    return [
        Ground(f"asks_{ask}", {"licence": ", ".join(those)})
        for ask in told
        if (those := [one for one in every if ask in (asks(one) or ())])
    ]


def _commons(found: re.Match[str]) -> str:
    """CC-BY-NC-SA-4.0 from an address, a short name or a long one."""
    if long := found["long"]:
        joined = re.sub(r"\b(non?|share)[ -]", r"\1", long.lower())
        words = re.split(r"[ -]+", joined)
        parts = [WORDS[word] for word in words if word in WORDS]
    else:
        parts = re.split(r"[ -]", (found["code"] or found["short"]).upper())
    version = found["at"] or found["of"] or found["version"]
    return "-".join(["CC", *dict.fromkeys(parts), version])
