"""The Learn page: lessons read by keyboard, beliefs kept, paper, a telephone, two languages."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.drive import Watched

LONG = 60_000
LESSON = "four-bits"


def opened(watched: Watched, query: str = f"&lesson={LESSON}") -> Any:
    watched.open("?tab=learn" + query)
    expect(watched.page.locator(".learn h1").first).to_be_visible(timeout=LONG)
    return watched.page


def answered(page: Any) -> None:
    """Every question, the second answer mostly believed, by keyboard."""
    while True:
        page.wait_for_selector("[data-key^=reveal-], .lesson .not-shown", timeout=LONG)
        reveal = page.locator("[data-key^=reveal-]").first
        if page.locator(".lesson .not-shown").count():
            return
        page.locator(".guess").last.locator(".belief .plain").nth(1).press("Enter")
        key = reveal.get_attribute("data-key")
        reveal.press("Enter")
        expect(page.locator(f"[data-key={key}]")).to_have_count(0, timeout=LONG)


def test_from_the_shelf_to_a_lesson_and_back(watched: Watched) -> None:
    page = opened(watched, "")
    cards = page.locator(".lesson-card")
    assert cards.count() >= 1
    card = page.locator(f"[data-key=lesson-{LESSON}]")
    card.press("Enter")
    expect(page.locator(".lesson h1")).to_be_visible()
    assert f"lesson={LESSON}" in page.url
    page.go_back()
    expect(page.locator(".lessons")).to_be_visible()
    page.go_forward()
    expect(page.locator(".lesson h1")).to_be_visible()
    page.locator("[data-key=back]").press("Enter")
    expect(page.locator(".lessons")).to_be_visible()


def test_what_follows_a_question_waits_for_its_answer(watched: Watched) -> None:
    page = opened(watched)
    expect(page.locator(".guess")).to_have_count(1)
    expect(page.locator(".exhibit")).to_have_count(0)
    expect(page.locator(".not-shown")).to_have_count(0)
    slider = page.locator("[data-key=belief-0]").first
    slider.focus()
    for _ in range(5):
        slider.press("ArrowRight")
    shares = [re.sub(r"\D", "", s) for s in page.locator(".belief output").all_inner_texts()]
    assert abs(sum(map(int, shares)) - 100) <= 2
    assert int(shares[0]) > int(shares[1])
    answered(page)
    expect(page.locator(".not-shown")).to_be_visible(timeout=LONG)
    expect(page.locator(".score").first).to_contain_text("bits of surprise")
    assert page.locator(".exhibit").count() >= 1


def test_beliefs_are_kept_and_begun_afresh(watched: Watched) -> None:
    page = opened(watched)
    answered(page)
    expect(page.locator(".not-shown")).to_be_visible(timeout=LONG)
    before = page.locator(".score b").all_inner_texts()
    page.reload()
    expect(page.locator(".not-shown")).to_be_visible(timeout=LONG)
    expect(page.locator(".score b").first).to_be_visible(timeout=LONG)
    assert page.locator(".score b").all_inner_texts() == before
    page.locator("[data-key=again]").press("Enter")
    expect(page.locator("[data-key^=reveal-]")).to_have_count(1)


def test_a_question_may_be_skipped_and_does_not_count(watched: Watched) -> None:
    page = opened(watched)
    page.locator("[data-key^=skip-]").press("Enter")
    expect(page.locator(".outcome .prose").first).to_be_visible(timeout=LONG)
    expect(page.locator(".guess").first.locator(".score")).to_have_count(0)


def test_it_is_handed_out_on_paper(watched: Watched) -> None:
    page = opened(watched)
    with page.context.expect_page() as paper:
        page.locator("[data-key=print]").press("Enter")
    printed = paper.value
    printed.wait_for_load_state()
    assert printed.locator("h1").first.inner_text()
    assert printed.locator(".answers h1").inner_text() == "Answers"


def test_a_figure_is_made_again_here(watched: Watched, lab_home: Path) -> None:
    """A host's own lesson, with a probe of few questions that nobody has put yet."""
    words = '{ en = "A word.", fr = "Un mot." }'
    own = lab_home / "lessons" / "few.toml"
    own.parent.mkdir(exist_ok=True)
    own.write_text(
        f"order = 1\nminutes = 5\ntitle = {words}\nline = {words}\nlimits = {words}\n"
        f'[[part]]\nkind = "figures"\ntitle = {words}\n[part.source]\nprobe = "minimal-pairs"\n'
        'models = ["tiny-next-en"]\nlanguages = ["en"]\nmost = 6\n',
        encoding="utf-8",
    )
    page = opened(watched, "&lesson=few")
    expect(page.locator(".exhibit .said").first).to_be_visible(timeout=LONG)
    page.locator("[data-key=run-0]").press("Enter")
    chart = page.locator(".long-bars")
    expect(chart).to_be_visible(timeout=LONG)
    assert "[" in (chart.get_attribute("aria-label") or "")
    own.unlink()


def test_another_page_is_set_up(watched: Watched) -> None:
    skipped = {f"three-objectives/{part}": {"skipped": True} for part in range(20)}
    watched.page.add_init_script(
        f"localStorage.setItem('pretext.learn', {json.dumps(json.dumps(skipped))})"
    )
    page = opened(watched, "&lesson=three-objectives")
    page.locator(".try button").first.press("Enter")
    sentence = page.locator("#sentence")
    expect(sentence).to_have_value("She opened the door and went into the house.", timeout=LONG)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_it_fits_a_telephone_in_both_languages(watched: Watched, language: str) -> None:
    watched.page.set_viewport_size({"width": 390, "height": 844})
    page = opened(watched, f"&lesson={LESSON}&lang={language}")
    answered(page)
    expect(page.locator(".not-shown")).to_be_visible(timeout=LONG)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    said = page.locator(".learn").inner_text()
    assert not re.search(r"\b(learn|measure|figure|error|notice|verdict)\.\w", said)
