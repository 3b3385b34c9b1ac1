"""The Pre-train page: a family begun with one press, growing up, kept through everything."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.drive import Watched

TINY = {
    "text": {
        **{"layers": 1, "width": 32, "heads": 2, "seed": 0, "steps": 6, "rows": 2, "length": 48},
        **{"vocabulary": 300, "optimiser": "adamw", "rate": 0.005, "keep": 3, "look": 3},
    },
    "members": ["next", "masked"],
}
OWN = ".row.next:not(.recorded)"
"""Rows of runs that did not come with the lab."""
LONG = 60_000
"""Milliseconds: a worker imports torch first, and runs take turns."""


def opened(watched: Watched, settings: dict[str, Any] | None = None, query: str = "") -> Any:
    """The page, with tiny settings instead of those it begins with."""
    return watched.with_settings("pretrain", settings or TINY, query)


def with_a_run(page: Any) -> Any:
    """A finished run of one's own in the list; made when no test before has made one."""
    row = page.locator(OWN, has_text="finished").last
    page.wait_for_timeout(500)
    if not row.count():
        page.get_by_role("button", name="Raise the family").click()
        expect(page.locator(OWN).first).to_contain_text("finished", timeout=LONG)
    return row


def with_steps(steps: int, *members: str) -> dict[str, Any]:
    return {"text": {**TINY["text"], "steps": steps}, "members": list(members)}


def test_one_press_raises_a_family_that_grows_and_stays(watched: Watched) -> None:
    page = opened(watched)
    page.get_by_role("button", name="Raise the family").click()
    cards = page.locator(".grow")
    expect(cards).to_have_count(2, timeout=LONG)
    measured = "Measured over two trial steps of each"
    expect(page.locator(".figures")).to_contain_text(measured, timeout=LONG)
    for card in cards.all():
        expect(card).to_contain_text("finished · step 6 of 6", timeout=LONG)
        expect(card.locator(".token.predicted").first).to_be_visible()
    words = cards.first.locator(".lines").inner_text()
    scrub = page.get_by_label("Moment of their growing up")
    assert scrub.get_attribute("max") == "4", "steps 0, 1, 2, 4 and 6"
    scrub.fill("0")
    expect(page.locator(".moment")).to_contain_text("after step 0")
    expect(cards.first).to_have_attribute("data-step", "0")
    assert cards.first.locator(".lines").inner_text() != words
    page.get_by_role("button", name="replay").click()
    expect(cards.first).to_have_attribute("data-step", "6", timeout=10_000)

    expect(page.locator(".chart figcaption b")).to_have_text(["exact", "pseudo-likelihood"])
    assert page.locator(".chart .curve").count() == 2
    page.get_by_role("button", name="loss", exact=True).click()
    assert page.locator(".chart .curve").count() == 4, "trained and held out, in two frames"

    watched.open("?tab=pretrain&lang=fr")
    expect(page.get_by_role("button", name="Élever la famille")).to_be_visible()
    expect(page.locator(".grow").first).to_contain_text("fini · étape 6 sur 6")
    assert page.locator(".row").count() >= 2


def test_pause_resume_stop_delete_and_undo(watched: Watched) -> None:
    page = opened(watched, with_steps(100_000, "next"))
    page.get_by_role("button", name="Raise the family").click()
    card = page.locator(".grow").first
    expect(card).to_contain_text("running", timeout=LONG)
    name = card.get_attribute("data-run")
    row = page.locator(f".row[data-run='{name}']")
    card.get_by_role("button", name="pause").click()
    expect(card).to_contain_text("paused", timeout=LONG)
    watched.open("?tab=pretrain")
    expect(card).to_contain_text("paused")
    card.get_by_role("button", name="resume").click()
    expect(card).to_contain_text("running", timeout=LONG)
    row.get_by_role("button", name="⋯").click()
    row.get_by_role("button", name="stop here").click()
    expect(card).to_contain_text("stopped", timeout=LONG)
    expect(card.get_by_role("button", name="try it in Predict")).to_be_visible(timeout=10_000)
    row.get_by_role("button", name="⋯").click()
    row.get_by_role("button", name="delete").click()
    expect(row).to_have_count(0)
    page.get_by_role("button", name="undo").click()
    expect(row).to_have_count(1)


def test_configuration_tokenizer_and_a_copy_with_changes(watched: Watched) -> None:
    page = opened(watched)
    row = with_a_run(page)
    row.get_by_role("button", name="⋯").click()
    row.get_by_role("button", name="configuration").click()
    expect(row.locator(".cutting .token").first).to_be_visible(timeout=10_000)
    expect(row.locator("table").first).to_contain_text("data.vocabulary")
    row.get_by_label("more steps").fill("2")
    row.get_by_role("button", name="go on").click()
    expect(row).to_contain_text("finished · step 8 of 8", timeout=LONG)
    row.get_by_role("button", name="⋯").click()
    row.get_by_role("button", name="duplicate").click()
    expect(page.locator(".raise .quiet[open]")).to_have_count(4)
    expect(page.locator(".card[aria-pressed=true]")).to_have_count(1)
    summary = page.locator("[data-part=size] > summary")
    expect(summary).to_contain_text("8 steps of 2 × 48 tokens")


def test_a_duplicate_says_what_it_keeps_and_lets_go_of_it(watched: Watched) -> None:
    page = opened(watched)
    row = page.locator(".row[data-run=tiny-masked-en]")
    row.get_by_role("button", name="⋯").click()
    row.get_by_role("button", name="duplicate").click()
    kept = page.locator(".raise .carried")
    expect(kept).to_contain_text("settings.floor = 0.2")
    expect(kept).to_contain_text("0055-wizard-of-oz")
    watched.open("?tab=pretrain")
    expect(kept).to_contain_text("Tiny · masked · English")
    page.get_by_role("button", name="let go of it").click()
    expect(kept).to_have_count(0)


def test_ones_own_text_is_learned_from(watched: Watched, tmp_path: Path) -> None:
    page = opened(watched, {**TINY, "source": "documents", "members": ["masked"]})
    page.get_by_role("button", name="Raise the family").click()
    expect(page.locator(".raise > .said")).to_contain_text("No text has been given")
    own = tmp_path / "notes.txt"
    own.write_text("The <b>lamp</b> on the table is blue and the table is old. " * 60, "utf-8")
    wrong = tmp_path / "notes.pdf"
    wrong.write_bytes(b"%PDF")
    page.locator("summary", has_text="What it reads").click()
    page.locator("input[type=file][accept]").set_input_files(str(wrong))
    expect(page.locator(".within .said")).to_contain_text("no plain text")
    page.locator("input[type=file][accept]").set_input_files(str(own))
    expect(page.locator(".papers li")).to_contain_text("notes.txt")
    page.get_by_role("button", name="Raise the family").click()
    card = page.locator(".grow").first
    expect(card).to_contain_text("finished", timeout=LONG)


def test_a_trained_model_goes_to_its_lane(watched: Watched) -> None:
    page = opened(watched)
    with_a_run(page).get_by_role("button", name="try it in Predict").click()
    expect(page.locator("#lane-next .pick")).to_contain_text("-next-", timeout=LONG)
    expect(page.locator("#lane-next .token").first).to_be_visible(timeout=LONG)
    assert "tab=" not in page.url
    page.go_back()
    expect(page.locator(".great")).to_be_visible()


def test_a_run_that_came_with_the_lab_is_replayed_and_kept(watched: Watched) -> None:
    page = opened(watched)
    row = page.locator(".row[data-run=tiny-next-en]")
    row.get_by_role("checkbox").check()
    card = page.locator(".grow", has_text="Tiny · next token · English")
    expect(card.locator(".token.predicted").first).to_be_visible(timeout=LONG)
    grown = card.locator(".lines").inner_text()
    page.get_by_label("Moment of their growing up").fill("0")
    expect(card.locator(".lines")).not_to_have_text(grown)
    row.get_by_role("button", name="⋯").click()
    expect(row.get_by_role("button", name="duplicate")).to_be_visible()
    expect(row.get_by_role("button", name="delete")).to_have_count(0)
    row.get_by_role("button", name="try it in Predict").click()
    expect(page.locator("#lane-next .pick")).to_contain_text("Tiny · next token · English")


def test_what_cannot_be_is_said_as_a_sentence(watched: Watched) -> None:
    page = opened(watched, {**TINY, "source": "folder", "folder": "/no/such/place"})
    page.get_by_role("button", name="Raise the family").click()
    expect(page.locator(".raise > .said.bad")).to_contain_text("/no/such/place", timeout=LONG)


def test_a_trial_without_end_keeps_nobody_from_beginning(watched: Watched) -> None:
    page = opened(watched, with_steps(6, "next"))
    answer = {"error": {"key": "trial_still_reads", "facts": {"seconds": 120}}}

    def given_up(route: Any) -> None:
        measures = json.loads(route.request.post_data or "{}").get("fn_name") == "measure"
        route.fulfill(json=answer) if measures else route.continue_()

    page.route("**/component_server**", given_up)
    page.get_by_role("button", name="Raise the family").click()
    said = page.locator(".raise > .said")
    expect(said).to_contain_text("more than 120 s", timeout=LONG)
    expect(said).to_contain_text("The training begins without these figures.")
    expect(page.locator(".grow").first).to_contain_text("finished", timeout=LONG)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_fits_a_telephone(watched: Watched, language: str) -> None:
    watched.page.set_viewport_size({"width": 390, "height": 844})
    page = opened(watched)
    with_a_run(page)
    watched.open(f"?tab=pretrain&lang={language}")
    for line in page.locator(".raise .quiet > summary").all():
        line.click()
    expect(page.locator(".grow").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_pages_change_by_keyboard_and_address(watched: Watched) -> None:
    watched.open()
    page = watched.page
    page.get_by_role("link", name="Pre-train").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".great")).to_be_visible(timeout=10_000)
    assert page.url.endswith("?tab=pretrain")
    expect(page.locator("#sentence")).not_to_be_visible()
    page.go_back()
    expect(page.locator("#sentence")).to_be_visible()
