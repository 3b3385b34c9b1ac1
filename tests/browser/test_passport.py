"""Passports and the chooser on the page: by keyboard, in both languages, whatever a name holds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.drive import Watched

LONG = 60_000


def chooser(watched: Watched, query: str = "") -> Any:
    """The Examine page with its four questions open."""
    watched.open("?tab=examine" + query)
    page = watched.page
    summary = page.locator("[data-key=chooser]")
    expect(summary).to_be_visible(timeout=LONG)
    summary.focus()
    summary.press("Enter")
    expect(page.locator(".ranked .ranking").first).to_be_attached(timeout=LONG)
    return page


def focused(page: Any) -> str:
    return str(
        page.evaluate("document.activeElement.dataset.key ?? document.activeElement.tagName")
    )


class TestPassport:
    def test_from_the_list_of_models_and_back_by_keyboard(self, watched: Watched) -> None:
        watched.open()
        page = watched.page
        page.locator("#lane-next .pick").click()
        opener = page.locator("[data-key=passport-tiny-next-fr]")
        opener.focus()
        opener.press("Enter")
        sheet = page.locator("dialog.passport")
        expect(sheet).to_be_visible()
        expect(sheet.locator(".part.read")).to_contain_text("Jules Verne", timeout=LONG)
        expect(sheet).to_have_attribute("aria-labelledby", "passport-title")
        expect(sheet.locator("h2")).to_have_text("Tiny · next token · French")
        expect(sheet.locator(".part.came_to")).to_contain_text("bits a byte (exact)")
        for _ in range(12):  # the focus never leaves what is modal
            page.keyboard.press("Tab")
            inside = "document.activeElement.closest('dialog.passport') !== null"
            assert page.evaluate(f"{inside} || document.activeElement === document.body")
        page.keyboard.press("Escape")
        expect(sheet).to_have_count(0)
        assert focused(page) == "passport-tiny-next-fr"
        expect(page.locator("dialog[open]")).to_have_count(1)
        page.keyboard.press("Escape")
        expect(page.locator("dialog[open]")).to_have_count(0)

    def test_what_is_not_known_is_a_warning(self, watched: Watched) -> None:
        page = chooser(watched)
        page.locator("[data-key=wish-task-fill]").click()
        page.locator("[data-key=wish-language]").select_option("fr")
        opener = page.locator("[data-key=passport-camembert-base]")
        expect(opener).to_be_visible(timeout=LONG)
        opener.click()
        warning = page.get_by_role("region", name="What is not known")
        expect(warning).to_contain_text("no steps, no seed", timeout=LONG)
        expect(page.locator("dialog.passport .part.is")).to_contain_text("MIT")

    def test_it_is_taken_home(self, watched: Watched) -> None:
        page = chooser(watched)
        page.locator("[data-key=passport-tiny-next-en]").first.evaluate("e => e.click()")
        sheet = page.locator("dialog.passport")
        expect(sheet.locator(".part.read")).to_be_visible(timeout=LONG)
        save = sheet.locator(".menu > .chip")
        save.click()
        page.keyboard.press("Escape")
        expect(sheet.locator(".menu > div")).to_be_hidden()
        expect(sheet).to_be_visible()
        texts = []
        for name in ("Markdown", "data (JSON)"):
            save.click()
            with page.expect_download() as taken:
                sheet.get_by_role("button", name=name, exact=True).click()
            texts.append(Path(taken.value.path()).read_text(encoding="utf-8"))
            ends = ("-passport.md", "-passport.json")
            assert taken.value.suggested_filename.endswith(ends)
        assert texts[0].startswith("---\nlicense: apache-2.0\n")
        told = json.loads(texts[1])
        assert len(told["documents"]) == 70
        assert len(told["digest"]) == 64

    def test_a_name_full_of_markup_is_text(self, watched: Watched) -> None:
        """What the server says is drawn as it stands; here it says what a stranger wrote."""
        watched.open()
        page = watched.page
        evil = "<img src=x onerror=\"document.title='hit'\">${document.title='hit'}{{x}}"
        drawn = page.evaluate(
            """async (evil) => {
              const { drawn } = await import('/lab/js/parts/passport.js');
              const said = { facts: [[evil, evil]], strong: evil, lines: [evil, evil], code: evil };
              const parts = [{ key: 'is', title: evil, ...said }];
              const card = { lead: evil, warnings: [evil], parts };
              const root = document.createElement('div');
              root.append(...drawn(card).filter(Boolean));
              document.body.append(root);
              const made = root.querySelectorAll('img, script').length;
              return [made, root.textContent.split(evil).length - 1];
            }""",
            evil,
        )
        page.wait_for_timeout(200)
        assert drawn == [0, 9]
        assert page.title() != "hit"


class TestChooser:
    def test_four_questions_rank_the_catalogue(self, watched: Watched) -> None:
        page = chooser(watched)
        page.locator("[data-key=wish-task-fill]").press("Enter")
        assert focused(page) == "wish-task-fill", "the focus stays where the hands are"
        page.locator("[data-key=wish-language]").select_option("fr")
        page.locator("[data-key=wish-memory]").select_option("1000000000")
        page.locator("[data-key=wish-licence-open]").click()
        ranked = page.locator(".ranked > ol > .ranking")
        expect(ranked).to_have_count(2, timeout=LONG)
        expect(ranked.first).to_contain_text("CamemBERT")
        expect(ranked.first).to_contain_text("French: declared")
        expect(ranked.first).to_contain_text("open licence: MIT")
        expect(ranked.first).to_contain_text("to be downloaded")
        expect(ranked.nth(1)).to_contain_text("ready on this machine")
        page.get_by_text("What does not, and why").click()
        fails = page.locator(".ranked details .ranking", has_text="Tiny · masked · English")
        expect(fails).to_contain_text("French: not among its declared languages")
        expect(page.locator(".ranked .not-shown")).to_contain_text("nobody has measured")
        chooser(watched)
        pressed = page.locator("[data-key=wish-task-fill]")
        expect(pressed).to_have_attribute("aria-pressed", "true")

    def test_nothing_is_asked_before_it_is_opened(self, watched: Watched) -> None:
        watched.open("?tab=examine")
        expect(watched.page.locator("[data-key=chooser]")).to_be_visible(timeout=LONG)
        expect(watched.page.locator(".ranked .ranking")).to_have_count(0)

    @pytest.mark.parametrize("language", ["en", "fr"])
    def test_it_fits_a_telephone(self, watched: Watched, language: str) -> None:
        watched.page.set_viewport_size({"width": 390, "height": 844})
        page = chooser(watched, f"&lang={language}")
        keys = ("because.", "choose.", "passport.", "unknown.", "language.")
        assert not any(key in page.locator(".chooser").inner_text() for key in keys)
        page.locator(".ranked .passport-of").first.click()
        sheet = page.locator("dialog.passport")
        expect(sheet.locator(".part").first).to_be_visible(timeout=LONG)
        assert not any(key in sheet.inner_text() for key in keys)
        title = {"en": "What it is", "fr": "Ce qu’il est"}[language]
        expect(sheet.locator("h3").filter(has_text=title)).to_have_count(1)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert sheet.evaluate("e => e.scrollWidth <= e.clientWidth")
