"""The Examine page: models asked side by side, told apart, kept; by keyboard and on a telephone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.drive import Watched

LONG = 60_000


def opened(watched: Watched, query: str = "") -> Any:
    watched.open("?tab=examine" + query)
    expect(watched.page.locator("[data-key=put]")).to_be_visible(timeout=LONG)
    return watched.page


def chosen(page: Any, *models: str) -> None:
    """Only these models, by keyboard."""
    wanted = set(models)
    for switch in page.locator(".switches button").all():
        key = switch.get_attribute("data-key") or ""
        on = switch.get_attribute("aria-pressed") == "true"
        if on != (key.removeprefix("model-") in wanted):
            page.locator(f"[data-key='{key}']").focus()
            page.locator(f"[data-key='{key}']").press("Enter")


def test_two_models_under_the_same_pairs(watched: Watched) -> None:
    page = opened(watched)
    chosen(page, "tiny-next-en", "tiny-masked-en")
    page.locator("[data-key=put]").click()
    chart = page.locator(".findings")
    expect(chart).to_be_visible(timeout=LONG)
    expect(page.locator(".key li")).to_have_count(2, timeout=LONG)
    told = chart.get_attribute("aria-label") or ""
    assert "Tiny · next token · English" in told
    assert "[" in told, "the interval is told too"
    expect(page.locator(".key")).to_contain_text("pseudo-likelihood")
    expect(page.locator(".not-shown")).to_contain_text("not what the model would write")
    page.locator(".found-of summary").click()
    expect(page.locator(".figures-of thead th")).to_have_count(3)
    expect(page.locator(".figures-of tbody tr").first).to_contain_text("%")
    # It is there again after a reload, with the hash of the weights behind it.
    opened(watched)
    expect(page.locator(".key li")).to_have_count(2, timeout=LONG)


def test_figures_are_taken_home(watched: Watched) -> None:
    page = opened(watched)
    chosen(page, "tiny-next-en")
    page.locator("[data-key=put]").click()
    expect(page.locator(".findings")).to_be_visible(timeout=LONG)
    expect(page.locator("[data-key=put]")).to_be_visible(timeout=LONG)
    page.locator(".found-of header .chip").click()
    with page.expect_download() as taken:
        page.get_by_role("button", name="CSV", exact=True).click()
    text = Path(taken.value.path()).read_text(encoding="utf-8")
    assert text.startswith("probe,model,precision")
    assert "minimal-pairs,tiny-next-en,fp32,own,exact,en,right,share,0." in text


def test_who_cannot_be_asked_is_not_offered(watched: Watched) -> None:
    page = opened(watched)
    expect(page.locator("[data-key=model-tiny-masked-en]")).to_be_visible()
    expect(page.locator("[data-key=model-tiny-span-en]")).to_have_count(0)
    page.locator("[data-key=probe-cloze]").click()
    expect(page.locator("[data-key=model-tiny-span-en]")).to_be_visible()
    expect(page.locator("[data-key=model-tiny-image]")).to_have_count(0)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_it_fits_a_telephone(watched: Watched, language: str) -> None:
    watched.page.set_viewport_size({"width": 390, "height": 844})
    page = opened(watched, f"&lang={language}")
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 390
    texts = page.locator(".examine").inner_text()
    assert "probe." not in texts
    assert "examine." not in texts
