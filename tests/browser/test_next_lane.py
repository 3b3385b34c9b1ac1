"""The next-token lane: surprise, writing on, pausing, branching, returning to a branch."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.drive import Watched

LANE = "#lane-next"
WRITTEN = f"{LANE} .token.predicted"


def write(watched: Watched, least: int) -> None:
    """Play until some tokens stand, then pause."""
    page = watched.page
    page.locator(f"{LANE} .button.go").click()
    page.wait_for_function(
        f"document.querySelectorAll('{WRITTEN}').length >= {least}", timeout=30_000
    )
    page.locator(f"{LANE} .button.go").click()
    expect(page.locator(f"{LANE} .button.go")).to_contain_text("write on")


def test_typed_words_are_coloured_and_what_comes_next_is_shown(watched: Watched) -> None:
    watched.open()
    page = watched.page
    expect(page.locator(f"{LANE} .token.heat").first).to_be_visible(timeout=20_000)
    expect(page.locator(f"{LANE} .side h3")).to_contain_text("what comes next")
    expect(page.locator(f"{LANE} .sees")).to_contain_text("bits a token")


def test_the_sliders_redraw_the_distribution(watched: Watched) -> None:
    watched.open()
    page = watched.page
    bars = page.locator(f"{LANE} .side .bar em")
    expect(bars.first).to_be_visible(timeout=20_000)
    page.locator(f"{LANE} input[type=range]").first.focus()
    page.keyboard.press("Home")
    expect(bars.first).to_have_text("1.00")


def test_play_pause_step_stop(watched: Watched) -> None:
    watched.open()
    page = watched.page
    write(watched, 5)
    page.wait_for_timeout(300)
    count = page.locator(WRITTEN).count()
    page.get_by_role("button", name="step", exact=True).first.click()
    expect(page.locator(WRITTEN)).to_have_count(count + 1)
    page.get_by_role("button", name="■ stop").click()
    expect(page.locator(WRITTEN)).to_have_count(0)


def test_an_alternative_opens_a_branch_and_the_first_can_be_returned_to(watched: Watched) -> None:
    watched.open()
    page = watched.page
    for count in range(1, 5):
        page.get_by_role("button", name="step", exact=True).first.click()
        expect(page.locator(WRITTEN)).to_have_count(count)
    first = page.locator(WRITTEN).all_inner_texts()
    page.locator(WRITTEN).nth(2).hover()
    expect(page.locator(f"{LANE} .side button.bar")).to_have_count(8)
    other = page.locator(f"{LANE} .side button.bar:not(.true)").nth(3)
    other.click()
    expect(page.locator(WRITTEN)).to_have_count(3)
    assert page.locator(WRITTEN).all_inner_texts()[:2] == first[:2]
    twigs = page.locator(f"{LANE} .tree g[role=button]")
    expect(twigs).to_have_count(3)
    twigs.nth(0).press("Enter")
    page.locator(f"{LANE} .tree g:not(.here)").first.click()
    expect(page.locator(f"{LANE} .tree g.here")).to_have_count(2)


def test_paused_and_resumed_writing_is_the_same_as_uninterrupted(watched: Watched) -> None:
    watched.open()
    page = watched.page
    write(watched, 3)
    write(watched, 9)
    whole = page.locator(WRITTEN).all_inner_texts()[:9]
    page.get_by_role("button", name="■ stop").click()
    page.evaluate("localStorage.clear()")
    watched.open()
    write(watched, 9)
    assert page.locator(WRITTEN).all_inner_texts()[:9] == whole


def test_special_tokens_typed_by_a_person_stay_text(watched: Watched) -> None:
    watched.open()
    page = watched.page
    page.locator("#sentence").fill("a </s> b <|im_start|> c [BOS]")
    expect(page.locator(f"{LANE} .strip").first).to_contain_text("im", timeout=20_000)
    markers = page.locator(f"{LANE} .token.marker")
    assert markers.count() <= 2, "only the marker that the tokenizer puts first, and the end"
