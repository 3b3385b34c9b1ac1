"""The denoising lane: words, pieces of text, pictures; playing, stepping, scrubbing, saving."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image
from playwright.sync_api import expect

from tests.browser.drive import Watched

LANE = "#lane-denoise"
MODES = f"{LANE} .segments"


def mode(watched: Watched, name: str) -> None:
    watched.page.locator(MODES).first.get_by_role("button", name=name, exact=True).click()


def test_words_come_back_step_by_step_and_nothing_stays_hidden(watched: Watched) -> None:
    watched.open()
    page = watched.page
    expect(page.locator(f"{LANE} .token.masked").first).to_be_visible(timeout=20_000)
    hidden = page.locator(f"{LANE} .token.masked").count()
    page.locator(f"{LANE} .button.go").click()
    expect(page.locator(f"{LANE} .token.masked")).to_have_count(0, timeout=20_000)
    expect(page.locator(f"{LANE} .token.predicted")).to_have_count(hidden)
    scrub = page.get_by_role("slider", name="at step", exact=True)
    scrub.focus()
    scrub.press("Home")
    expect(page.locator(f"{LANE} .token.masked")).to_have_count(hidden)


def test_a_word_can_be_hidden_by_hand(watched: Watched) -> None:
    watched.open()
    page = watched.page
    token = page.locator(f"{LANE} .token:not(.masked):not(.marker)").first
    expect(token).to_be_visible(timeout=20_000)
    before = page.locator(f"{LANE} .token.masked").count()
    token.click()
    expect(page.locator(f"{LANE} .token.masked")).to_have_count(before + 1)


def test_pieces_are_cut_out_and_written_back(watched: Watched) -> None:
    watched.open()
    page = watched.page
    mode(watched, "pieces of text")
    expect(page.locator(f"{LANE} .token.masked").first).to_be_visible(timeout=20_000)
    page.locator(f"{LANE} .button.go").click()
    expect(page.locator(f"{LANE} .token.predicted").first).to_be_visible(timeout=20_000)


def test_a_picture_comes_out_of_the_noise_with_its_estimate_beside_it(watched: Watched) -> None:
    watched.open()
    page = watched.page
    mode(watched, "picture")
    expect(page.locator(f"{LANE} .body .stage img").first).to_be_visible(timeout=30_000)
    noise = page.locator(f"{LANE} .body .stage img").first.get_attribute("src")
    page.locator(f"{LANE} .button.go").click()
    expect(page.locator(f"{LANE} .film button").last).to_have_attribute(
        "aria-current", "true", timeout=40_000
    )
    expect(page.locator(f"{LANE} .body .stage img")).to_have_count(2)
    assert page.locator(f"{LANE} .body .stage img").first.get_attribute("src") != noise


def test_ones_own_picture_is_noised_and_brought_back(watched: Watched, tmp_path: Path) -> None:
    watched.open()
    page = watched.page
    mode(watched, "picture")
    path = tmp_path / "red.png"
    Image.new("RGB", (300, 200), (200, 30, 30)).save(path)
    page.locator(f"{LANE} .own summary").click()
    page.locator(f"{LANE} input[type=file]").set_input_files(path)
    expect(page.locator(f"{LANE} .sees")).to_contain_text("noise", timeout=20_000)
    page.locator(f"{LANE} .button.go").click()
    expect(page.locator(f"{LANE} .film button").last).to_have_attribute(
        "aria-current", "true", timeout=40_000
    )


def test_the_animation_is_saved(watched: Watched) -> None:
    watched.open()
    page = watched.page
    page.locator(f"{LANE} .button.go").click()
    expect(page.locator(f"{LANE} .token.predicted").first).to_be_visible(timeout=20_000)
    page.wait_for_timeout(500)
    page.locator(f"{LANE} .menu > button", has_text="save").click()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="animation (GIF)").click()
    saved = Image.open(io.BytesIO(Path(waiting.value.path()).read_bytes()))
    assert saved.format == "GIF"
    assert saved.n_frames > 1


def test_one_step_at_a_time(watched: Watched) -> None:
    watched.open()
    page = watched.page
    expect(page.locator(f"{LANE} .token.masked").first).to_be_visible(timeout=20_000)
    hidden = page.locator(f"{LANE} .token.masked").count()
    step = page.locator(LANE).get_by_role("button", name="step", exact=True)
    for done in (1, 2):
        step.click()
        expect(page.locator(f"{LANE} .token.masked")).to_have_count(hidden - done)
