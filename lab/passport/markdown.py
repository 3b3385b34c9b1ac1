"""A passport as a model card: README.md as the hub reads it, and what a page saves.

Format: https://huggingface.co/docs/hub/model-cards.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from lab.passport.card import Card, Part, card
from lab.passport.facts import Passport
from lab.texts import say

LIBRARY = {"unet": "diffusers"}
"""What opens a model of some kind, where that is not transformers."""
ACTIVE = re.compile(r"[\\`*<>&|]|\](?=[(\[:])")
"""Characters that would begin markup, a link or HTML in what is meant as plain text."""
BARE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]*")
"""A word of YAML that needs no quotes, unless YAML takes it for something else."""
ODD = frozenset({"no", "yes", "on", "off", "true", "false", "null", "y", "n"})


def markdown(passport: Passport, language: str = "en") -> str:
    """The whole card, its metadata on top."""
    told = card(passport, language)
    lines = ["---", *_metadata(passport), "---", "", f"# {plain(told.title)}", ""]
    lines += [plain(told.lead), "", *_warnings(told, language)]
    for part in told.parts:
        lines += [f"## {part.title}", "", *_part(part), ""]
    return "\n".join(lines)


def plain(text: str) -> str:
    """Text that Markdown shows as it is."""
    return ACTIVE.sub(r"\\\g<0>", " ".join(text.split()))


def _metadata(passport: Passport) -> Iterator[str]:
    if passport.base is not None:
        yield f"base_model: {_yaml(passport.base.model)}"
    if passport.licence:
        yield f"license: {_yaml(passport.licence.lower())}"
    if passport.languages:
        yield f"language: [{', '.join(map(_yaml, passport.languages))}]"
    if passport.datasets:
        yield f"datasets: [{', '.join(map(_yaml, passport.datasets))}]"
    yield f"library_name: {LIBRARY.get(passport.kind, 'transformers')}"


def _yaml(value: str) -> str:
    """A text that YAML reads back as that text: JSON's strings are YAML's too."""
    bare = BARE.fullmatch(value) and value.lower() not in ODD and not re.match(r"[\d.]", value)
    return value if bare else json.dumps(value)


def _warnings(told: Card, language: str) -> Iterator[str]:
    if told.warnings:
        yield f"> **{say(language, 'passport.warnings')}**"
        yield ">"
        yield from (f"> - {plain(one)}" for one in told.warnings)
        yield ""


def _part(part: Part) -> Iterator[str]:
    yield from (f"- {plain(label)}: {plain(value)}" for label, value in part.facts)
    lines = list(part.lines)
    if part.strong and lines:
        yield f"**{plain(part.strong)}** {plain(lines.pop(0))}"
        yield ""
    yield from (f"- {plain(line)}" for line in lines)
    if part.code:
        yield from ("```sh", part.code.replace("```", "` ` `"), "```")
