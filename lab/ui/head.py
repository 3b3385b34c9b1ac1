"""What stands in the page's head: styles, the texts in both languages, and the first script."""

from __future__ import annotations

import json

from lab.texts import ASSETS, LANGUAGES, texts

SHEETS = (
    "fonts",
    "theme",
    "frame",
    "pieces",
    "page",
    "lanes",
    "tokens",
    "panels",
    "films",
    "train",
    "tune",
    "examine",
    "learn",
    "passport",
    "narrow",
)
"""The styles of assets/css in their order; of two equal claims the later wins."""


def head() -> str:
    """HTML for Gradio's `head`. The theme and language are set before anything is painted."""
    words = {language: texts(language) for language in LANGUAGES}
    # "<" is escaped so that no text, whatever it holds, can close the script element.
    data = json.dumps(words, ensure_ascii=False).replace("<", "\\u003c")
    first = (ASSETS / "js" / "first.js").read_text(encoding="utf-8")
    styles = "".join(f'<link rel="stylesheet" href="/lab/css/{name}.css">' for name in SHEETS)
    return (
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"{styles}"
        '<link rel="preload" as="font" type="font/woff2" crossorigin '
        'href="/lab/fonts/plex-serif-latin-400.woff2">'
        f"<script>window.PRETEXT_TEXTS={data};{first}</script>"
    )
