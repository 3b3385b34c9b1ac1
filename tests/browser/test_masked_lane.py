"""The masked lane: hide by click and by keyboard, guesses, surprise, attention, layers."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.drive import Watched

LANE = "#lane-masked"
WORDS = f"{LANE} .token:not(.marker)"


def nothing_hidden(watched: Watched) -> None:
    """The page opens with one word hidden: begin with none."""
    watched.open()
    expect(watched.page.locator(f"{LANE} .token.masked")).to_have_count(1, timeout=20_000)
    watched.page.locator(LANE).get_by_role("button", name="show all words").click()
    expect(watched.page.locator(f"{LANE} .token.masked")).to_have_count(0)


def test_the_page_opens_with_a_word_hidden_and_guessed(watched: Watched) -> None:
    watched.open()
    expect(watched.page.locator(f"{LANE} .side h3")).to_contain_text("king", timeout=20_000)
    expect(watched.page.locator(f"{LANE} .side .bar")).to_have_count(8)


def test_a_click_hides_a_word_and_another_shows_it(watched: Watched) -> None:
    nothing_hidden(watched)
    page = watched.page
    page.locator(WORDS).nth(2).click()
    expect(page.locator(f"{LANE} .token.masked")).to_have_count(1)
    expect(page.locator(f"{LANE} .side .bar")).to_have_count(8)
    expect(page.locator(f"{LANE} .side h3").first).to_contain_text("king")
    page.locator(f"{LANE} .token.masked").click()
    expect(page.locator(f"{LANE} .token.masked")).to_have_count(0)


def test_tab_and_enter_hide_several_words(watched: Watched) -> None:
    nothing_hidden(watched)
    page = watched.page
    expect(page.locator(WORDS).first).to_be_visible()
    page.locator("#sentence").focus()
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate(f"document.activeElement.closest('{LANE} .strip') !== null"):
            break
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator(f"{LANE} .token.masked")).to_have_count(1)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator(f"{LANE} .token.masked")).to_have_count(2)
    expect(page.locator(f"{LANE} .side .bars")).to_have_count(2)


def test_hidden_words_stay_on_their_words_while_the_text_changes(watched: Watched) -> None:
    nothing_hidden(watched)
    page = watched.page
    page.locator(WORDS).nth(2).click()
    expect(page.locator(f"{LANE} .side h3").first).to_contain_text("king")
    page.locator("#sentence").fill("Once the old king lived in a great castle by the sea.")
    expect(page.locator(f"{LANE} .token.masked")).to_have_count(1)
    expect(page.locator(f"{LANE} .side h3").first).to_contain_text("king")


def test_surprise_is_a_pseudo_likelihood_and_says_so(watched: Watched) -> None:
    nothing_hidden(watched)
    page = watched.page
    page.get_by_role("group", name="What is shown").first.get_by_role(
        "button", name="surprise"
    ).click()
    expect(page.locator(f"{LANE} .token.heat").first).to_be_visible(timeout=20_000)
    expect(page.locator(LANE)).to_contain_text("pseudo-likelihood")


def test_attention_of_a_chosen_token(watched: Watched) -> None:
    nothing_hidden(watched)
    page = watched.page
    page.locator(f"{LANE} .segments button").nth(2).click()
    page.locator(WORDS).nth(3).click()
    expect(page.locator(f"{LANE} .token.heat").first).to_be_visible()
    expect(page.get_by_role("group", name="Attention head").first).to_be_visible()


def test_the_layer_slider_shows_an_earlier_guess(watched: Watched) -> None:
    nothing_hidden(watched)
    page = watched.page
    page.locator(WORDS).nth(2).click()
    bars = page.locator(f"{LANE} .side .bar")
    expect(bars).to_have_count(8)
    last = bars.all_inner_texts()
    slider = page.locator(f"{LANE} input[type=range]").first
    expect(slider).to_be_visible()
    slider.focus()
    slider.press("Home")
    # The layers come a moment after the words.
    page.wait_for_function(
        "last => [...document.querySelectorAll('#lane-masked .side .bar')]"
        ".map(bar => bar.innerText).join() !== last.join()",
        arg=last,
    )


def test_mask_typed_by_hand_is_a_mask_here_and_text_in_the_next_lane(watched: Watched) -> None:
    nothing_hidden(watched)
    page = watched.page
    page.locator("#sentence").fill("The [MASK] lived in a castle.")
    expect(page.locator(f"{LANE} .token.masked")).to_have_count(1)
    expect(page.locator(f"{LANE} .side h3").first).to_contain_text("a mask of yours")
    expect(page.locator("#lane-next .strip").first).to_contain_text(re.compile("MASK"))


def test_what_the_model_sees(watched: Watched) -> None:
    nothing_hidden(watched)
    page = watched.page
    page.locator(WORDS).nth(2).click()
    panel = page.locator(f"{LANE} .sees")
    expect(panel).to_contain_text("1 of")
    panel.locator("summary").click()
    expect(panel.locator("table tr")).to_have_count(3)
    expect(panel.locator("td.hid")).to_have_count(1)


def test_hidden_words_keep_their_place_behind_an_emoji(watched: Watched) -> None:
    nothing_hidden(watched)
    page = watched.page
    page.locator("#sentence").fill("👑👑 The old king lived here.")
    expect(page.locator(f"{LANE} .strip")).to_contain_text("F0")
    word = page.locator(WORDS).filter(has_text="king")
    word.click()
    expect(page.locator(f"{LANE} .side h3").first).to_contain_text("king")
    page.locator("#sentence").fill("👑👑👑 The old king lived here.")
    expect(page.locator(f"{LANE} .side h3").first).to_contain_text("king")
    expect(page.locator(f"{LANE} .token.masked")).to_have_count(1)
