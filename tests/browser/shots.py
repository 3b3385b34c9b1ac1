"""`make shots`: every page and state, both themes, both languages, 1280 and 390 pixels wide."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.browser.drive import ROOT, Watched, browser, running_app

WIDTHS = (1280, 390)
State = Callable[[Any], None]


def settle(page: Any) -> None:
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(700)


def as_it_opens(page: Any) -> None:
    page.wait_for_selector("#lane-next .bars")


def hide_words(page: Any) -> None:
    tokens = page.locator("#lane-masked .token")
    tokens.nth(min(7, tokens.count() - 2)).click()
    page.wait_for_selector("#lane-masked .bars")
    tokens.nth(min(5, tokens.count() - 3)).click()
    page.wait_for_function("document.querySelectorAll('#lane-masked .bars').length === 3")


def surprise(page: Any) -> None:
    page.locator("#lane-masked .segments button").nth(1).click()
    page.wait_for_selector("#lane-masked .token.heat")


def write_and_branch(page: Any) -> None:
    page.locator("#lane-next .button.go").click()
    page.wait_for_function("document.querySelectorAll('#lane-next .token.predicted').length > 12")
    page.locator("#lane-next .button.go").click()
    for place, bar in ((4, 1), (2, 2)):
        page.locator("#lane-next .token.predicted").nth(place).hover()
        page.locator("#lane-next .side button.bar").nth(bar).click()
        page.locator("#lane-next .controls .button").nth(1).click()
        page.wait_for_timeout(600)


def look_inside(page: Any) -> None:
    for panel in page.locator(".sees summary").all():
        panel.click()


def denoise_words(page: Any) -> None:
    page.locator("#lane-denoise .button.go").click()
    page.wait_for_timeout(2200)


def denoise_pieces(page: Any) -> None:
    page.locator("#lane-denoise .segments").first.locator("button").nth(1).click()
    page.wait_for_selector("#lane-denoise .token")
    denoise_words(page)


def denoise_picture(page: Any) -> None:
    page.locator("#lane-denoise .segments").first.locator("button").nth(2).click()
    page.wait_for_selector("#lane-denoise .stage img")
    page.locator("#lane-denoise .button.go").click()
    page.wait_for_timeout(3500)


def choose_model(page: Any) -> None:
    page.locator("#lane-next .pick").click()
    page.wait_for_selector("dialog[open]")


def everything(page: Any) -> None:
    write_and_branch(page)
    denoise_picture(page)


STATES: dict[str, State] = {
    "open": as_it_opens,
    "hidden": hide_words,
    "surprise": surprise,
    "branches": write_and_branch,
    "sees": look_inside,
    "words": denoise_words,
    "pieces": denoise_pieces,
    "picture": denoise_picture,
    "models": choose_model,
    "everything": everything,
}


def main(chosen: list[str]) -> None:
    """Write shots/STATE-LANGUAGE-THEME-WIDTH.png for the chosen states (all by default)."""
    folder = ROOT / "shots"
    folder.mkdir(exist_ok=True)
    with running_app() as address, browser() as chrome:
        for language in ("en", "fr"):
            for theme in ("light", "dark"):
                for width in WIDTHS:
                    for name in chosen or list(STATES):
                        stem = f"{name}-{language}-{theme}-{width}"
                        _shot(chrome, address, folder / f"{stem}.png", name, language, theme, width)


def for_the_docs() -> None:
    """`python -m tests.browser.shots --docs`: the pictures that the README shows."""
    folder = ROOT / "docs" / "pictures"
    with running_app() as address, browser() as chrome:
        for language, theme in (("en", "light"), ("fr", "dark")):
            path = folder / f"predict-{theme}.png"
            _shot(chrome, address, path, "everything", language, theme, WIDTHS[0])


def _shot(
    chrome: Any, address: str, path: Path, name: str, language: str, theme: str, width: int
) -> None:
    page = chrome.new_page(viewport={"width": width, "height": 1000 if width > 800 else 844})
    watched = Watched(page, address)
    watched.open(f"?lang={language}&theme={theme}")
    settle(page)
    STATES[name](page)
    settle(page)
    page.screenshot(path=path, full_page=True)
    for problem in (*watched.errors, *watched.strangers):
        print(f"{path.name}: {problem}", file=sys.stderr)
    page.close()


if __name__ == "__main__":
    for_the_docs() if sys.argv[1:] == ["--docs"] else main(sys.argv[1:])
