"""A second model beside a lane's own: asked the very same, told apart, in every lane."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import expect

from tests.browser.drive import Watched
from tests.browser.test_denoise_lane import mode

LONG = 30_000


def compare(watched: Watched, lane: str, model: str) -> Any:
    """Put `model` beside the lane's own, by keyboard; the lane."""
    found = watched.page.locator(f"#lane-{lane}")
    opener = found.locator("header .menu .chip").first
    opener.focus()
    opener.press("Enter")
    choice = found.get_by_role("button", name=model, exact=True)
    expect(choice).to_be_visible()
    choice.focus()
    choice.press("Enter")
    expect(opener).to_contain_text(model)
    return found


def test_a_hidden_word_is_guessed_by_both(watched: Watched) -> None:
    watched.open()
    lane = compare(watched, "masked", "Tiny · masked · French")
    bars = lane.locator(".bars")
    expect(bars.nth(1)).to_be_visible(timeout=LONG)
    expect(bars.nth(0).locator("h4")).to_have_text("Tiny · masked · English")
    expect(bars.nth(1).locator("h4")).to_have_text("Tiny · masked · French")
    assert bars.nth(0).inner_text() != bars.nth(1).inner_text()
    lane.get_by_role("button", name="surprise", exact=True).click()
    expect(lane.locator(".token.more, .token.less").first).to_be_visible(timeout=LONG)
    told = lane.locator(".token.more, .token.less").first.get_attribute("aria-label") or ""
    assert "the model beside says" in told
    expect(lane.locator(".hint").first).to_contain_text("hatched")


TOLD = re.compile(r"probability (\S+); the model beside says (\S+) \((.)(\S+) bits\)")


def told(lane: Any) -> dict[str, tuple[str, ...]]:
    """(probability, the other model's, sign, bits) of each word that can be compared."""
    found = {}
    for token in lane.locator(".strip").first.locator(".token.more, .token.less").all():
        match = TOLD.fullmatch(token.get_attribute("title") or "")
        assert match
        found[token.inner_text()] = match.groups()
    return found


def test_the_other_way_round_the_same_figures_change_places(watched: Watched) -> None:
    watched.open()
    lane = watched.page.locator("#lane-next")

    def use(model: str) -> None:
        lane.locator(".pick").click()
        button = watched.page.locator(f"dialog .button[data-key='{model}']")
        if button.is_enabled():
            button.click()
        else:  # it is in use
            watched.page.keyboard.press("Escape")

    use("tiny-next-en")
    compare(watched, "next", "Tiny · next token · French")
    expect(lane.locator(".token.more, .token.less").first).to_be_visible(timeout=LONG)
    before = told(lane)
    use("tiny-next-fr")
    compare(watched, "next", "Tiny · next token · English")
    expect(lane.locator(".bars h4").first).to_have_text("Tiny · next token · French")
    expect(lane.locator(".token.more, .token.less").first).to_be_visible(timeout=LONG)
    after = told(lane)
    assert before.keys() == after.keys() != set()
    for word, (mine, theirs, sign, bits) in before.items():
        other = after[word]
        assert (other[0], other[1], other[3]) == (theirs, mine, bits)
        assert other[2] != sign or bits == "0.0"


def test_both_write_on_and_stop(watched: Watched) -> None:
    watched.open()
    lane = compare(watched, "next", "Tiny · next token · French")
    expect(lane.locator(".bars")).to_have_count(2, timeout=LONG)
    lane.locator(".button.go").click()
    written = lane.locator(".underneath .token.predicted")
    expect(written.nth(5)).to_be_visible(timeout=LONG)
    lane.locator(".button.go").click()
    written.nth(2).hover()
    expect(lane.locator(".bars.second h4")).to_have_text("Tiny · next token · French")
    lane.get_by_role("button", name="stop").click()
    expect(lane.locator(".underneath")).to_be_hidden()


def test_words_and_pieces_come_back_from_both(watched: Watched) -> None:
    watched.open()
    lane = compare(watched, "denoise", "Tiny · masked · French")
    lane.locator(".button.go").click()
    expect(lane.locator(".underneath .token.predicted").first).to_be_visible(timeout=LONG)
    expect(lane.locator(".underneath h4")).to_have_text("Tiny · masked · French")
    mode(watched, "pieces of text")
    compare(watched, "denoise", "Random weights · pieces")
    lane.locator(".button.go").click()
    # Random weights may write nothing at all into the gaps: the rest of the sentence stands there.
    expect(lane.locator(".underneath .token").first).to_be_visible(timeout=LONG)
    expect(lane.locator(".underneath h4")).to_have_text("Random weights · pieces")


def test_two_pictures_out_of_the_same_noise(watched: Watched) -> None:
    watched.open()
    mode(watched, "picture")
    lane = compare(watched, "denoise", "Random weights · pictures")
    lane.locator(".button.go").click()
    figures = lane.locator(".body .stage figure")
    expect(figures.nth(2).locator("img")).to_be_visible(timeout=LONG)
    expect(figures.nth(2)).to_contain_text("from the same noise")
    assert figures.nth(1).locator("img").get_attribute("src") != figures.nth(2).locator(
        "img"
    ).get_attribute("src")


def test_the_choice_lasts_and_can_be_taken_back(watched: Watched) -> None:
    watched.open()
    compare(watched, "masked", "Tiny · masked · French")
    watched.page.wait_for_timeout(400)
    watched.open()
    opener = watched.page.locator("#lane-masked header .menu .chip").first
    expect(opener).to_contain_text("beside Tiny · masked · French")
    opener.click()
    watched.page.get_by_role("button", name="No other model").click()
    expect(opener).to_have_text("compare")
    expect(watched.page.locator("#lane-masked .bars.second")).to_have_count(0)


MENU = """async ([objective, base]) => {
  const { second } = await import('/lab/js/lanes/second.js');
  const own = { id: 'run:mine', title: 'Mine', ready: true, objectives: ['masked'], base: 'base' };
  const state = { masked: { models: { masked: own.id }, beside: {} } };
  const ctx = { store: { state, set() {} }, models: () => [own, { id: 'base', ...base }] };
  const made = second(ctx, { part: 'masked', objective: () => objective, changed() {} });
  made.element.querySelector('button').click();
  const found = made.element.querySelectorAll(':scope > div button');
  return [...found].map((b) => [b.textContent, b.disabled]);
}"""


def test_a_base_that_cannot_be_asked_is_named_with_the_reason(watched: Watched) -> None:
    watched.open()
    base = {"title": "Older", "ready": True, "objectives": ["next"]}
    (cannot,) = watched.page.evaluate(MENU, ["masked", base])
    assert cannot[1]
    assert "Older, was never taught what this lane asks" in cannot[0]
    (absent,) = watched.page.evaluate(MENU, ["masked", {**base, "ready": False}])
    assert absent[1]
    assert "not on this machine" in absent[0]
    (can,) = watched.page.evaluate(MENU, ["masked", {**base, "objectives": ["masked"]}])
    assert can == ["What it was made from: Older", False]
