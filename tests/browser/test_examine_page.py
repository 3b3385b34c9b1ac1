"""The Examine page: models asked side by side, told apart, kept; by keyboard and on a telephone."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.drive import ROOT, Watched

LONG = 60_000


def opened(watched: Watched, query: str = "") -> Any:
    watched.open("?tab=examine" + query)
    expect(watched.page.locator("[data-key=put]")).to_be_visible(timeout=LONG)
    return watched.page


def chosen(page: Any, *models: str) -> None:
    """Only these models, by keyboard."""
    wanted = set(models)
    for switch in page.locator(".switches [data-key^=model-]").all():
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


def test_a_french_reader_takes_home_what_is_not_shown_too(watched: Watched) -> None:
    page = opened(watched, "&lang=fr")
    chosen(page, "tiny-next-en")
    page.locator("[data-key=put]").click()
    expect(page.locator(".findings")).to_be_visible(timeout=LONG)
    expect(page.locator("[data-key=put]")).to_be_visible(timeout=LONG)
    assert "%\u202f; " in (page.locator(".findings").get_attribute("aria-label") or "")
    taken = {}
    for form in ("Markdown", "JSON"):
        page.locator(".found-of header .chip").click()
        with page.expect_download() as download:
            page.get_by_role("button", name=form).click()
        taken[form] = Path(download.value.path()).read_text(encoding="utf-8")
    limits = "n’est pas ce que le modèle écrirait"
    assert limits in taken["Markdown"]
    assert "%\u202f; " in taken["Markdown"]
    assert limits in json.loads(taken["JSON"])[0]["shows_not"]


def test_some_of_twelve_languages_are_chosen_kept_and_asked(watched: Watched) -> None:
    page = opened(watched)
    page.locator("[data-key=probe-languages]").click()
    every = page.locator(".spoken button")
    expect(every).to_have_count(13)
    pressed = page.locator(".spoken button[aria-pressed=true]")
    expect(pressed).to_have_attribute("data-key", "spoken-all")
    for code in ("fr", "sw"):
        page.locator(f"[data-key=spoken-{code}]").focus()
        page.locator(f"[data-key=spoken-{code}]").press("Enter")
    expect(pressed).to_have_count(2)
    opened(watched)
    expect(pressed).to_have_count(2)
    chosen(page, "tiny-next-en")
    page.locator("[data-key=put]").click()
    expect(page.locator(".findings").first).to_be_visible(timeout=LONG)
    names = page.locator(".findings").first.locator(".name.whole")
    expect(names).to_have_text(["French", "Swahili"])
    for code in ("fr", "sw"):
        page.locator(f"[data-key=spoken-{code}]").click()
    expect(pressed).to_have_attribute("data-key", "spoken-all")


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


PAIRS = "sentence_good,sentence_bad\nThe cats sit here.,The cats sits here.\nA dog.,A dogs.\n"


def given(page: Any, name: str, text: str) -> None:
    page.locator(".own input[type=file]").set_input_files(
        {"name": name, "mimeType": "text/csv", "buffer": text.encode()}
    )


def test_a_file_of_ones_own_is_asked_and_taken_away(watched: Watched) -> None:
    page = opened(watched)
    expect(page.locator(".own .hint")).to_contain_text("sentence_good and sentence_bad")
    given(page, "story.pdf", PAIRS)
    expect(page.locator(".own .said")).to_contain_text("story.pdf cannot be read as questions")
    given(page, "grammar.csv", PAIRS)
    expect(page.locator(".own .given")).to_contain_text("grammar.csv", timeout=LONG)
    chosen(page, "tiny-next-en")
    page.locator("[data-key=put]").click()
    expect(page.locator(".key li")).to_contain_text("from grammar.csv", timeout=LONG)
    expect(page.locator(".findings")).to_contain_text("grammar")
    page.locator("[data-key=away]").focus()
    page.locator("[data-key=away]").press("Enter")
    expect(page.locator(".own .drop")).to_be_visible()
    expect(page.locator(".key li", has_text="grammar.csv")).to_have_count(0)
    given(page, "wrong.csv", "a,b\n1,2\n")
    expect(page.locator(".own .given")).to_contain_text("wrong.csv", timeout=LONG)
    page.locator("[data-key=put]").click()
    said = page.locator(".found-of .said.bad")
    expect(said).to_contain_text("No row of wrong.csv has all of these columns", timeout=LONG)


def taught(home: Path) -> None:
    """A run that has left a model: the small English one, shaken a little."""
    import torch
    from safetensors.torch import load_file, save_file

    source = ROOT / "assets" / "checkpoints" / "tiny-next-en"
    folder = home / "runs" / "lanterns" / "model"
    shutil.copytree(source, folder)
    weights = load_file(folder / "model.safetensors")
    dice = torch.Generator().manual_seed(0)
    shaken = {
        name: one + 0.3 * one.float().std() * torch.randn(one.shape, generator=dice).to(one.dtype)
        for name, one in weights.items()
    }
    save_file(shaken, folder / "model.safetensors", {"format": "pt"})
    told = {"recipe": {"objective": "next", "base": "tiny-next-en", "title": "Lanterns"}}
    (folder / "passport.json").write_text(json.dumps(told))


@pytest.fixture
def lanterns(lab_home: Path) -> Iterator[str]:
    """The name of such a run, which is gone after the test."""
    taught(lab_home)
    yield "run:lanterns"
    shutil.rmtree(lab_home / "runs" / "lanterns")


def test_the_base_of_a_tuned_model_is_one_press_away(lanterns: str, watched: Watched) -> None:
    page = opened(watched)
    chosen(page, lanterns)
    add = page.locator("[data-key=base-tiny-next-en]")
    expect(add).to_contain_text("Add its base")
    add.focus()
    add.press("Enter")
    expect(add).to_have_count(0)
    page.locator("[data-key=put]").click()
    chart = page.locator(".findings[aria-label*='change from its base']")
    expect(chart).to_be_visible(timeout=LONG)
    assert "[" in (chart.get_attribute("aria-label") or ""), "with its interval"
