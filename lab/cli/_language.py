"""Which language the command line speaks: --lang, else the system's."""

from __future__ import annotations

import locale
import os

from lab.texts import LANGUAGES, say
from lab.types import LabError

VARIABLES = ("PRETEXT_LANG", "LC_ALL", "LC_MESSAGES", "LANG")


def language() -> str:
    """The first language that the environment names; English where it names none of ours."""
    named = next((os.environ[name] for name in VARIABLES if os.environ.get(name)), "")
    wanted = (named or locale.getlocale()[0] or "").lower()
    # "fr_FR.UTF-8" on Unix, "French_France" on Windows: both begin alike.
    return next((code for code in LANGUAGES if wanted.startswith(code)), LANGUAGES[0])


def ask_for_language(words: list[str]) -> list[str]:
    """The arguments without --lang, which may stand anywhere and now lies in the environment.

    It is taken before parsing because the help itself is written in it. Raises
    `LabError("unknown_language")` for one the lab does not speak.
    """
    kept = list(words)
    for i, given in enumerate(words):
        if given == "--":
            break
        if given == "--lang" or given.startswith("--lang="):
            after = given == "--lang"
            wish = words[i + 1] if after and i + 1 < len(words) else given.partition("=")[2]
            del kept[i : i + 1 + after]
            if wish not in LANGUAGES:
                raise LabError("unknown_language", language=wish, known=", ".join(LANGUAGES))
            os.environ["PRETEXT_LANG"] = wish
            break
    return kept


def word(key: str, /, **facts: str | int | float) -> str:
    """A text of assets/text in the person's language."""
    return say(language(), key, **facts)
