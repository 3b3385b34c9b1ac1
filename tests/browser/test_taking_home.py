"""Documents set aside, a licence stated; then a run judged, judged again, taken home."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

from playwright.sync_api import expect

from tests.browser.drive import Watched
from tests.browser.finetuning import (
    DROP,
    LONG,
    TINY,
    opened,
    read,
    rules,
    taught,
    with_a_run,
)

EXAMPLE = {**TINY, "source": "example"}
ENDLESS = {**EXAMPLE, "changes": {**TINY["changes"], "steps": 100_000}}


def judged(page: Any, button: str) -> list[str]:
    """Judge the run that is shown; the great figures of its card."""
    card = page.locator(".verdict")
    page.get_by_role("button", name=button).click()
    press = card.locator("[data-key=judge]")
    expect(press).to_be_disabled()
    expect(press).to_be_enabled(timeout=2 * LONG)
    figures = card.locator("> .quarters b")
    expect(figures).to_have_count(4, timeout=LONG)
    return list(figures.all_inner_texts())


def dropped(watched: Watched) -> Any:
    """The page with three documents on it, read."""
    page = opened(watched)
    files = [[f"{word}.md", rules(word)] for word in ("ropes", "lamps", "boats")]
    page.evaluate(DROP, [".documents .drop", files])
    read(page)
    return page


def side(page: Any, name: str) -> Any:
    return page.locator("table.papers tr", has_text=name).locator(".side > span")


def test_documents_are_set_aside_by_keyboard_and_by_lot_again(watched: Watched) -> None:
    page = dropped(watched)
    switch = page.get_by_role("button", name="Set aside for the test: lamps.md")
    expect(switch).to_have_attribute("aria-pressed", "false")
    switch.focus()
    page.keyboard.press("Enter")
    expect(side(page, "lamps.md")).to_have_text("held out", timeout=LONG)
    expect(side(page, "boats.md")).to_have_text("learnt")
    expect(switch).to_have_attribute("aria-pressed", "true")
    expect(switch).to_be_focused()
    expect(page.locator(".sum")).to_contain_text("set aside by hand")
    for name in ("ropes.md", "boats.md"):
        page.get_by_role("button", name=f"Set aside for the test: {name}").click()
    problem = page.locator(".documents .said")
    expect(problem).to_contain_text("Every document is set aside", timeout=LONG)
    page.get_by_role("button", name="let the lab choose").click()
    expect(page.locator(".sum")).not_to_contain_text("by hand", timeout=LONG)
    expect(problem.locator("p")).to_have_count(0)
    switch.click()
    expect(page.locator(".sum")).to_contain_text("by hand", timeout=LONG)
    page.get_by_role("button", name="Leave out: lamps.md").click()
    expect(page.locator("table.papers tbody tr")).to_have_count(2, timeout=LONG)
    expect(page.locator(".sum")).not_to_contain_text("by hand")


def test_a_stated_licence_is_compared_at_once(watched: Watched) -> None:
    page = dropped(watched)
    choice = page.get_by_label("Licence of the documents")
    answer = page.locator(".documents .rights")
    expect(answer).to_contain_text("Cannot tell")
    expect(answer).to_contain_text("Documents whose licence is not stated: 3.")
    choice.select_option("CC-BY-ND-4.0")
    expect(answer.locator(".answer")).to_have_text(
        "Conflict Base: Apache-2.0. Documents: CC-BY-ND-4.0."
    )
    choice.select_option(label="another…")
    name = page.get_by_label("Name of the licence")
    expect(name).to_be_focused()
    name.fill("<b>Our terms</b>")
    name.press("Tab")
    expect(answer).to_contain_text("Nothing is known here of the licence “<b>Our terms</b>”.")
    choice.select_option(label="my own")
    expect(answer.locator(".answer")).to_contain_text("No known conflict")
    expect(answer).to_contain_text("no legal advice")
    stating = [["stated.txt", "SPDX-License-Identifier: CC-BY-NC-4.0\n\n" + rules("mills")]]
    page.evaluate(DROP, [".documents .drop", stating])
    expect(answer).to_contain_text("stated.txt (CC-BY-NC-4.0)", timeout=LONG)
    expect(answer).to_contain_text("CC-BY-NC-4.0: not for money.")
    watched.open("?tab=finetune&lang=fr")
    expect(page.get_by_label("Licence des documents")).to_have_value("own", timeout=LONG)


def test_the_same_card_again_with_one_click(watched: Watched) -> None:
    page = dropped(watched)
    page.get_by_role("button", name="Set aside for the test: boats.md").click()
    expect(page.locator(".sum")).to_contain_text("by hand", timeout=LONG)
    page.get_by_label("Licence of the documents").select_option("CC-BY-SA-4.0")
    expect(taught(page)).to_contain_text("finished · step 4 of 4", timeout=2 * LONG)
    first = judged(page, "judge it now")
    card = page.locator(".verdict")
    expect(card).to_contain_text("The documents that were set aside by hand are held out")
    expect(card.locator(".rights .answer")).to_contain_text("No known conflict")
    expect(card.locator(".rights")).to_contain_text("CC-BY-SA-4.0: pass on under the same licence.")
    page.wait_for_timeout(1100)  # verdicts are told apart by their second
    assert judged(page, "judge it again") == first, "the same model on the same documents"
    earlier = card.locator("details", has_text="Earlier verdicts")
    earlier.locator("summary").click()
    expect(earlier.locator("article")).to_have_count(1)
    assert earlier.locator("article .quarters b").all_inner_texts() == first
    watched.open("?tab=finetune")
    expect(page.locator(".verdict details", has_text="Earlier verdicts")).to_be_visible(
        timeout=LONG
    )


def test_an_adapter_is_taken_home_in_a_zip(watched: Watched, tmp_path: Path) -> None:
    page = opened(watched, EXAMPLE)
    with_a_run(page)
    home = page.locator(".verdict .home").first
    home.get_by_role("button", name="the adapter").click()
    link = home.get_by_role("link", name="save adapter.zip")
    expect(link).to_be_focused(timeout=LONG)
    with page.expect_download() as started:
        link.click()
    started.value.save_as(tmp_path / "adapter.zip")
    assert started.value.suggested_filename.endswith("-adapter.zip")
    with zipfile.ZipFile(tmp_path / "adapter.zip") as archive:
        names = set(archive.namelist())
        about = json.loads(archive.read("adapter/adapter_config.json"))
    assert {"adapter/adapter_model.safetensors", "adapter/passport.json"} <= names
    assert about["peft_type"] == "LORA"
    home.get_by_role("button", name="GGUF").click()
    problem = page.locator(".verdict .said.bad").first
    expect(problem).to_contain_text("Only Llama models have been tried", timeout=LONG)


def test_judging_is_refused_while_another_trains(watched: Watched) -> None:
    page = opened(watched, EXAMPLE)
    done = with_a_run(page).get_attribute("data-run")
    page.evaluate("kept => localStorage.setItem('pretext.finetune', kept)", json.dumps(ENDLESS))
    watched.open("?tab=finetune")
    read(page)
    training = page.locator(f".row[data-run='{taught(page).get_attribute('data-run')}']")
    expect(training).to_contain_text("running", timeout=2 * LONG)
    page.locator(f".row[data-run='{done}'] input[type=checkbox]").check()
    card = page.locator(f".verdict[data-run='{done}']")
    card.get_by_role("button", name="judge it").click()
    expect(card.locator(".said.bad")).to_contain_text("room for one", timeout=LONG)
    expect(card.get_by_role("button", name="judge it")).to_be_enabled()
    training.get_by_role("button", name="⋯").click()
    training.get_by_role("button", name="stop here").click()
    expect(training).to_contain_text("stopped", timeout=LONG)
