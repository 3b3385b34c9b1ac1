"""`make shots`: every page and state, both themes, both languages, 1280 and 390 pixels wide."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.browser.drive import ROOT, Watched, browser, running_app
from tests.browser.homes import with_a_painting, with_a_tuning, with_runs
from tests.browser.states import (
    PAINTED,
    STATES,
    TRAINED,
    TUNED,
    State,
    everything,
    question,
    raise_the_family,
)

WIDTHS = (1280, 390)


def settle(page: Any) -> None:
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(700)


def main(chosen: list[str]) -> None:
    """Write shots/STATE-LANGUAGE-THEME-WIDTH.png for the chosen states (all by default)."""
    folder = ROOT / "shots"
    folder.mkdir(exist_ok=True)
    for states, app in ((STATES, running_app), (TRAINED, with_runs), (TUNED, with_a_tuning),
                        (PAINTED, with_a_painting)):  # fmt: skip
        names = [name for name in states if not chosen or name in chosen]
        if names:
            with app() as address, browser() as chrome:
                _shots(chrome, address, folder, names)


def _shots(chrome: Any, address: str, folder: Path, names: list[str]) -> None:
    for language in ("en", "fr"):
        for theme in ("light", "dark"):
            for width in WIDTHS:
                for name in names:
                    path = folder / f"{name}-{language}-{theme}-{width}.png"
                    state = {**STATES, **TRAINED, **TUNED, **PAINTED}[name]
                    _shot(chrome, address, path, state, language, theme, width)


def for_the_docs() -> None:
    """`python -m tests.browser.shots --docs`: the pictures that the README shows.

    Minutes: for the Pre-train page the family is raised as a newcomer would, with one press.
    """
    folder = ROOT / "docs" / "pictures"
    with running_app() as address, browser() as chrome:
        for language, theme in (("en", "light"), ("fr", "dark")):
            path = folder / f"predict-{theme}.png"
            _shot(chrome, address, path, everything, language, theme, WIDTHS[0])
        path = folder / "learn-light.png"
        _shot(chrome, address, path, question, "en", "light", WIDTHS[0])
    family = folder / "pretrain-light.png"
    with (
        tempfile.TemporaryDirectory() as home,
        running_app(Path(home)) as address,
        browser() as chrome,
    ):
        _shot(chrome, address, family, raise_the_family, "en", "light", WIDTHS[0])


def _shot(
    chrome: Any, address: str, path: Path, state: State, language: str, theme: str, width: int
) -> None:
    page = chrome.new_page(viewport={"width": width, "height": 1000 if width > 800 else 844})
    watched = Watched(page, address)
    watched.open(f"?lang={language}&theme={theme}")
    settle(page)
    state(page)
    settle(page)
    page.screenshot(path=path, full_page=True)
    for problem in (*watched.errors, *watched.strangers):
        print(f"{path.name}: {problem}", file=sys.stderr)
    page.close()


if __name__ == "__main__":
    for_the_docs() if sys.argv[1:] == ["--docs"] else main(sys.argv[1:])
