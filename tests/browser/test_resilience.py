"""What comes at a bad moment or from a bad place: links, a language switch, a lost server."""

from __future__ import annotations

import base64
import json
from typing import Any

from playwright.sync_api import expect

from tests.browser.drive import Watched

KNOT = {"text": "A knot.", "nodes": [{"parent": 0, "text": "a", "id": 1}], "leaf": 0}
HOSTILE = {
    "text": "A knot.",
    "others": [{}, 7],
    "masked": {"hidden": [1, "x"], "view": "nonsense", "models": {"masked": 5}},
    "next": {"tree": KNOT, "temperature": 1e9, "topP": "wide", "layer": -7},
    "denoise": {"own": "https://elsewhere.example/seen.png", "mode": "picture", "steps": 10**9},
}


def linked(state: Any) -> str:
    packed = base64.urlsafe_b64encode(json.dumps(state).encode()).decode().rstrip("=")
    return f"#p={packed}"


def unpacked(link: str) -> Any:
    packed = link.partition("#p=")[2]
    return json.loads(base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)))


def test_a_hostile_link_cannot_break_the_page_nor_call_elsewhere(watched: Watched) -> None:
    watched.open(linked(HOSTILE))
    page = watched.page
    expect(page.locator("#sentence")).to_have_value("A knot.")
    expect(page.locator("#lane-denoise .stage img").first).to_be_visible(timeout=30_000)
    expect(page.locator("#lane-next .token.heat").first).to_be_visible(timeout=30_000)
    page.locator("#sentence").fill("A knot undone.")
    expect(page.locator("#lane-masked .strip")).to_contain_text("undone", timeout=20_000)
    assert page.locator(".said.bad").count() == 0


def test_every_lane_keeps_its_own_size(watched: Watched) -> None:
    sizes = {"masked": 6, "next": 2, "denoise": 3}
    rest = {"width": 128, "heads": 4, "seed": 0}
    watched.open(linked({part: {"size": {"layers": n, **rest}} for part, n in sizes.items()}))
    page = watched.page
    page.evaluate("navigator.clipboard.writeText = async (text) => { window.copied = text; }")
    page.get_by_role("button", name="copy link").click()
    page.wait_for_function("window.copied")
    kept = unpacked(page.evaluate("window.copied"))
    assert {part: kept[part]["size"]["layers"] for part in sizes} == sizes


def test_a_link_opened_in_the_page_itself_is_followed(watched: Watched) -> None:
    watched.open()
    page = watched.page
    page.evaluate("hash => { location.hash = hash; }", linked({"text": "From a link."}))
    expect(page.locator("#sentence")).to_have_value("From a link.", timeout=20_000)


def test_switching_the_language_ends_the_writing(watched: Watched) -> None:
    watched.open()
    page = watched.page
    written = page.locator("#lane-next .token.predicted")
    expect(page.locator("#lane-next .side .bar").first).to_be_visible(timeout=30_000)
    page.locator("#sentence").fill("She opened the door and")
    page.locator("#lane-next .button.go").click()
    expect(written.nth(2)).to_be_visible(timeout=20_000)
    page.get_by_role("button", name="Français").click()
    expect(page.locator("#lane-next .button.go")).to_contain_text("continuer")
    expect(written.first).to_be_visible(timeout=20_000)
    saved = "JSON.parse(localStorage.getItem('pretext.predict')).next.tree.nodes.length"
    page.wait_for_timeout(500)
    count = page.evaluate(saved)
    page.wait_for_timeout(1000)
    assert page.evaluate(saved) == count


def test_after_a_pause_what_comes_next_follows_what_was_written(watched: Watched) -> None:
    watched.open()
    page = watched.page
    bars = page.locator("#lane-next .side .bar .word")
    expect(bars.first).to_be_visible(timeout=30_000)
    before = bars.all_inner_texts()
    page.locator("#lane-next .button.go").click()
    expect(page.locator("#lane-next .token.predicted").nth(4)).to_be_visible(timeout=20_000)
    page.locator("#lane-next .button.go").click()
    expect(page.locator("#lane-next .side h3")).to_contain_text("what comes next")
    assert bars.all_inner_texts() != before


def test_another_picture_model_is_looked_at(watched: Watched) -> None:
    watched.open()
    page = watched.page
    page.locator("#lane-denoise .segments").get_by_role("button", name="picture").click()
    noisy = page.locator("#lane-denoise .stage img").first
    expect(noisy).to_be_visible(timeout=30_000)
    page.locator("#lane-denoise .pick").click()
    models = page.locator("dialog .model:not([aria-current=true]) .button:not([disabled])")
    names = page.locator("dialog .model:not(.another) h3").count()
    assert names > 1, "a bundled and an untrained model of pictures"
    models.get_by_text("use", exact=True).first.click()
    expect(page.locator("#lane-denoise")).to_contain_text("nothing learned yet", timeout=30_000)


def test_choosing_a_head_keeps_the_focus(watched: Watched) -> None:
    watched.open()
    page = watched.page
    lane = page.locator("#lane-masked")
    expect(lane.locator(".token").first).to_be_visible(timeout=30_000)
    lane.get_by_role("button", name="attention", exact=True).click()
    lane.locator(".token:not(.marker)").nth(3).click()
    head = lane.get_by_role("group", name="Attention head").get_by_role("button", name="2")
    head.press("Enter")
    expect(head).to_have_attribute("aria-pressed", "true")
    expect(head).to_be_focused()


def test_the_down_arrow_leads_from_a_written_word_to_its_alternatives(watched: Watched) -> None:
    watched.open()
    page = watched.page
    written = page.locator("#lane-next .token.predicted")
    for count in (1, 2):
        page.locator("#lane-next").get_by_role("button", name="step", exact=True).click()
        expect(written).to_have_count(count, timeout=30_000)
    expect(page.locator("#lane-next .side h3")).to_contain_text("what comes next")
    page.locator("#lane-next .token").last.focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#lane-next .side h3")).to_contain_text("at the place of")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#lane-next .side button.bar").first).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(written).to_have_count(1)


def test_a_server_that_went_away_gets_a_sentence(watched: Watched) -> None:
    watched.open()
    page = watched.page
    expect(page.locator("#lane-masked .token").first).to_be_visible(timeout=30_000)
    page.route("**/component_server**", lambda route: route.abort())
    page.locator("#sentence").fill("Nobody answers.")
    expect(page.locator("#lane-masked .said")).to_contain_text("does not answer")
    page.unroute("**/component_server**")
    page.locator("#sentence").fill("Somebody answers.")
    expect(page.locator("#lane-masked .strip")).to_contain_text("Somebody")
    expect(page.locator("#lane-masked .said.bad")).to_have_count(0)
    # The browser itself complains of the requests that were cut off, and Gradio of its own.
    cut = ("ERR_FAILED", "Failed to fetch")
    watched.errors[:] = [e for e in watched.errors if not any(sign in e for sign in cut)]
